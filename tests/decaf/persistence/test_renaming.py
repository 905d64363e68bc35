"""What one account had is another's: all that names the account follows, what people said does not."""

from __future__ import annotations

import json

import pytest

from decaf.base.identity import default_user
from decaf.persistence.renaming import renamed
from decaf.persistence.snapshot import encode
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
    without_bodies = json.loads(encode(snapshot))
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
