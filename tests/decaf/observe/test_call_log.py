"""What is noted of each call of a client: who called what, how it ended, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from decaf.observe.call_log import KEPT_OF_BODIES, CallLog, LoggedCall
from decaf.testing import Decaf, Drop, Error, Match, Settings
from tests.decaf.api.lambda_.conftest import zipped

ACCOUNT = "111122223333"
Noting = Callable[..., list[LoggedCall]]


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf() as started:
        yield started


@pytest.fixture
def noting(decaf: Decaf) -> Noting:
    """Starts the log; returns the list that grows."""

    def start(with_bodies: bool = False) -> list[LoggedCall]:
        noted: list[LoggedCall] = []
        decaf.world.calls.log = CallLog(noted.append, with_bodies).note
        return noted

    return start


@pytest.fixture
def sqs(decaf: Decaf) -> Iterator[Any]:
    client = decaf.client("sqs", ACCOUNT)
    yield client
    client.close()


@pytest.fixture
def sns(decaf: Decaf) -> Iterator[Any]:
    client = decaf.client("sns", ACCOUNT)
    yield client
    client.close()


def facts(call: LoggedCall) -> tuple[Any, ...]:
    return call.service, call.operation, call.account, call.status, call.error


def test_a_call_is_noted_with_its_service_operation_account_and_status(noting: Noting, sqs: Any) -> None:
    noted = noting()
    sqs.create_queue(QueueName="orders")
    (call,) = noted
    assert facts(call) == ("sqs", "CreateQueue", ACCOUNT, 200, None)
    assert call.seconds is not None
    assert 0 < call.seconds < 10
    assert (call.request, call.response) == (None, None)


def test_a_refused_call_is_noted_with_its_error(noting: Noting, sqs: Any) -> None:
    noted = noting()
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="orders")
    assert facts(noted[0]) == ("sqs", "GetQueueUrl", ACCOUNT, 400, "QueueDoesNotExist")
    assert noted[0].seconds is not None


def test_each_call_names_what_it_is_about(noting: Noting, sqs: Any, sns: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    noted = noting()
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    sns.publish(TopicArn=topic, Message="latte")
    sns.publish(PhoneNumber="+15555550142", Message="latte")
    sqs.list_queues()
    assert [call.resource for call in noted] == [url, topic, "", ""]


def test_a_long_poll_is_noted_when_it_is_answered(noting: Noting, sqs: Any, decaf: Decaf) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    noted = noting()
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        while not decaf.control.queues()[0].polls:
            assert noted == []
        decaf.control.advance(20)
        assert "Messages" not in poll.result()
    assert facts(noted[0]) == ("sqs", "ReceiveMessage", ACCOUNT, 200, None)


def test_a_request_that_cannot_be_read_is_noted(noting: Noting, decaf: Decaf) -> None:
    noted = noting()
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(decaf.url, b"{", {"X-Amz-Target": "AmazonSQS.SendMessage"}), timeout=10)
    refused.value.close()
    (call,) = noted
    assert (call.service, call.operation, call.account, call.status) == ("sqs", "", None, refused.value.code)


def test_a_request_that_is_not_allowed_is_noted(noting: Noting, decaf: Decaf) -> None:
    noted = noting()
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(decaf.url, b"", {"Origin": "http://evil.test"}), timeout=10)
    refused.value.close()
    assert [(call.status, call.error) for call in noted] == [(403, "AccessDeniedException")]


def test_the_status_is_that_of_an_injected_error(noting: Noting, sqs: Any, decaf: Decaf) -> None:
    decaf.control.set_fault(Error(code="OverLimit", status=503), Match(service="sqs"))
    noted = noting()
    with pytest.raises(ClientError):
        sqs.list_queues()
    assert [(call.status, call.error) for call in noted] == [(503, "OverLimit")]


def test_a_call_that_a_fault_leaves_without_response_is_noted(noting: Noting, sqs: Any, decaf: Decaf) -> None:
    decaf.control.set_fault(Drop(), Match(service="sqs"))
    noted = noting()
    with pytest.raises(HTTPClientError):
        sqs.list_queues()
    assert [(call.operation, call.status, call.error) for call in noted] == [("ListQueues", None, "dropped")]


def test_bodies_are_noted_where_they_are_wanted(noting: Noting, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    noted = noting(with_bodies=True)
    attributes = {"kind": {"DataType": "Binary", "BinaryValue": b"\xff"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageAttributes=attributes)
    assert noted[0].request is not None
    assert noted[0].response is not None
    assert json.loads(noted[0].request)["MessageBody"] == "latte"
    assert json.loads(noted[0].response)["MessageId"] == sent["MessageId"]


def test_a_long_body_is_cut(noting: Noting, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    noted = noting(with_bodies=True)
    sqs.send_message(QueueUrl=url, MessageBody="x" * 100_000)
    assert len(noted[0].request or "") == KEPT_OF_BODIES


def test_no_secret_and_no_credential_is_noted(noting: Noting, sns: Any, decaf: Decaf) -> None:
    noted = noting(with_bodies=True)
    secret = "s3cr3t" * 8
    application = sns.create_platform_application(
        Name="shop", Platform="GCM", Attributes={"PlatformCredential": secret, "PlatformPrincipal": secret}
    )["PlatformApplicationArn"]
    sns.set_platform_application_attributes(
        PlatformApplicationArn=application, Attributes={"PlatformCredential": secret}
    )
    sns.create_platform_endpoint(PlatformApplicationArn=application, Token=secret)
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://ada:{secret}@127.0.0.1:9/")
    sns.list_subscriptions()
    decaf.client("sns", "111122223333", aws_session_token=secret).list_topics()
    with pytest.raises(ClientError):
        sns.confirm_subscription(TopicArn=topic, Token=secret)
    assert len(noted) == 8
    assert secret not in repr(noted)


def test_no_code_and_no_environment_of_a_function_is_noted(noting: Noting, decaf: Decaf) -> None:
    functions = decaf.client("lambda")
    noted = noting(with_bodies=True)
    functions.create_function(
        FunctionName="brew",
        Runtime="python3.12",
        Role="arn:aws:iam::111122223333:role/r",
        Handler="coffee.handle",
        Code={"ZipFile": zipped()},
        Environment={"Variables": {"PASSWORD": "s3cret"}},
    )
    functions.close()
    (call,) = noted
    assert facts(call)[:2] == ("lambda", "CreateFunction")
    assert call.resource == "brew"
    assert call.request is not None
    assert call.response is not None
    assert "s3cret" not in call.request + call.response
    assert '"ZipFile":"***"' in call.request


def test_without_a_log_nothing_is_noted() -> None:
    with Decaf(Settings(port=0)) as decaf:
        assert decaf.world.calls.log is None
