"""GET /_decaf/calls and /_decaf/call: the latest calls of AWS clients, and all of one of them."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from decaf.control.calls import CallDescription
from decaf.control.route import Refused
from decaf.observe.call_record import LONG, MOST_BYTES
from decaf.testing import Control, Drop, Match, Settings
from tests.live import Live


@pytest.fixture
def control(live: Live, account: str) -> Control:
    return live.control.of(account)


@pytest.fixture
def orders(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def operations(calls: list[CallDescription]) -> list[str]:
    return [call.operation for call in calls]


def test_calls_are_listed_in_the_order_of_their_answers(control: Control, sqs: Any, orders: str) -> None:
    sqs.send_message(QueueUrl=orders, MessageBody="latte")
    sqs.receive_message(QueueUrl=orders)
    sqs.receive_message(QueueUrl=orders)
    calls = control.calls().calls
    assert operations(calls) == ["CreateQueue", "SendMessage", "ReceiveMessage", "ReceiveMessage"]
    assert [call.received for call in calls] == [None, None, 1, 0]
    last = calls[-1]
    assert (last.status, last.error, last.service, last.region) == (200, None, "sqs", "us-east-1")
    assert (last.resource, last.arn, last.account) == (
        orders,
        f"arn:aws:sqs:us-east-1:{control.account}:orders",
        control.account,
    )
    assert last.caller == "boto3"
    assert last.details is None
    assert last.request_size > 0


def test_messages_that_were_received_are_counted_in_the_older_protocol_too(
    control: Control, sqs: Any, orders: str
) -> None:
    sqs.send_message(QueueUrl=orders, MessageBody="latte")
    form = f"Action=ReceiveMessage&QueueUrl={orders}".encode()
    scope = f"{control.account}/20260101/us-east-1/sqs/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    with urlopen(Request(control.url, form, headers), timeout=10):
        assert control.calls().calls[-1].received == 1


def test_calls_are_selected(control: Control, live: Live, sqs: Any, sns: Any, orders: str) -> None:
    sqs.create_queue(QueueName="bills")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.publish(TopicArn=topic, Message="latte")
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="missing")
    assert operations(control.calls("CreateQueue").calls) == ["CreateQueue"] * 2
    assert operations(control.calls(service="sns").calls) == ["CreateTopic", "Publish"]
    assert operations(control.calls(queue="orders").calls) == ["CreateQueue"]
    assert operations(control.calls(queue=orders).calls) == ["CreateQueue"]
    assert operations(control.calls(topic=topic).calls) == ["CreateTopic", "Publish"]
    (refused,) = control.calls(errors=True).calls
    assert (refused.operation, refused.status, refused.error) == ("GetQueueUrl", 400, "QueueDoesNotExist")
    assert operations(control.calls(limit=2).calls) == ["Publish", "GetQueueUrl"]
    other = live.client("sqs", str(control.account), config=Config(user_agent_appid="barista"))
    with closing(other):
        other.list_queues()
    assert operations(control.calls(caller="barista").calls) == ["ListQueues"]


def test_calls_after_a_mark_come_in_pages(control: Control, sqs: Any, orders: str) -> None:
    mark = control.calls().mark
    for _ in range(3):
        sqs.receive_message(QueueUrl=orders)
    first = control.calls(since=mark, limit=2)
    assert len(first.calls) == 2
    assert first.mark == first.calls[-1].mark
    assert len(control.calls(since=first.mark).calls) == 1
    assert control.calls(since=control.calls().mark).calls == []
    with pytest.raises(Refused, match="there is no call"):
        control.calls(since=10**9)


def test_calls_that_are_not_kept_are_reported() -> None:
    with Live(Settings(port=0, max_calls=2)) as live:
        client = live.client("sqs")
        for _ in range(3):
            client.list_queues()
        client.close()
        assert live.control.calls(since=0).lost
        assert not live.control.calls(since=1).lost
        assert not live.control.calls().lost


def test_one_call_has_all_that_was_sent_and_returned(control: Control, sqs: Any, orders: str) -> None:
    attributes = {"n": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sent = sqs.send_message(QueueUrl=orders, MessageBody="latte", MessageAttributes=attributes)
    found = control.call(control.calls().mark)
    details = found.details
    assert details is not None
    assert details.parameters == {
        "QueueUrl": orders,
        "MessageBody": "latte",
        "MessageAttributes": {"n": {"DataType": "Binary", "BinaryValue": "AP8="}},
    }
    assert details.response is not None
    assert details.response["MessageId"] == sent["MessageId"]
    assert (found.method, found.target) == ("POST", "/")
    assert (details.kept, details.body, details.message) == (True, None, None)
    assert details.headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert details.response_headers["x-amzn-RequestId"] == sent["ResponseMetadata"]["RequestId"]
    assert details.boto3 is not None
    assert "sqs.send_message(" in details.boto3
    assert details.cli is not None
    assert f"--endpoint-url {control.url}" in details.cli


def test_a_refused_call_has_the_text_of_its_error(control: Control, sqs: Any) -> None:
    with pytest.raises(ClientError) as refused:
        sqs.get_queue_url(QueueName="missing")
    details = control.call(control.calls().mark).details
    assert details is not None
    assert details.response is None
    assert details.message == refused.value.response["Error"]["Message"]


def test_a_call_that_was_dropped_has_no_response(control: Control, sqs: Any) -> None:
    control.set_fault(Drop(), Match(operation="ListQueues"))
    with pytest.raises(Exception, match="closed"):
        sqs.list_queues()
    (call,) = control.calls("ListQueues", details=True).calls
    assert (call.status, call.error, call.response_size) == (None, "dropped", 0)
    assert call.details is not None
    assert (call.details.response, call.details.message, call.details.response_headers) == (None, None, {})


@pytest.mark.parametrize(
    ("body", "shown"), [(b"{\xff", "{\ufffd"), (b'{"Token": "s3cr3t"', "***"), (b"x" * 5_000, "x" * 4_096)]
)
def test_of_a_request_that_no_call_can_be_read_from_the_body_is_shown(live: Live, body: bytes, shown: str) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(live.url, body, {"X-Amz-Target": "AmazonSQS.SendMessage"}), timeout=10)
    refused.value.close()
    (call,) = live.control.calls(limit=1, details=True).calls
    assert (call.operation, call.account, call.arn) == ("", None, None)
    assert call.details is not None
    assert (call.details.parameters, call.details.body, call.details.boto3) == (None, shown, None)


def test_long_bodies_that_had_to_make_room_are_not_shown(control: Control, sqs: Any, orders: str) -> None:
    sqs.send_message(QueueUrl=orders, MessageBody="x" * LONG)
    sqs.receive_message(QueueUrl=orders)
    mark = control.calls().mark
    for _ in range(MOST_BYTES // 1_000_000 + 1):
        sqs.send_message(QueueUrl=orders, MessageBody="x" * 500_000)
    sent, received = control.call(mark - 1), control.call(mark)
    for call in (sent, received):
        assert call.arn is not None
        assert call.details is not None
        assert (call.details.kept, call.details.parameters, call.details.response) == (False, None, None)
        assert call.details.boto3 is None
    assert sent.request_size > LONG
    assert received.response_size > LONG
    assert received.received is None


def test_no_secret_and_no_credential_is_shown(control: Control, live: Live, sns: Any) -> None:
    secret = "s3cr3t" * 8
    application = sns.create_platform_application(
        Name="shop", Platform="GCM", Attributes={"PlatformCredential": secret, "PlatformPrincipal": secret}
    )["PlatformApplicationArn"]
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=application, Token=secret)["EndpointArn"]
    sns.get_endpoint_attributes(EndpointArn=endpoint)
    sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://ada:{secret}@127.0.0.1:9/")
    client = live.client("sns", str(control.account), aws_session_token=secret)
    with closing(client):
        client.list_topics()
    with pytest.raises(ClientError):
        sns.confirm_subscription(TopicArn=topic, Token=secret)
    found = control.calls(details=True).calls
    assert len(found) == 8
    assert secret not in repr(found)
    assert all(call.details and call.details.headers["authorization"] == "***" for call in found)


def test_calls_of_lambda_are_shown_as_those_of_other_services(control: Control, live: Live) -> None:
    with closing(live.client("lambda", str(control.account))) as functions:
        with pytest.raises(ClientError):
            functions.get_function(FunctionName="brew")
        functions.list_functions()
    refused, listed = control.calls(service="lambda", details=True).calls
    assert (refused.operation, refused.resource, refused.arn) == ("GetFunction", "brew", None)
    assert refused.details is not None
    assert "Function not found" in str(refused.details.message)
    assert listed.details is not None
    assert listed.details.response == {"Functions": []}
    assert listed.details.boto3 is not None
    assert "lambda_ = boto3.client(" in listed.details.boto3


def test_a_call_of_lambda_that_is_no_valid_one_is_named_by_its_path(control: Control, live: Live) -> None:
    functions = live.client("lambda", str(control.account), config=Config(parameter_validation=False))
    with closing(functions), pytest.raises(ClientError):
        functions.add_permission(FunctionName="brew", StatementId="all", Action="lambda:*", Principal=["a"])
    (refused,) = control.calls(service="lambda", details=True).calls
    assert (refused.operation, refused.resource) == ("AddPermission", "brew")
    assert (refused.method, refused.target) == ("POST", "/2015-03-31/functions/brew/policy")
    assert refused.details is not None
    assert refused.details.parameters is None


def test_a_call_that_is_not_there_is_refused(control: Control) -> None:
    with pytest.raises(Refused) as refused:
        control.call(10**9)
    assert refused.value.status == 404


def test_frames_count_new_calls_empty_receives_too(control: Control, sqs: Any, orders: str) -> None:
    with closing(control.frames()) as frames:
        assert next(frames).calls == 0
        sqs.receive_message(QueueUrl=orders)
        assert next(frame.calls for frame in frames if frame.calls) == 1
