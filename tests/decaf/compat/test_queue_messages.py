"""/_aws/sqs/messages: looking at a queue without receiving, by any SDK or none."""

from __future__ import annotations

from typing import Any

import pytest
import xmltodict
from botocore.exceptions import ClientError

from decaf.base.identity import default_user
from tests.decaf.compat.conftest import EmulatorClient, Response
from tests.live import Live

PATH = "/_aws/sqs/messages"
JSON = {"Accept": "application/json"}


@pytest.fixture
def queue(sqs: Any) -> str:
    url: str = sqs.create_queue(QueueName="orders")["QueueUrl"]
    return url


def messages(answer: Response) -> Any:
    """The Message of an answer, whichever of the two forms it has."""
    document = answer.json if answer.text.startswith("{") else xmltodict.parse(answer.text)
    return document["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]


def attributes(message: Any) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in message["Attribute"]}


def bodies(answer: Response) -> list[str]:
    return [message["Body"] for message in messages(answer)]


def test_looking_changes_nothing(emulator: EmulatorClient, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="latte")
    sqs.send_message(QueueUrl=queue, MessageBody="mocha")
    for _ in range(2):
        seen = messages(emulator.get(PATH, QueueUrl=queue))
        assert [attributes(message)["ApproximateReceiveCount"] for message in seen] == ["0", "0"]
    (received,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"], VisibilityTimeout=0)["Messages"]
    assert received["Attributes"]["ApproximateReceiveCount"] == "1"
    seen = messages(emulator.get(PATH, QueueUrl=queue))
    assert [attributes(message)["ApproximateReceiveCount"] for message in seen] == ["1", "0"]


def test_every_attribute_of_a_message_is_returned(emulator: EmulatorClient, sqs: Any, queue: str, account: str) -> None:
    size = {"DataType": "String", "StringValue": "large"}
    sent = sqs.send_message(QueueUrl=queue, MessageBody=" latte\n", MessageAttributes={"size": size})
    message = messages(emulator.request("GET", PATH, headers=JSON, QueueUrl=queue))
    shown = attributes(message)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == " latte\n"
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MessageAttribute"] == {"Name": "size", "Value": {"StringValue": "large", "DataType": "String"}}
    assert shown["SenderId"] == default_user(account).id
    assert shown["ApproximateFirstReceiveTimestamp"] == "0"
    assert shown["SentTimestamp"].isdigit()


def test_json_has_an_object_for_one_message_and_a_list_for_several(
    emulator: EmulatorClient, sqs: Any, queue: str
) -> None:
    empty = emulator.request("GET", PATH, headers=JSON, QueueUrl=queue).json
    assert empty["ReceiveMessageResponse"]["ReceiveMessageResult"] is None
    sqs.send_message(QueueUrl=queue, MessageBody="latte")
    assert messages(emulator.request("GET", PATH, headers=JSON, QueueUrl=queue))["Body"] == "latte"
    sqs.send_message(QueueUrl=queue, MessageBody="mocha")
    assert bodies(emulator.request("GET", PATH, headers=JSON, QueueUrl=queue)) == ["latte", "mocha"]


def test_messages_in_flight_are_shown_on_request(emulator: EmulatorClient, sqs: Any, queue: str) -> None:
    for body in ("latte", "mocha", "decaf"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    sqs.receive_message(QueueUrl=queue)
    assert bodies(emulator.get(PATH, QueueUrl=queue, ShowInvisible=False)) == ["mocha", "decaf"]
    seen = messages(emulator.get(PATH, QueueUrl=queue, ShowInvisible=True))
    assert [(message["Body"], attributes(message)["IsVisible"]) for message in seen] == [
        ("latte", "false"),
        ("mocha", "true"),
        ("decaf", "true"),
    ]


def test_delayed_messages_are_shown_on_request(emulator: EmulatorClient, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="latte", DelaySeconds=60)
    sqs.send_message(QueueUrl=queue, MessageBody="mocha")
    assert messages(emulator.get(PATH, QueueUrl=queue, ShowDelayed="false"))["Body"] == "mocha"
    seen = messages(emulator.get(PATH, QueueUrl=queue, ShowDelayed="1"))
    assert [(message["Body"], attributes(message)["IsDelayed"]) for message in seen] == [
        ("mocha", "false"),
        ("latte", "true"),
    ]


def test_a_locked_group_is_as_invisible_as_the_message_that_locks_it(emulator: EmulatorClient, sqs: Any) -> None:
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=fifo)["QueueUrl"]
    for group, body in (("Ada", "latte"), ("Ada", "mocha"), ("Bob", "decaf"), ("Bob", "tea")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    assert bodies(emulator.get(PATH, QueueUrl=url)) == ["decaf", "tea"]
    assert bodies(emulator.get(PATH, QueueUrl=url, ShowInvisible="true")) == ["latte", "mocha", "decaf", "tea"]


def test_a_path_names_region_account_and_queue(emulator: EmulatorClient, live: Live, account: str) -> None:
    client = live.client("sqs", account, "eu-west-1")
    client.send_message(QueueUrl=client.create_queue(QueueName="orders")["QueueUrl"], MessageBody="latte")
    client.close()
    assert messages(emulator.get(f"{PATH}/eu-west-1/{account}/orders"))["Body"] == "latte"
    in_another_region = emulator.request("GET", f"{PATH}/us-east-1/{account}/orders", headers=JSON)
    assert in_another_region.status == 400
    error = in_another_region.json["ErrorResponse"]["Error"]
    assert error["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_an_sdk_can_have_it_as_its_endpoint(live: Live, sqs: Any, queue: str, account: str) -> None:
    for body in ("latte", "mocha"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    looking = Live.attach(f"{live.url}{PATH}").client("sqs", account)
    for _ in range(2):
        seen = looking.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)["Messages"]
        assert [message["Body"] for message in seen] == ["latte", "mocha"]
        assert [message["Attributes"]["ApproximateReceiveCount"] for message in seen] == ["0", "0"]
    with pytest.raises(ClientError, match="This endpoint only accepts ReceiveMessage calls") as refused:
        looking.send_message(QueueUrl=queue, MessageBody="decaf")
    assert refused.value.response["Error"]["Code"] == "InvalidRequest"
    looking.close()


def test_an_sdk_that_speaks_query_is_answered_in_xml(emulator: EmulatorClient, sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="latte")
    form = f"Action=ReceiveMessage&Version=2012-11-05&QueueUrl={queue}".encode()
    answer = emulator.request("POST", PATH, form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert messages(answer)["Body"] == "latte"


@pytest.mark.parametrize("url", ["", "http://localhost:4566/000000000000/nobody-made-this"])
def test_a_queue_that_does_not_exist_is_an_error_of_sqs(emulator: EmulatorClient, url: str) -> None:
    answer = emulator.request("GET", PATH, headers=JSON, QueueUrl=url)
    assert answer.status == 400
    assert answer.json["ErrorResponse"]["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
