"""Intrinsic functions return the values of CloudFormation's; an unknown value is an error with its line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, REGION

HEAD = """Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Count: {Type: Number, Default: 3}
  Names: {Type: CommaDelimitedList, Default: "a, b ,c"}
  Given: {Type: String}
  Short: {Type: String, Default: abc, AllowedPattern: '[a-z]+'}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /stored, AllowedPattern: '/.*'}
  StoredList: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /stored/list}
  StoredName: {Type: "AWS::SSM::Parameter::Name", Default: /stored}
Mappings:
  Facts:
    dev: {Name: small, Parts: [x, y]}
    prod: {Name: large}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Either: !Or [{Condition: IsProd}, !Equals [1, "1"]]
  Both: !And [!Condition IsProd, !Condition IsDev]
  Round: !Not [!Condition Round]
  Broken: yes
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Self: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Self.QueueName}}
  Absent: {Type: AWS::SQS::Queue, Condition: IsProd}
  Hook: {Type: AWS::CodeBuild::Project, Properties: {ProjectName: hook}}
  Brew: {Type: AWS::Lambda::Version, Properties: {FunctionName: brew}}
  Steps: {Type: AWS::StepFunctions::StateMachine, Properties: {StateMachineName: steps}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: bus}}
  Made: {Type: Custom::Made}
  Sub: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref News, Protocol: sms, Endpoint: "+4915112345678"}}
