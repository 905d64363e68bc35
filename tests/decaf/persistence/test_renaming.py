"""What one account had is another's: all that names the account follows, what people said does not."""

from __future__ import annotations

import json

import msgspec
import pytest

from decaf.base.identity import default_user
from decaf.persistence.records import ConfirmationRecord, DeliveryRecord, ServiceMessageRecord
from decaf.persistence.renaming import renamed
from decaf.sqs.message import by_sender
from decaf.store import StackCall
from tests.decaf.persistence.twins import Shop, differences, written
from tests.decaf.sns.cloud import ACCOUNT, START
from tests.decaf.sns.test_archive import replay_policy

OTHER = "222222222222"
HERE = f"{{}}:us-east-1:{ACCOUNT}:"


def full_shop() -> Shop:
    """A shop that names its account wherever an account can be named."""
    shop = Shop(replay_rate=1)
    dead = shop.queue("dead")
    shop.queue(
        "orders",
        RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}),
        KmsMasterKeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
    )
    orders = dead.replace("dead", "orders")
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [orders]}
    shop.sqs("SetQueueAttributes", QueueUrl="dead", Attributes={"RedriveAllowPolicy": json.dumps(allowed)})
    shop.sqs("AddPermission", QueueUrl="orders", Label="all", AWSAccountIds=[ACCOUNT], Actions=["SendMessage"])
    fifo = shop.queue("copies.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    shop.sqs("SendMessage", QueueUrl="copies.fifo", MessageBody="latte", MessageGroupId="a")
    shop.receive("copies.fifo", attempt="x")
    for _ in range(3):
        shop.sqs("SendMessage", QueueUrl="orders", MessageBody="decaf")
    for _ in range(2):
        shop.receive("orders", timeout=0)
    shop.sqs("StartMessageMoveTask", SourceArn=dead, DestinationArn=orders, MaxNumberOfMessagesPerSecond=1)
    topic = shop.topic()
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    shop.sns("SetTopicAttributes", TopicArn=topic, AttributeName="SQSSuccessFeedbackRoleArn", AttributeValue=role)
    shop.subscribe(topic, "sqs", orders, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    stream = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/s"
    shop.subscribe(topic, "firehose", stream, SubscriptionRoleArn=role)
    shop.subscribe(topic, "http", "http://127.0.0.1:9/hook")
    shop.subscribe(topic, "email", "ada@example.com")
    shop.sns("Publish", TopicArn=topic, Message="latte")
    news = shop.topic(
        "news.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}'
    )
    for number in range(3):
        shop.sns("Publish", TopicArn=news, Message=str(number), MessageGroupId="a")
    shop.subscribe(news, "sqs", fifo, RawMessageDelivery="true", ReplayPolicy=replay_policy(START))
    application = shop.sns(
        "CreatePlatformApplication",
        Name="shop",
        Platform="GCM",
        Attributes={"PlatformCredential": "key", "EventEndpointCreated": topic},
    )["PlatformApplicationArn"]
    device = shop.sns("CreatePlatformEndpoint", PlatformApplicationArn=application, Token="t")["EndpointArn"]
    shop.sns("Publish", TargetArn=device, Message="ready")
    shop.world.store.region(ACCOUNT, "us-east-1").sms.opt_out("+491511111111", START)
    shop.advance(0.5)
    return shop


def test_nothing_names_the_former_account_but_bodies() -> None:
    snapshot = renamed(written(full_shop(), ACCOUNT), OTHER)
    assert snapshot.account == OTHER
    without_bodies = json.loads(msgspec.json.encode(snapshot))
    for messages in without_bodies["messages"].values():
        for message in messages:
            del message["body"]
    for entry in without_bodies["inbox"]:
        if entry["kind"] == "Notification":
            del entry["body"]
    assert ACCOUNT not in json.dumps(without_bodies)
    assert default_user(ACCOUNT).id not in json.dumps(without_bodies)
    assert default_user(OTHER).id in json.dumps(without_bodies)


def test_there_and_back_again_it_is_the_same() -> None:
    taken = written(full_shop(), ACCOUNT)
    assert differences(renamed(renamed(taken, OTHER), ACCOUNT), taken) == []


def test_the_other_account_goes_on_by_itself() -> None:
    shop = full_shop()
    shop.world.restore(written(shop, ACCOUNT), OTHER)
    policy = shop.sqs("GetQueueAttributes", OTHER, QueueUrl="orders", AttributeNames=["All"])["Attributes"]["Policy"]
    assert f"arn:aws:sqs:us-east-1:{OTHER}:orders" in policy
    assert f"arn:aws:iam::{OTHER}:root" in policy
    shop.sqs("PurgeQueue", ACCOUNT, QueueUrl="orders")
    before = written(shop, ACCOUNT)
    shop.sns("Publish", OTHER, TopicArn=f"arn:aws:sns:us-east-1:{OTHER}:orders", Message="hello")
    assert any("hello" in message["Body"] for message in shop.received("orders", OTHER))
    assert differences(before, written(shop, ACCOUNT)) == []


def test_receipt_handles_of_the_former_account_work_there_too() -> None:
    shop = Shop()
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody="latte")
    (message,) = shop.receive("orders")["Messages"]
    shop.world.restore(written(shop, ACCOUNT), OTHER)
    shop.sqs("DeleteMessage", OTHER, QueueUrl="orders", ReceiptHandle=message["ReceiptHandle"])
    shop.advance(30)
    assert (len(shop.received("orders", OTHER)), len(shop.received("orders"))) == (0, 1)


def test_bodies_filter_policies_and_tags_say_what_they_said() -> None:
    shop = Shop()
    queue = shop.queue("orders")
    shop.sqs("TagQueue", QueueUrl="orders", Tags={"of": ACCOUNT})
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody=queue)
    topic = shop.topic()
    shop.subscribe(topic, "sqs", queue, FilterPolicy=json.dumps({"account": [ACCOUNT]}))
    shop.world.restore(written(shop, ACCOUNT), OTHER)
    assert [message["Body"] for message in shop.received("orders", OTHER)] == [queue]
    assert shop.sqs("ListQueueTags", OTHER, QueueUrl="orders")["Tags"] == {"of": ACCOUNT}
    (subscription,) = shop.world.store.region(OTHER, "us-east-1").subscriptions.values()
    assert subscription.attributes["FilterPolicy"].text == json.dumps({"account": [ACCOUNT]})


