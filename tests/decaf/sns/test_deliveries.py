"""What arrives: in queues, raw or enveloped, in dead-letter queues, at phones, mail boxes and apps."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from decaf.base.events import NotificationDeadLettered, NotificationDelivered, NotificationFailed, NotificationPublished
from decaf.sqs import digest
from tests.decaf.sns.cloud import ACCOUNT, HOST, START, Cloud

PHONE = "+15555550142"
MAIL = "customer@example.com"
ATTRIBUTES: dict[str, Any] = {
    "size": {"DataType": "Number", "StringValue": "99.12"},
    "kinds": {"DataType": "String.Array", "StringValue": '["a","b"]'},
    "data": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
}


def confirmed_mail_box(cloud: Cloud, topic: str, protocol: str = "email") -> str:
    subscription = cloud.subscribe(topic, protocol, MAIL)
    token = cloud.inbox(protocol=protocol)[-1].token
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=token)
    cloud.world.clear_inbox()
    return subscription


def dead_letters(queue: str) -> str:
    return json.dumps({"deadLetterTargetArn": queue})


def test_the_envelope_has_aws_layout(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    cloud.advance(0.6549)
    published = cloud.sns(
        "Publish", TopicArn=topic, Subject="Your order", Message='"é"\n', MessageAttributes=ATTRIBUTES
    )
    (message,) = cloud.received(queue)
    signature = json.loads(message["Body"])["Signature"]
    certificate = cloud.world.signer.certificate_path
    assert message["Body"] == (
        "{\n"
        '  "Type" : "Notification",\n'
        f'  "MessageId" : "{published["MessageId"]}",\n'
        f'  "TopicArn" : "{topic}",\n'
        '  "Subject" : "Your order",\n'
        '  "Message" : "\\"é\\"\\n",\n'
        '  "Timestamp" : "2023-11-14T22:13:20.654Z",\n'
        '  "SignatureVersion" : "1",\n'
        f'  "Signature" : "{signature}",\n'
        f'  "SigningCertURL" : "http://{HOST}{certificate}",\n'
        f'  "UnsubscribeURL" : "http://{HOST}/?Action=Unsubscribe&SubscriptionArn={subscription}",\n'
        '  "MessageAttributes" : {\n'
        '    "size" : {"Type":"Number","Value":"99.12"},\n'
        '    "kinds" : {"Type":"String.Array","Value":"[\\"a\\",\\"b\\"]"},\n'
        '    "data" : {"Type":"Binary","Value":"AgME"}\n'
        "  }\n"
        "}"
    )
    assert "MessageAttributes" not in message
    assert message["MD5OfBody"] == hashlib.md5(message["Body"].encode()).hexdigest()


def test_the_envelope_has_no_fields_without_values(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue)
    cloud.sns("Publish", TopicArn=topic, Message="x")
    (message,) = cloud.received(queue)
    body = json.loads(message["Body"])
    signed = ["SignatureVersion", "Signature", "SigningCertURL"]
    assert list(body) == ["Type", "MessageId", "TopicArn", "Message", "Timestamp", *signed, "UnsubscribeURL"]


def test_each_enveloped_subscriber_has_its_own_unsubscribe_url(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscriptions = {queue: cloud.subscribe(topic, "sqs", cloud.queue(queue)) for queue in ("a", "b")}
    cloud.sns("Publish", TopicArn=topic, Message="x")
    for queue, subscription in subscriptions.items():
        (message,) = cloud.received(queue)
        assert json.loads(message["Body"])["UnsubscribeURL"].endswith(subscription)
        assert message["MD5OfBody"] == digest.of_body(message["Body"]).hex()


def test_raw_delivery_is_the_message_itself_with_its_attributes(cloud: Cloud) -> None:
    topic, queues = cloud.topic(), [cloud.queue("a"), cloud.queue("b")]
    for queue in queues:
        cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    cloud.sns("Publish", TopicArn=topic, Message="é", Subject="not in raw", MessageAttributes=ATTRIBUTES)
    for queue in queues:
        (message,) = cloud.received(queue)
        assert message["Body"] == "é"
        assert message["MD5OfBody"] == hashlib.md5("é".encode()).hexdigest()
        assert message["MessageAttributes"] == ATTRIBUTES
        assert message["MD5OfMessageAttributes"] == digest.of_attributes(ATTRIBUTES)


def test_changing_to_raw_delivery_counts_from_the_next_message_on(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    cloud.sns(
        "SetSubscriptionAttributes",
        SubscriptionArn=subscription,
        AttributeName="RawMessageDelivery",
        AttributeValue="true",
    )
    cloud.sns("Publish", TopicArn=topic, Message="x")
    assert cloud.received(queue)[0]["Body"] == "x"


def test_the_attributes_of_the_queue_are_honoured_but_for_its_message_size(cloud: Cloud) -> None:
    topic = cloud.topic()
    queue = cloud.queue("kitchen", DelaySeconds="10", MaximumMessageSize="1024")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    cloud.sns("Publish", TopicArn=topic, Message="x" * 2_000)
    assert cloud.received(queue) == []
    cloud.advance(10)
    assert cloud.received(queue)[0]["Body"] == "x" * 2_000


def test_a_group_id_is_passed_on_to_queues(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue)
    cloud.sns("Publish", TopicArn=topic, Message="x", MessageGroupId="tenant-1")
    assert cloud.received(queue)[0]["Attributes"]["MessageGroupId"] == "tenant-1"


def test_a_queue_in_another_region_is_reached(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue("far", region="eu-west-1")
    cloud.subscribe(topic, "sqs", queue)
    cloud.sns("Publish", TopicArn=topic, Message="x")
    assert len(cloud.received(queue, region="eu-west-1")) == 1


@pytest.mark.parametrize(("protocol", "text"), [("sqs", "to queues"), ("email", "to all"), ("sms", "")])
def test_each_protocol_has_its_text_of_a_json_message(cloud: Cloud, protocol: str, text: str) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    cloud.subscribe(topic, "sqs", queue)
    cloud.subscribe(topic, "sms", PHONE)
    confirmed_mail_box(cloud, topic)
    texts = {"default": "to all", "sqs": "to queues", "sms": "", "email": 1, "pigeon": "coo"}
    cloud.sns("Publish", TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
    heard = {entry.protocol: entry.attributes.get("Message", entry.body) for entry in cloud.inbox()}
    heard["sqs"] = json.loads(cloud.received(queue)[0]["Body"])["Message"]
    assert heard[protocol] == text


@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_message_to_a_deleted_queue_is_dead_lettered_in_the_format_of_the_subscription(
    cloud: Cloud, raw: str
) -> None:
    topic, queue, dead = cloud.topic(), cloud.queue(), cloud.queue("dead")
    subscription = cloud.subscribe(topic, "sqs", queue, RawMessageDelivery=raw, RedrivePolicy=dead_letters(dead))
    cloud.sqs("DeleteQueue", QueueUrl="kitchen")
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="x", MessageAttributes=ATTRIBUTES)
    (message,) = cloud.received(dead)
    if raw == "true":
        assert message["Body"] == "x"
        assert message["MessageAttributes"] == ATTRIBUTES
    else:
        assert json.loads(message["Body"])["UnsubscribeURL"].endswith(subscription)
    told = [event for event in events if isinstance(event, NotificationFailed | NotificationDeadLettered)]
    assert [type(event) for event in told] == [NotificationFailed, NotificationDeadLettered]
    assert [str(event.arn) for event in told] == [subscription, subscription]
    assert told[0].subject.outcome.reason == "the queue does not exist"
    assert told[1].subject.recipient == dead


def test_without_a_dead_letter_queue_it_is_lost_and_an_event_reports_it(cloud: Cloud) -> None:
    topic, events = cloud.topic(), cloud.listen()
    subscription = cloud.subscribe(topic, "sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:never-was")
    cloud.sns("Publish", TopicArn=topic, Message="x")
    failed = [event for event in events if isinstance(event, NotificationFailed)]
    assert [str(event.arn) for event in failed] == [subscription]
    assert cloud.sns("GetTopicAttributes", TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1"


def test_a_dead_letter_queue_that_does_not_exist_either_is_a_second_failure(cloud: Cloud) -> None:
    topic = cloud.topic()
    gone = f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone"
    cloud.subscribe(topic, "sqs", gone, RedrivePolicy=dead_letters(gone))
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="x")
    reasons = [event.subject.outcome.reason for event in events if isinstance(event, NotificationFailed)]
    assert reasons == ["the queue does not exist", "the dead-letter queue does not exist"]


def test_a_raw_message_with_more_than_ten_attributes_goes_to_the_dead_letter_queue(cloud: Cloud) -> None:
    topic, raw, enveloped, dead = cloud.topic(), cloud.queue("raw"), cloud.queue("enveloped"), cloud.queue("dead")
    cloud.subscribe(topic, "sqs", raw, RawMessageDelivery="true", RedrivePolicy=dead_letters(dead))
    cloud.subscribe(topic, "sqs", enveloped)
    many = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(11)}
    cloud.sns("Publish", TopicArn=topic, Message="x", MessageAttributes=many)
    assert cloud.received(raw) == []
    assert len(cloud.received(enveloped)) == 1
    assert cloud.received(dead)[0]["MessageAttributes"] == many


def test_text_that_queues_do_not_take_is_a_failed_raw_delivery(cloud: Cloud) -> None:
    topic, raw, enveloped = cloud.topic(), cloud.queue("raw"), cloud.queue("enveloped")
    cloud.subscribe(topic, "sqs", raw, RawMessageDelivery="true")
    cloud.subscribe(topic, "sqs", enveloped)
    cloud.sns("Publish", TopicArn=topic, Message="bell \x07")
    assert cloud.received(raw) == []
    assert json.loads(cloud.received(enveloped)[0]["Body"])["Message"] == "bell \x07"


def test_text_messages_begin_with_the_display_name(cloud: Cloud) -> None:
    topic = cloud.topic("orders", DisplayName="Coffee")
    subscription = cloud.subscribe(topic, "sms", PHONE)
    published = cloud.sns("Publish", TopicArn=topic, Message="Ready", Subject="unheard")
    (sms,) = cloud.inbox()
    assert (sms.body, sms.subject, sms.at, sms.kind) == ("Coffee> Ready", None, START, "Notification")
    assert (sms.message_id, sms.topic_arn) == (published["MessageId"], topic)
    assert (sms.subscription_arn, sms.token) == (subscription, None)


def test_a_text_too_long_for_phones_is_a_failed_delivery(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "sms", PHONE)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="x" * 1_601)
    assert cloud.inbox() == []
    assert isinstance(events[-1], NotificationFailed)


def test_a_message_published_before_confirmation_is_not_delivered_after_it(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "email", MAIL)
    cloud.sns("Publish", TopicArn=topic, Message="too early")
    (asked,) = cloud.inbox()
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=asked.token)
    assert cloud.inbox() == [asked]


def test_events_report_the_notification_and_each_delivery(cloud: Cloud) -> None:
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    events = cloud.listen()
    published = cloud.sns("Publish", TopicArn=topic, Message="x")
    first, *_, last = events
    assert isinstance(first, NotificationPublished)
    assert (str(first.arn), first.subject.notification.message_id) == (topic, published["MessageId"])
    assert isinstance(last, NotificationDelivered)
    (reached,) = last.subject.subscriptions
    assert (str(reached.arn), reached.endpoint, last.at) == (subscription, queue, START)
    assert str(last.arn) == topic


def test_the_base_url_of_the_settings_wins() -> None:
    cloud = Cloud(base_url="https://shop.example")
    topic, queue = cloud.topic(), cloud.queue()
    subscription = cloud.subscribe(topic, "sqs", queue)
    cloud.sns("Publish", TopicArn=topic, Message="x")
    body = json.loads(cloud.received(queue)[0]["Body"])
    assert body["UnsubscribeURL"] == f"https://shop.example/?Action=Unsubscribe&SubscriptionArn={subscription}"
