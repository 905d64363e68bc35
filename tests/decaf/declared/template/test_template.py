"""Templates as people write them create the queues, topics and subscriptions that CloudFormation would create."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, REGION

FAN_OUT = """
AWSTemplateFormatVersion: '2010-09-09'
Description: >
  Orders, to whoever makes drinks
Parameters:
  Environment:
    Type: String
    Default: dev
Resources:
  DrinksQueue:
    Type: AWS::SQS::Queue
    DependsOn: [DeadDrinks]
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      QueueName: !Sub '${Environment}-drinks'
      VisibilityTimeout: 300
      MessageRetentionPeriod: 1209600 # 14 days
      SqsManagedSseEnabled: true
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt DeadDrinks.Arn
        maxReceiveCount: "3"
      Tags:
        - Key: team
          Value: bar
        - {Key: floor, Value: 2}
  DeadDrinks:
    Type: "AWS::SQS::Queue"
    Properties: { QueueName: !Join ["-", [!Ref Environment, drinks, dead]] }
  OrdersTopic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub ${Environment}-orders
      DisplayName: Orders
      Subscription:
        - Endpoint: kitchen@example.com
          Protocol: email
      DeliveryStatusLogging:
        - {Protocol: http/s, SuccessFeedbackSampleRate: "50", FailureFeedbackRoleArn: "arn:aws:iam::1:role/log"}
  DrinksSubscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref OrdersTopic
      Protocol: sqs
      Endpoint: !GetAtt [DrinksQueue, "Arn"]
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy:
        kind: [hot, {prefix: ice}]
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt DeadDrinks.Arn
  DrinksQueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues:
        - !Ref DrinksQueue
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal:
              Service: sns.amazonaws.com
            Action: sqs:SendMessage
            Resource: !GetAtt DrinksQueue.Arn
            Condition:
              ArnEquals:
                aws:SourceArn: !Ref OrdersTopic
  OrdersTopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref OrdersTopic]
      PolicyDocument:
        Id: orders
        Version: '2012-10-17'
        Statement:
          - Sid: shop
            Effect: Allow
            Principal: {AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}
            Action: sns:Publish
            Resource: !Ref OrdersTopic
Outputs:
  QueueUrl:
    Value: !Ref DrinksQueue
    Export: {Name: !Sub '${AWS::StackName}-QueueUrl'}
"""

CDK = {
    "Resources": {
        "OrdersDead0A1B2C3D": {
            "Type": "AWS::SQS::Queue",
            "UpdateReplacePolicy": "Delete",
            "DeletionPolicy": "Delete",
            "Metadata": {"aws:cdk:path": "Shop/OrdersDead/Resource"},
        },
        "Orders4E5F6A7B": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["OrdersDead0A1B2C3D", "Arn"]},
                    "maxReceiveCount": 3,
                },
                "VisibilityTimeout": 300,
            },
        },
        "OrdersPolicy8C9D": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Action": "sqs:SendMessage",
                            "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "News11223344"}}},
                            "Effect": "Allow",
                            "Principal": {"Service": "sns.amazonaws.com"},
                            "Resource": {"Fn::GetAtt": ["Orders4E5F6A7B", "Arn"]},
                        }
                    ],
                    "Version": "2012-10-17",
                },
                "Queues": [{"Ref": "Orders4E5F6A7B"}],
            },
        },
        "OrdersShopNews55667788": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "Endpoint": {"Fn::GetAtt": ["Orders4E5F6A7B", "Arn"]},
                "Protocol": "sqs",
                "TopicArn": {"Ref": "News11223344"},
            },
            "DependsOn": ["OrdersPolicy8C9D"],
        },
        "News11223344": {"Type": "AWS::SNS::Topic"},
        "CDKMetadata": {
            "Type": "AWS::CDK::Metadata",
            "Properties": {"Analytics": "v2:deflate64:H4sI"},
            "Condition": "CDKMetadataAvailable",
        },
    },
    "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}]}},
    "Parameters": {
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        }
    },
    "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
}

APPLICATION = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 10}
Conditions:
  IsProd: !Equals [!Ref AWS::StackName, prod]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: IsProd
  Key:
    Type: AWS::KMS::Key
  Brew:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: brew
      CodeUri: src/
      Policies:
        - SQSPollerPolicy: {QueueName: !GetAtt Orders.QueueName}
  Grind:
    Type: AWS::Lambda::Function
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      KmsMasterKeyId: !Ref Key
  News:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: news
  BrewSubscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref News, Protocol: lambda, Endpoint: !GetAtt Brew.Arn}
  GrindSubscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref News, Protocol: lambda, Endpoint: !GetAtt Grind.Arn}
"""