"""


EXTENDED = "Transform: AWS::LanguageExtensions\n" + HEAD


def display_name(cloud: Declaring, value: str, head: str = HEAD, **how: Any) -> str:
    """What a value comes to, seen as the display name of a topic."""
    text = head.replace("  Self:", "  #")
    cloud.template(
        text + f"  Seen: {{Type: AWS::SNS::Topic, Properties: {{TopicName: seen, DisplayName: {value}}}}}", **how
    )
    return cloud.attributes_of_topic(f"arn:aws:sns:{REGION}:{ACCOUNT}:seen")["DisplayName"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Count", "3"),
        ("{Ref: Orders}", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"),
        ("!Ref News", f"arn:aws:sns:{REGION}:{ACCOUNT}:news"),
        ("!GetAtt Orders.Arn", f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"),
        ("{'Fn::GetAtt': Orders.QueueName}", "orders"),
        ("!GetAtt [Orders, QueueUrl]", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"),
        ("!GetAtt News.TopicArn", f"arn:aws:sns:{REGION}:{ACCOUNT}:news"),
        ("!GetAtt News.TopicName", "news"),
        ("!Ref AWS::Region", REGION),
        ("!Ref AWS::AccountId", ACCOUNT),
        ("!Sub '${AWS::Partition} ${AWS::URLSuffix} ${AWS::StackName}'", "aws amazonaws.com shop"),
        ("!Sub '${Stage}-${Orders.QueueName}-${!Stage}'", "dev-orders-${Stage}"),
        ("!Sub ['${Who}/${Stage}', {Who: !Ref Count}]", "3/dev"),
        ("!Join ['-', !Ref Names]", "a-b-c"),
        ("!Join ['', [a, !Ref AWS::NoValue, 1, true]]", "a1true"),
        ("!Select [1, !Ref Names]", "b"),
        ("!Select ['2', !Split ['/', 'x/y/z']]", "z"),
        ("!FindInMap [Facts, !Ref Stage, Name]", "small"),
        ("!Select [1, !FindInMap [Facts, dev, Parts]]", "y"),
        ("!If [IsProd, large, small]", "small"),
        ("!If [IsDev, yes, no]", "yes"),
        ("!If [Either, yes, no]", "yes"),
        ("!If [Both, yes, no]", "no"),
        ("!If [IsProd, large, !Ref AWS::NoValue]", ""),
        ("!If [!Condition IsDev, yes, no]", "yes"),
        ("!If [!Equals [!Ref Stage, prod], yes, no]", "no"),
        ("!Base64 coffee", "Y29mZmVl"),
        ("!Ref StoredName", "/stored"),
        ("!GetAtt Hook.Arn", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:hook"),
        ("!GetAtt Brew.FunctionArn", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:brew:1"),
        ("!Ref Steps", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:steps"),
        ("!GetAtt Bus.Arn", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/bus"),
    ],
)
def test_the_value_of_a_function(cloud: Declaring, value: str, text: str) -> None:
    assert display_name(cloud, value) == text


def test_a_parameter_given_wins_over_its_default(cloud: Declaring) -> None:
    assert display_name(cloud, "!Sub '${Stage} ${Given}'", Stage="prod", Given="x,y") == "prod x,y"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{'Fn::Length': !Ref Names}", "3"),
        ("{'Fn::Length': [a, !Ref AWS::NoValue]}", "1"),
        ("{'Fn::ToJsonString': {kind: !Ref Names, count: 2}}", '{"kind":["a","b","c"],"count":2}'),
        ("{'Fn::ToJsonString': [!Ref Stage]}", '["dev"]'),
        ("!FindInMap [Facts, !Ref Stage, Name, {DefaultValue: x}]", "small"),
        ("!FindInMap [Facts, test, Name, {DefaultValue: !Ref Short}]", "abc"),
    ],
)
def test_the_value_of_a_function_of_the_language_extensions(cloud: Declaring, value: str, text: str) -> None:
    assert display_name(cloud, value, EXTENDED) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("'{{resolve:ssm:name}}'", "coffee"),
        ("'a {{resolve:ssm:name:3}} {{resolve:ssm-secure:/a/b:1}}'", "a coffee tea"),
        ("!Sub '{{resolve:ssm:/${Short}/d}}'", "milk"),
        ("!Join ['', ['{{resolve:ssm:', name, '}}']]", "coffee"),
        ("!Ref Stored", "black"),
        ("!Join ['+', !Ref StoredList]", "x+y"),
    ],
)
def test_a_value_given_for_an_ssm_parameter(cloud: Declaring, value: str, text: str) -> None:
    ssm = {"name": "coffee", "/a/b": "tea", "/abc/d": "milk", "/stored": "black", "/stored/list": "x, y"}
    assert display_name(cloud, value, ssm=ssm) == text


def test_a_parameter_of_an_ssm_type_is_given_by_its_value_or_by_another_name(cloud: Declaring) -> None:
    assert display_name(cloud, "!Ref Stored", Stored="white") == "white"
    assert display_name(Declaring(), "!Ref Stored", ssm={"/other": "green"}, Stored="/other") == "green"


def test_a_list_parameter_is_given_with_commas(cloud: Declaring) -> None:
    assert display_name(cloud, "!Join ['', !Ref Names]", Names="x,y") == "xy"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("!Ref Nobody", "there is neither a parameter nor a resource Nobody"),
        ("!Ref Given", "the parameter Given has no value: give one by --parameter Given=..."),
        ("!Ref Self", "the name of Self depends on itself"),
        ("!Ref Absent", "Absent is not created, as its condition is false"),
        ("!Ref Sub", "the ARN of Sub is not known before it is created"),
        ("!GetAtt Nobody.Arn", "there is no resource Nobody"),
        ("!GetAtt Orders.QueueArn", "QueueArn of Orders, a AWS::SQS::Queue, is not known here"),
        ("!GetAtt Hook.Colour", "Colour of Hook, a AWS::CodeBuild::Project, is not known here"),
        ("!GetAtt Hook.Outputs.Arn", "Outputs.Arn of Hook, a AWS::CodeBuild::Project, is not known here"),
        ("!GetAtt Made.Arn", "Arn of Made, a Custom::Made, is not known here"),
        ("!GetAtt Sub.Arn", "Arn of Sub, a AWS::SNS::Subscription, is not known here"),
        ("!GetAtt Orders.Colour", "Colour of Orders, a AWS::SQS::Queue, is not known here"),
        ("!Sub '${Nobody}'", "there is neither a parameter nor a resource Nobody"),
        ("!Sub '${Names}'", "Names takes text, and this is not text"),
        ("!Sub ['a', b, c]", "Fn::Sub takes 2 values, not 3"),
        ("!Select [3, !Ref Names]", "Fn::Select finds no value number 3 among 3"),
        ("!Select [x, !Ref Names]", "Fn::Select finds no value number x among 3"),
        ("!Split ['', abc]", "the separator of Fn::Split is empty"),
        ("!Join ['', abc]", "Fn::Join takes a list"),
        ("!FindInMap [Facts, test, Name]", "Fn::FindInMap finds nothing at Facts.test.Name"),
        ("!If [Nobody, a, b]", "there is no condition Nobody"),
        ("!If [Round, a, b]", "the condition Round depends on itself"),
        ("!If [Broken, a, b]", "a condition is not a mapping"),
        ("!ImportValue other-Arn", "no template before this one exports other-Arn"),
        ("!GetAZs ''", "Fn::GetAZs cannot be evaluated here"),
        (
            "'{{resolve:ssm:/a/name:2}}'",
            "the SSM parameter /a/name has no value: give one by --ssm-parameter /a/name=...",
        ),
        ("'{{resolve:secretsmanager:name}}'", "dynamic references to secretsmanager cannot be resolved here"),
        ("!Ref Stored", "the parameter Stored has no value: the SSM parameter /stored has no value: give one by"),
        ("{'Fn::Length': !Ref Names}", "Fn::Length needs the transform AWS::LanguageExtensions"),
        ("{'Fn::ToJsonString': {a: 1}}", "Fn::ToJsonString needs the transform AWS::LanguageExtensions"),
        ("!FindInMap [Facts, test, Name, {DefaultValue: x}]", "DefaultValue of Fn::FindInMap needs the transform"),
        ("~", "there is no value"),
    ],
)
def test_an_unknown_value_is_an_error_with_its_line(cloud: Declaring, value: str, reason: str) -> None:
    seen = f"  Seen:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: {value}\n"
    said = cloud.why_not(HEAD.replace("Resources:\n", f"Resources:\n{seen}"), "cloudformation")
    assert reason in said
    assert said.startswith("shop.yaml:")


def test_the_line_is_that_of_the_value(cloud: Declaring) -> None:
    text = "Resources:\n  Seen:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: !Ref Nobody\n"
    assert cloud.why_not(text, "cloudformation").startswith("shop.yaml:5: Seen: ")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"Stage": "test"}, "the parameter Stage is 'test', and must be one of dev, prod"),
        ({"Count": "many"}, "the parameter Count is 'many', which is not a number"),
        ({"Short": "ABC"}, "the parameter Short is 'ABC', and must match [a-z]+"),
        ({"Colour": "red"}, "no template has the parameter 'Colour'"),
    ],
)
def test_a_parameter_must_be_allowed_by_the_template(cloud: Declaring, parameters: dict[str, str], reason: str) -> None:
    seen = "  Seen: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub '${Stage}${Count}${Short}'}}\n"
    text = HEAD.replace("  Self:", "  #") + seen
    assert reason in cloud.why_not(text, "cloudformation", **parameters)
