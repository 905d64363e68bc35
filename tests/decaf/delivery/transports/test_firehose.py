"""Records for delivery streams: in the inbox, and in files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from decaf.base.events import NotificationFailed
from decaf.sns.inbox import Entry
from tests.decaf.sns.cloud import ACCOUNT, HOST, START, Cloud

INVALID = "InvalidParameter: Invalid parameter: "
STREAM = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/orders"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"


def subscribe(cloud: Cloud, topic: str, endpoint: str = STREAM, **attributes: str) -> str:
    return cloud.subscribe(topic, "firehose", endpoint, SubscriptionRoleArn=ROLE, **attributes)


def test_a_record_is_the_envelope_on_one_line_without_a_signature(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = subscribe(cloud, topic)
    attributes: dict[str, Any] = {
        "size": {"DataType": "Number", "StringValue": "1"},
        "data": {"DataType": "Binary", "BinaryValue": b"\x02"},
    }
    published = cloud.sns("Publish", TopicArn=topic, Message="é\n", Subject="s", MessageAttributes=attributes)
    (record,) = cloud.inbox(protocol="firehose")
    assert record.body == (
        f'{{"Type":"Notification","MessageId":"{published["MessageId"]}","TopicArn":"{topic}","Subject":"s",'
        '"Message":"é\\n","Timestamp":"2023-11-14T22:13:20.000Z",'
        f'"UnsubscribeURL":"http://{HOST}/?Action=Unsubscribe&SubscriptionArn={subscription}",'
        '"MessageAttributes":{"size":{"Type":"Number","Value":"1"},"data":{"Type":"Binary","Value":"Ag=="}}}'
    )
    assert (record.recipient, record.attributes) == (STREAM, {"SubscriptionRoleArn": ROLE})


def test_fields_without_values_are_absent_and_raw_is_the_text_alone(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscribe(cloud, topic)
    subscribe(cloud, topic, f"{STREAM}-raw", RawMessageDelivery="true")
    cloud.sns("Publish", TopicArn=topic, Message='{"default":"x","firehose":"y"}', MessageStructure="json")
    enveloped, raw = cloud.inbox()
    assert list(json.loads(enveloped.body)) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Message",
        "Timestamp",
        "UnsubscribeURL",
    ]
    assert raw.body == "y"


def test_records_are_lines_of_their_streams_file(tmp_path: Path) -> None:
    cloud = Cloud(firehose_dir=str(tmp_path / "streams"))
    topic = cloud.topic()
    subscribe(cloud, topic)
    subscribe(cloud, topic, f"{STREAM}-raw", RawMessageDelivery="true")
    for text in ("é", "b"):
        cloud.sns("Publish", TopicArn=topic, Message=text)
    lines = (tmp_path / "streams" / "orders.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["Message"] for line in lines] == ["é", "b"]
    assert (tmp_path / "streams" / "orders-raw.jsonl").read_text(encoding="utf-8") == "é\nb\n"
    assert len(list((tmp_path / "streams").iterdir())) == 2


def test_a_record_that_cannot_be_written_is_a_failed_delivery(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cloud = Cloud(firehose_dir=str(tmp_path / "file"))
    topic = cloud.topic()
    subscribe(cloud, topic)
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="x")
    (failed,) = [event for event in events if isinstance(event, NotificationFailed)]
    assert failed.subject.outcome.reason == "the record cannot be written: File exists"
    assert cloud.inbox() == []


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_records_are_for_their_owner_alone(tmp_path: Path, umask: int) -> None:
    cloud = Cloud(firehose_dir=str(tmp_path / "streams"))
    topic = cloud.topic()
    subscribe(cloud, topic)
    before = os.umask(umask)
    try:
        cloud.sns("Publish", TopicArn=topic, Message="x")
    finally:
        os.umask(before)
    made = (tmp_path / "streams", tmp_path / "streams" / "orders.jsonl")
    assert [oct(path.stat().st_mode & 0o777) for path in made] == ["0o700", "0o600"]


def test_a_link_does_not_lead_out_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "streams").mkdir()
    (tmp_path / "streams" / "orders.jsonl").symlink_to(tmp_path / "elsewhere")
    cloud = Cloud(firehose_dir=str(tmp_path / "streams"))
    topic = cloud.topic()
    subscribe(cloud, topic)
    cloud.sns("Publish", TopicArn=topic, Message="x")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("length", "reason"), [(0, None), (1, "the record is longer than 1024000 bytes")])
def test_a_record_has_a_longest_length(cloud: Cloud, length: int, reason: str | None) -> None:
    topic = cloud.topic(MaximumMessageSize="1048576")
    subscribe(cloud, topic, RawMessageDelivery="true")
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message="é" * 512_000 + "x" * length)
    failed = [event.subject.outcome.reason for event in events if isinstance(event, NotificationFailed)]
    assert failed == ([] if reason is None else [reason])
    assert len(cloud.inbox()) == (reason is None)


def test_a_record_is_an_entry_of_its_subscription(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = subscribe(cloud, topic, RawMessageDelivery="true")
    published = cloud.sns("Publish", TopicArn=topic, Message="latte", Subject="Order")["MessageId"]
    assert cloud.inbox() == [
        Entry(
            account=ACCOUNT,
            protocol="firehose",
            recipient=STREAM,
            topic_arn=topic,
            message_id=published,
            subject=None,
            body="latte",
            at=START,
            subscription_arn=subscription,
            attributes={"SubscriptionRoleArn": ROLE},
        )
    ]


def test_the_directory_of_streams_is_made_and_its_files_can_be_read_by_all(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        cloud = Cloud(firehose_dir=str(tmp_path / "some" / "streams"))
        topic = cloud.topic()
        subscribe(cloud, topic, RawMessageDelivery="true")
        for _ in range(2):
            cloud.sns("Publish", TopicArn=topic, Message="one\r\ntwo")
    finally:
        os.umask(before)
    file = tmp_path / "some" / "streams" / "orders.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == b"one\r\ntwo\n" * 2


@pytest.mark.parametrize(
    "endpoint",
    [
        "orders",
        STREAM.replace("firehose", "sqs"),
        STREAM.replace("deliverystream/", ""),
        STREAM + "/../../etc/passwd",
        STREAM.replace("orders", "x" * 65),
    ],
)
def test_an_endpoint_is_the_arn_of_a_stream(cloud: Cloud, endpoint: str) -> None:
    topic = cloud.topic()
    subscription: dict[str, Any] = {"TopicArn": topic, "Protocol": "firehose", "Endpoint": endpoint}
    assert cloud.refusal("Subscribe", **subscription) == INVALID + "Firehose endpoint ARN"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "attributes", "text"),
    [
        ("firehose", STREAM, {}, "SubscriptionRoleArn: no value for required attribute"),
        ("firehose", STREAM, {"SubscriptionRoleArn": "me"}, "SubscriptionRoleArn: me is not the ARN of a role"),
        (
            "sqs",
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:kitchen",
            {"SubscriptionRoleArn": ROLE},
            "Delivery protocol [sqs] does not support SubscriptionRoleArn.",
        ),
    ],
)
def test_a_role_is_needed_and_only_here(
    cloud: Cloud, protocol: str, endpoint: str, attributes: dict[str, str], text: str
) -> None:
    subscription: dict[str, Any] = {"TopicArn": cloud.topic(), "Protocol": protocol, "Endpoint": endpoint}
    assert cloud.refusal("Subscribe", Attributes=attributes, **subscription) == f"{INVALID}Attributes Reason: {text}"


def test_the_role_is_shown_and_can_be_changed_but_not_taken_away(cloud: Cloud) -> None:
    subscription = subscribe(cloud, cloud.topic())
    change: dict[str, Any] = {"SubscriptionArn": subscription, "AttributeName": "SubscriptionRoleArn"}
    cloud.sns("SetSubscriptionAttributes", AttributeValue=f"{ROLE}-2", **change)
    shown = cloud.sns("GetSubscriptionAttributes", SubscriptionArn=subscription)["Attributes"]
    assert (shown["SubscriptionRoleArn"], shown["PendingConfirmation"]) == (f"{ROLE}-2", "false")
    assert "is not the ARN of a role" in cloud.refusal("SetSubscriptionAttributes", AttributeValue="", **change)


def test_a_stream_of_another_account_has_to_be_confirmed(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscribe(cloud, topic, STREAM.replace(ACCOUNT, "222222222222"))
    (asked,) = cloud.inbox(protocol="firehose", kind="SubscriptionConfirmation")
    assert json.loads(asked.body)["Token"] == asked.token
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=asked.token)
    cloud.sns("Publish", TopicArn=topic, Message="x")
    assert len(cloud.inbox(kind="Notification")) == 1