def arn(name: str) -> str:
    return f"arn:aws:{'sns' if 'news' in name.lower() or name.endswith('-orders') else 'sqs'}:{REGION}:{ACCOUNT}:{name}"


def test_a_fan_out(cloud: Declaring) -> None:
    cloud.template(FAN_OUT)
    queue = cloud.attributes_of_queue("dev-drinks")
    assert (queue["VisibilityTimeout"], queue["MessageRetentionPeriod"]) == ("300", "1209600")
    assert json.loads(queue["RedrivePolicy"]) == {"deadLetterTargetArn": arn("dev-drinks-dead"), "maxReceiveCount": 3}
    policy = json.loads(queue["Policy"])
    assert policy["Version"] == "2012-10-17"
    assert policy["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": arn("dev-orders")}}
    assert cloud.sqs("ListQueueTags", QueueUrl="dev-drinks")["Tags"] == {"team": "bar", "floor": "2"}
    topic = cloud.attributes_of_topic(arn("dev-orders"))
    assert (topic["DisplayName"], topic["HTTPSuccessFeedbackSampleRate"]) == ("Orders", "50")
    assert topic["HTTPFailureFeedbackRoleArn"] == "arn:aws:iam::1:role/log"
    assert json.loads(topic["Policy"])["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    mail, drinks = cloud.attributes_of_subscriptions(arn("dev-orders"))
    assert (mail["Protocol"], mail["PendingConfirmation"]) == ("email", "true")
    assert (drinks["RawMessageDelivery"], drinks["FilterPolicyScope"]) == ("true", "MessageBody")
    assert json.loads(drinks["FilterPolicy"]) == {"kind": ["hot", {"prefix": "ice"}]}
    assert json.loads(drinks["RedrivePolicy"]) == {"deadLetterTargetArn": arn("dev-drinks-dead")}


def test_a_published_message_arrives(cloud: Declaring) -> None:
    cloud.template(FAN_OUT, Environment="test")
    cloud.sns("Publish", TopicArn=arn("test-orders"), Message='{"kind": "iced tea"}')
    assert [message["Body"] for message in cloud.received(arn("test-drinks"))] == ['{"kind": "iced tea"}']


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_a_template_of_the_cdk(cloud: Declaring, indent: int | str | None) -> None:
    created = {one.what: one.arn for one in cloud.template(json.dumps(CDK, indent=indent))}
    orders, news = created["Orders4E5F6A7B"].rpartition(":")[2], created["News11223344"]
    assert cloud.attributes_of_queue(orders)["VisibilityTimeout"] == "300"
    cloud.sns("Publish", TopicArn=news, Message="open")
    assert len(cloud.received(created["Orders4E5F6A7B"])) == 1


def test_names_that_are_not_given_are_made_of_stack_resource_and_a_suffix_that_stays(cloud: Declaring) -> None:
    text = json.dumps(CDK)
    (first, *_) = cloud.template(text, stack_name="Shop")
    name = first.arn.rpartition(":")[2]
    assert name.startswith("Shop-OrdersDead0A1B2C3D-")
    assert len(name.rpartition("-")[2]) == 12
    assert Declaring().template(text, stack_name="Shop")[0] == first
    assert Declaring().template(text, stack_name="Other")[0] != first


def test_a_generated_name_is_cut_to_the_longest_allowed(cloud: Declaring) -> None:
    text = f"Resources:\n  {'Orders' * 20}:\n    Type: AWS::SQS::Queue\n    Properties: {{FifoQueue: true}}\n"
    (created,) = cloud.template(text)
    name = created.arn.rpartition(":")[2]
    assert (len(name), name.endswith(".fifo")) == (80, True)


def test_a_topic_of_a_fifo_queue(cloud: Declaring) -> None:
    cloud.template("""
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: news.fifo
      FifoTopic: true
      ContentBasedDeduplication: true
      ArchivePolicy: {MessageRetentionPeriod: 7}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: orders.fifo, FifoQueue: true, DeduplicationScope: messageGroup,
      FifoThroughputLimit: perMessageGroupId}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {Protocol: sqs, TopicArn: !GetAtt Topic.TopicArn, Endpoint: !GetAtt Queue.Arn, Region: !Ref AWS::Region}
""")
    assert json.loads(cloud.attributes_of_topic(arn("news.fifo"))["ArchivePolicy"]) == {"MessageRetentionPeriod": "7"}
    assert len(cloud.attributes_of_subscriptions(arn("news.fifo"))) == 1


def test_numbers_and_truths_in_a_policy_are_texts(cloud: Declaring) -> None:
    cloud.template("""
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Orders]
      PolicyDocument:
        Statement: {Sid: 1, Effect: Deny, Principal: "*", Action: "sqs:*", Resource: "*",
          Condition: {Bool: {"aws:SecureTransport": false}}}
""")
    (statement,) = json.loads(cloud.attributes_of_queue("orders")["Policy"])["Statement"]
    assert (statement["Sid"], statement["Condition"]) == ("1", {"Bool": {"aws:SecureTransport": "false"}})


def test_inline_policies(cloud: Declaring) -> None:
    statement = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "%s", "Resource": "*"}]}'
    cloud.template(f"""
Resources:
  Orders: {{Type: AWS::SQS::Queue, Properties: {{QueueName: orders}}}}
  News: {{Type: AWS::SNS::Topic, Properties: {{TopicName: news}}}}
  OrdersPolicy:
    Type: AWS::SQS::QueueInlinePolicy
    Properties: {{Queue: !Ref Orders, PolicyDocument: {statement % "sqs:*"}}}
  NewsPolicy:
    Type: AWS::SNS::TopicInlinePolicy
    Properties: {{TopicArn: !Ref News, PolicyDocument: {statement % "sns:Publish"}}}
""")
    assert "sqs:*" in cloud.attributes_of_queue("orders")["Policy"]
    assert "sns:Publish" in cloud.attributes_of_topic(arn("news"))["Policy"]


