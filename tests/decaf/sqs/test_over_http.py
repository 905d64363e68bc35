"""SQS as raw requests find it, in both protocols: what a client library would hide."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import xmltodict

from tests.live import Live


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    headers: Message
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def xml(self) -> Any:
        return xmltodict.parse(self.body)


@dataclass(frozen=True, slots=True)
class Raw:
    """Sends requests as they are, signed for the test's account."""

    url: str
    account: str

    def send(self, path: str = "/", body: bytes | None = None, **headers: str) -> Answer:
        scope = f"{self.account}/20260101/us-east-1/sqs/aws4_request"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
        try:
            with urlopen(Request(self.url + path, body, named), timeout=20) as response:
                return Answer(response.status, response.headers, response.read().decode())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())

    def call(self, operation: str, body: bytes | None = None, **params: Any) -> Answer:
        """A call in JSON, with `params` or just these bytes as its body."""
        sent = json.dumps(params).encode() if body is None else body
        kind = "application/x-amz-json-1.0"
        return self.send("/", sent, Content_Type=kind, X_Amz_Target=f"AmazonSQS.{operation}")

    def query(self, path: str = "/", **form: str) -> Answer:
        """A form in the URL, as in Query over GET."""
        return self.send(f"{path}?{urlencode(form)}")


@pytest.fixture
def raw(live: Live, account: str) -> Raw:
    return Raw(live.url, account)


@pytest.fixture
def path(raw: Raw, url: str) -> str:
    """The path of the queue named orders."""
    return url.removeprefix(raw.url)


def _error(answer: Answer) -> tuple[int, str, str, str]:
    """The status, the type, the code for clients of Query, and the text of an error in JSON."""
    space, _, shape = answer.json["__type"].partition("#")
    assert space in ("com.amazonaws.sqs", "com.amazon.coral.service")
    return answer.status, shape, answer.headers["x-amzn-query-error"], answer.json["message"]


def test_what_json_cannot_be_read_from(raw: Raw) -> None:
    """Recorded answers, 2026-10."""
    assert _error(raw.call("ListQueues", b"{"))[:3] == (400, "SerializationException", "MalformedInput;Sender")
    assert _error(raw.call("FooBar"))[:3] == (400, "UnknownOperationException", "InvalidAction;Sender")


def test_calls_without_a_queue(raw: Raw) -> None:
    """Recorded answers, 2026-10."""
    gone = (
        400,
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue;Sender",
        "The specified queue does not exist.",
    )
    assert _error(raw.call("ReceiveMessage")) == gone
    assert _error(raw.call("SendMessage", MessageBody="latte")) == gone
    for operation in ("GetQueueUrl", "CreateQueue"):
        said = _error(raw.call(operation))
        assert said[:3] == (400, "InvalidParameterValueException", "InvalidParameterValue;Sender")


def test_statuses_over_json_are_those_of_the_smithy_model(raw: Raw, url: str) -> None:
    """Recorded answers, 2026-10: 404 for a handle that is none, 403 for a second purge."""
    deleted = raw.call("DeleteMessage", QueueUrl=url, ReceiptHandle="junk")
    assert _error(deleted)[:3] == (404, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid;Sender")
    assert raw.call("PurgeQueue", QueueUrl=url).status == 200
    again = _error(raw.call("PurgeQueue", QueueUrl=url))
    assert again[:3] == (403, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress;Sender")


def test_list_values_in_message_attributes(raw: Raw, url: str) -> None:
    """A recorded answer, 2026-10, of SendMessage; in a batch the entry fails."""
    lists = ({"DataType": "String", "StringListValues": ["a"]}, {"DataType": "Binary", "BinaryListValues": ["YQ=="]})
    for value in lists:
        sent: dict[str, Any] = {"MessageBody": "latte", "MessageAttributes": {"a": value}}
        said = _error(raw.call("SendMessage", QueueUrl=url, **sent))
        assert said[:3] == (400, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation;Sender")
        batch = raw.call("SendMessageBatch", QueueUrl=url, Entries=[{"Id": "1", **sent}])
        assert batch.json["Failed"][0]["Code"] == "AWS.SimpleQueueService.UnsupportedOperation"


def test_query_on_the_path_of_a_queue(raw: Raw, url: str, path: str) -> None:
    """Recorded answers."""
    found = raw.query(path, Action="GetQueueUrl", QueueName="orders")
    assert found.xml["GetQueueUrlResponse"]["GetQueueUrlResult"]["QueueUrl"] == url
    for action in ("CreateQueue", "ListQueues", "FooBar"):
        error = raw.query(path, Action=action, QueueName="other").xml["ErrorResponse"]["Error"]
        assert (error["Code"], error["Message"]) == (
            "InvalidAction",
            f"The action {action} is not valid for this endpoint.",
        )
    for accept in ("text/xml", "application/json"):
        nothing = raw.send(path, Accept=accept)
        assert (nothing.status, nothing.headers["Content-Type"]) == (404, "text/xml")
        assert nothing.xml == {"UnknownOperationException": None}


@pytest.mark.parametrize("name", ["Tag", "Tags", "Tags.entry"])
def test_tags_as_sdks_of_the_query_generation_send_them(raw: Raw, sqs: Any, url: str, path: str, name: str) -> None:
    tags = {f"{name}.1.Key": "team", f"{name}.1.Value": "bar", f"{name}.2.Key": "cup", f"{name}.2.Value": "large"}
    assert raw.query(path, Action="TagQueue", Version="2012-11-05", **tags).status == 200
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "bar", "cup": "large"}


def test_a_signature_that_cannot_be_read_is_incomplete(raw: Raw) -> None:
    header = "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0"
    answer = raw.send("/?Action=ListQueues", Authorization=header)
    assert (answer.status, answer.xml["ErrorResponse"]["Error"]["Code"]) == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    ("name", "attributes", "code"),
    [("orders", {}, "InvalidAttributeName"), ("orders.fifo", {"FifoQueue": "true"}, "InvalidAttributeValue")],
)
def test_a_queue_stays_of_its_type(raw: Raw, sqs: Any, name: str, attributes: dict[str, str], code: str) -> None:
    """A recorded answer, 2026-10."""
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    answer = raw.call("SetQueueAttributes", QueueUrl=url, Attributes={"FifoQueue": "false"})
    assert _error(answer)[1] == code


def test_a_queue_can_be_its_own_dead_letter_queue(raw: Raw, sqs: Any, url: str, arn: str) -> None:
    """A recorded answer, 2026-10. Where its dead letters then are is not known: they stay."""
    policy = json.dumps({"deadLetterTargetArn": f"{arn}orders", "maxReceiveCount": 1})
    assert raw.call("SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": policy}).status == 200
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    for _ in range(3):
        assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["Body"] == "latte"