def test_what_others_subscribed_stays_theirs_and_what_was_subscribed_elsewhere_stays_there() -> None:
    shop = Shop()
    topic, theirs = shop.topic(), shop.queue("theirs", "333333333333")
    shop.sns("Subscribe", "333333333333", TopicArn=topic, Protocol="sqs", Endpoint=theirs)
    elsewhere = shop.sns("CreateTopic", "333333333333", Name="news")["TopicArn"]
    shop.subscribe(elsewhere, "sqs", shop.queue("mine"))
    shop.world.restore(written(shop, ACCOUNT), OTHER)
    (found,) = shop.sns("ListSubscriptionsByTopic", OTHER, TopicArn=topic.replace(ACCOUNT, OTHER))["Subscriptions"]
    assert (found["Owner"], found["Endpoint"]) == ("333333333333", theirs)
    assert len(shop.sns("ListSubscriptionsByTopic", "333333333333", TopicArn=elsewhere)["Subscriptions"]) == 1


def test_all_accounts_do_not_go_into_one() -> None:
    shop = Shop()
    with pytest.raises(ValueError, match="it is of all accounts"):
        shop.world.restore(written(shop), OTHER)


def test_a_snapshot_goes_back_into_its_own_account_as_it_is() -> None:
    taken = written(full_shop(), ACCOUNT)
    assert renamed(taken, ACCOUNT) is taken


def test_deliveries_follow_their_subscriptions() -> None:
    shop = Shop()
    topic = shop.topic()
    shop.subscribe(topic, "http", "http://127.0.0.1:9/hook")
    elsewhere = shop.sns("CreateTopic", "333333333333", Name="news")["TopicArn"]
    shop.subscribe(elsewhere, "http", "http://127.0.0.1:9/hook")
    taken = written(shop, ACCOUNT)
    assert len(taken.deliveries) == 2
    (delivery,) = renamed(taken, OTHER).deliveries
    assert (delivery.subscription_arn or "").startswith(f"arn:aws:sns:us-east-1:{OTHER}:orders:")
    assert isinstance(delivery.sent, ConfirmationRecord)
    assert delivery.sent.topic_arn == topic.replace(ACCOUNT, OTHER)


def test_the_delivery_of_a_services_message_follows_its_function_and_its_target() -> None:
    function, own = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:brew", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead"
    for target in (own, "arn:aws:sqs:us-east-1:333333333333:dead"):
        sent = ServiceMessageRecord("id", function, target, "{}", "http://decaf")
        taken = msgspec.structs.replace(
            written(Shop(), ACCOUNT), deliveries=(DeliveryRecord(None, sent, attempts=1, due=START),)
        )
        (delivery,) = renamed(taken, OTHER).deliveries
        expected = {name: getattr(sent, name).replace(ACCOUNT, OTHER) for name in ("source", "target")}
        assert delivery.sent == msgspec.structs.replace(sent, **expected)


def test_a_delivery_to_a_subscription_that_ended_follows_its_topic() -> None:
    shop = Shop()
    topic = shop.topic()
    arn = shop.subscribe(topic, "http", "http://127.0.0.1:9/hook")
    (pending,) = shop.world.topics()[0].subscriptions.values()
    shop.sns("ConfirmSubscription", TopicArn=topic, Token=pending.token)
    shop.world.courier.drop()
    shop.click(arn)
    snapshot = renamed(written(shop, ACCOUNT), OTHER)
    (delivery,) = snapshot.deliveries
    assert delivery.subscription_arn == arn.replace(ACCOUNT, OTHER)
    assert [each.arn for each in snapshot.topics[0].ended] == [delivery.subscription_arn]