def test_resources_of_other_types_can_be_refused(cloud: Declaring) -> None:
    said = cloud.why_not(APPLICATION, "cloudformation", skip_others=False)
    assert said.startswith("shop.yaml:10: Bucket: AWS::S3::Bucket is not a resource type of SQS or SNS")
    assert cloud.queue_names() == []


def test_resources_of_other_types_are_skipped_with_a_note(cloud: Declaring) -> None:
    declaration = cloud.read(APPLICATION, "cloudformation")
    cloud.world.declared.create(declaration)
    assert declaration.notes == (
        "shop.yaml: 2 resources of other services are skipped: AWS::KMS::Key (Key), AWS::S3::Bucket (Bucket)",
        "shop.yaml: functions are left out, as nothing here can run them (Brew, Grind: no runtime of Python). "
        "To run one, register a function under its logical id",
    )
    brew, grind = (one["Endpoint"] for one in cloud.attributes_of_subscriptions(arn("news")))
    assert brew == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:brew"
    assert grind.startswith(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-Grind-")
    assert cloud.attributes_of_queue("orders")["KmsMasterKeyId"].startswith("shop-Key-")


def test_a_note_names_a_few_of_each_type(cloud: Declaring) -> None:
    keys = "".join(f"  Key{number}: {{Type: AWS::KMS::Key}}\n" for number in range(8))
    (note,) = cloud.read(f"Resources:\n{keys}", "cloudformation").notes
    assert note == (
        "shop.yaml: 8 resources of other services are skipped: AWS::KMS::Key (Key0, Key1, Key2, Key3, Key4 and 3 more)"
    )


def resource(kind: str, **properties: Any) -> str:
    return json.dumps({"Resources": {"It": {"Type": kind, "Properties": properties}}}, indent=1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "shop.yaml:1: the template is not a mapping"),
        ("a: 1", "shop.yaml:1: a template has no section a"),
        ("Description: x", "shop.yaml:1: a template needs Resources"),
        ("Resources: 1", "shop.yaml:1: Resources is not a mapping"),
        ("Parameters: 1\nResources: {}", "shop.yaml:1: Parameters is not a mapping"),
        ("Transform: Macro\nResources: {}", "shop.yaml:1: a macro cannot be run here"),
        ("Transform: [Macro]\nResources: {}", "shop.yaml:1: a macro cannot be run here"),
        ("Resources: {A: 1}", "shop.yaml:1: A: the resource A is not a mapping"),
        ("Resources:\n  A: {}", "shop.yaml:2: A: there is no Type"),
        ("Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Colour: red", "shop.yaml:4: A: a resource has no Colour"),
        (
            "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    DependsOn: B",
            "shop.yaml:4: A: there is no resource B, which it depends on",
        ),
        (
            "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Condition: B",
            "shop.yaml:4: A: there is no condition B",
        ),
        (
            "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties: 1",
            "shop.yaml:4: A: Properties is not a mapping",
        ),
        (
            "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeoutSeconds: 3",
            "shop.yaml:5: A: AWS::SQS::Queue has no property VisibilityTimeoutSeconds",
        ),
        (resource("AWS::SQS::QueuePolicy", Queues=["x"]), "shop.yaml:3: It: AWS::SQS::QueuePolicy needs the property"),
        (resource("AWS::SQS::Queue", Tags={"a": "b"}), "Tags has structures of Key, Value, not"),
        (resource("AWS::SQS::Queue", Tags=[{"Key": "b"}]), "Tags has structures of Key, Value, not"),
        (resource("AWS::SNS::Topic", Subscription=[{"Protocol": "sqs"}]), "Subscription has structures of Endpoint"),
        (
            resource("AWS::SNS::Topic", DeliveryStatusLogging=[{"Protocol": "http"}]),
            "Protocol is one of http/s, sqs, lambda, firehose, application, not 'http'",
        ),
        (resource("AWS::SNS::Subscription", TopicArn=["x"], Protocol="sqs"), "TopicArn is text, not ['x']"),
        (resource("AWS::SQS::QueuePolicy", Queues=[1], PolicyDocument={}), "Queues is a list of texts, not [1]"),
        (
            resource("AWS::SQS::Queue", VisibilityTimeout=43201),
            "shop.yaml:3: It: InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.",
        ),
        (
            resource("AWS::SQS::Queue", QueueName="a", FifoQueue=True),
            "shop.yaml:3: It: InvalidParameterValue: The name of a FIFO queue",
        ),
        (
            resource("AWS::SNS::Subscription", TopicArn=arn("news"), Protocol="sms", Endpoint="+4915112345678"),
            "shop.yaml:3: It: NotFound: Topic does not exist",
        ),
    ],
)
def test_an_error_has_its_line(cloud: Declaring, text: str, reason: str) -> None:
    assert reason in cloud.why_not(text, "cloudformation")