def test_a_number_is_the_account_only_where_it_stands_alone() -> None:
    shop = Shop()
    longer = f"9{ACCOUNT}9"
    shop.queue("orders")
    policy = {
        "Version": "2012-10-17",
        "Id": f"{ACCOUNT}-{longer}",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "SQS:SendMessage",
                "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders",
            }
        ],
    }
    shop.sqs("SetQueueAttributes", QueueUrl="orders", Attributes={"Policy": json.dumps(policy)})
    shop.world.restore(written(shop, ACCOUNT), OTHER)
    shown = shop.sqs("GetQueueAttributes", OTHER, QueueUrl="orders", AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(shown)["Id"] == f"{OTHER}-{longer}"
    assert json.loads(shown)["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}


def test_what_a_stack_has_made_is_renamed_in_its_calls() -> None:
    shop = Shop()
    made = {"QueueName": "orders", "Deep": [{"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"}], "Number": 7}
    shop.world.store.region(ACCOUNT, "us-east-1").stacks["shop"] = [StackCall("Q", "us-east-1", "CreateQueue", made)]
    (region,) = renamed(written(shop, ACCOUNT), OTHER).regions
    ((call,),) = (stack.calls for stack in region.stacks)
    assert (region.account, region.name) == (OTHER, "us-east-1")
    assert call.params == {**made, "Deep": [{"Arn": f"arn:aws:sqs:us-east-1:{OTHER}:orders"}]}


def test_a_data_protection_policy_names_the_other_account() -> None:
    shop = Shop()
    topic = shop.topic()
    policy = {
        "Name": "cards",
        "Version": "2021-06-01",
        "Statement": [
            {
                "DataDirection": "Outbound",
                "Principal": [f"arn:aws:iam::{ACCOUNT}:root"],
                "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"],
                "Operation": {"Deny": {}},
            }
        ],
    }
    shop.sns("PutDataProtectionPolicy", ResourceArn=topic, DataProtectionPolicy=json.dumps(policy))
    (renamed_topic,) = renamed(written(shop, ACCOUNT), OTHER).topics
    assert renamed_topic.data_protection == json.dumps(policy).replace(ACCOUNT, OTHER)


@pytest.mark.parametrize(
    ("sender", "renamed_sender"),
    [
        (default_user(ACCOUNT).id, default_user(OTHER).id),
        (ACCOUNT, OTHER),
        ("AIDAIT2UOQQY3AUEKVGXU", "AIDAIT2UOQQY3AUEKVGXU"),
    ],
)
def test_a_sender_of_the_account_is_the_others(sender: str, renamed_sender: str) -> None:
    shop = Shop()
    shop.queue("orders")
    shop.sqs("SendMessage", QueueUrl="orders", MessageBody=ACCOUNT, MessageGroupId=ACCOUNT)
    (queue,) = shop.world.queues()
    (message,) = queue.messages.values()
    message.metadata = by_sender(sender)
    ((arn, (record,)),) = renamed(written(shop, ACCOUNT), OTHER).messages.items()
    assert (arn, record.sender_id) == (f"arn:aws:sqs:us-east-1:{OTHER}:orders", renamed_sender)
    assert record.optional_fields is not None
    assert (record.body, record.optional_fields.group_id) == (ACCOUNT, ACCOUNT)


def test_a_dead_letter_comes_from_the_others_queue() -> None:
    shop = full_shop()
    records = [each for messages in renamed(written(shop, ACCOUNT), OTHER).messages.values() for each in messages]
    sources = {each.optional_fields.source_arn for each in records if each.optional_fields is not None}
    assert sources - {None} == {f"arn:aws:sqs:us-east-1:{OTHER}:orders"}


def test_entries_of_the_inbox_lead_to_the_others_topics_and_say_what_they_said() -> None:
    shop = Shop()
    topic = shop.topic()
    shop.subscribe(topic, "email", "ada@example.com")
    shop.subscribe(topic, "sms", "+15555550142")
    shop.sns("Publish", TopicArn=topic, Message=f"from {ACCOUNT}")
    asked, told = renamed(written(shop, ACCOUNT), OTHER).inbox
    assert ACCOUNT not in asked.body
    assert f"TopicArn={topic.replace(ACCOUNT, OTHER)}&" in str(asked.attributes["SubscribeURL"])
    assert (told.body, told.recipient, told.account) == (f"from {ACCOUNT}", "+15555550142", OTHER)
    assert told.notification is not None
    assert (told.notification.message, told.notification.source) == (f"from {ACCOUNT}", topic.replace(ACCOUNT, OTHER))
