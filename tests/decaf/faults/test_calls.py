"""Calls with faults: errors in the place of results, late requests and responses, dropped connections."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from decaf.base.clock import Clock
from decaf.base.events import Event, FaultInjected
from decaf.base.settings import Settings
from tests.decaf.conftest import FaultsOverHttp
from tests.live import Live


@pytest.fixture(scope="module", params=["fast", "plain"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A server of each kind of edge, whose time stands still until it is moved."""
    server = Live(Settings(port=0, edge=request.param), Clock(lambda: 1_700_000_000.0))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def endpoint(live: Live) -> str:
    return live.url


@pytest.fixture
def url(sqs: Any) -> str:
    """A standard queue named orders."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def _count(sqs: Any, url: str) -> str:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return str(attributes["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize(
    ("service", "code", "answered", "status"),
    [
        ("sqs", "OverLimit", "OverLimit", 403),
        ("sqs", "AWS.SimpleQueueService.NonExistentQueue", "AWS.SimpleQueueService.NonExistentQueue", 400),
        ("sqs", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400),
        ("sqs", "ServiceUnavailable", "ServiceUnavailable", 503),
        ("sns", "InternalErrorException", "InternalError", 500),
        ("sns", "InternalError", "InternalError", 500),
        ("sns", "AccessDenied", "AccessDenied", 403),
    ],
)
def test_an_error_goes_by_its_shape_or_its_code(
    faults: FaultsOverHttp, sqs: Any, sns: Any, service: str, code: str, answered: str, status: int
) -> None:
    faults.set("error", {"service": service}, code=code, message="Not now.")
    with pytest.raises(ClientError) as raised:
        sqs.list_queues() if service == "sqs" else sns.list_topics()
    response = raised.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (answered, "Not now.")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_an_error_may_have_another_status(faults: FaultsOverHttp, sqs: Any) -> None:
    faults.set("error", code="AccessDenied", status=502)
    with pytest.raises(ClientError) as raised:
        sqs.list_queues()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ("sqs", {"Code": "RequestThrottled", "Message": "Request is throttled."}),
        ("sns", {"Code": "Throttling", "Message": "Rate exceeded"}),
    ],
)
def test_each_service_throttles_in_its_own_words(
    faults: FaultsOverHttp, sqs: Any, sns: Any, service: str, answer: dict[str, str]
) -> None:
    faults.set("throttle")
    with pytest.raises(ClientError) as raised:
        sqs.list_queues() if service == "sqs" else sns.list_topics()
    assert answer.items() <= raised.value.response["Error"].items()


def test_the_call_is_not_done(faults: FaultsOverHttp, sqs: Any, url: str) -> None:
    faults.set("throttle", {"operation": "SendMessage"})
    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=url, MessageBody="decaf")
    assert _count(sqs, url) == "0"


def test_a_late_answer_is_late_on_the_clock_and_the_call_done_before(
    faults: FaultsOverHttp, sqs: Any, url: str, live: Live, account: str
) -> None:
    fault = faults.set("latency", {"operation": "SendMessage"}, seconds=3600)
    other = live.client("sqs", account)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sqs.send_message, QueueUrl=url, MessageBody="decaf")
        faults.wait_for(fault)
        assert _count(other, url) == "1"
        live.advance(3599)
        assert not sending.done()
        live.advance(1)
        assert sending.result(timeout=10)["MessageId"]
    other.close()


def test_an_error_is_late_like_any_response(faults: FaultsOverHttp, sqs: Any, live: Live) -> None:
    fault = faults.set("latency", seconds=5, jitter=5)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(sqs.get_queue_url, QueueName="none")
        faults.wait_for(fault)
        live.advance(4.9)
        assert faults.counts(fault) == (1, 1)
        assert not asking.done()
        live.advance(5.1)
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            asking.result(timeout=10)


def test_a_late_request_runs_only_then(faults: FaultsOverHttp, sqs: Any, url: str, live: Live, account: str) -> None:
    fault = faults.set("latency", {"operation": "SendMessage"}, seconds=60, late="request")
    other = live.client("sqs", account)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sqs.send_message, QueueUrl=url, MessageBody="decaf")
        faults.wait_for(fault)
        live.advance(59)
        assert _count(other, url) == "0"
        live.advance(1)
        sent = sending.result(timeout=10)["MessageId"]
    (message,) = live.control.of(account).messages("orders")
    struck = live.control.of(account).events("FaultInjected")[-1]
    assert (message.id, message.sent_at) == (sent, struck.at + 60)
    other.close()


def test_the_response_of_a_long_poll_is_late(
    faults: FaultsOverHttp, sqs: Any, url: str, live: Live, account: str
) -> None:
    fault = faults.set("latency", {"operation": "ReceiveMessage"}, seconds=60)
    other = live.client("sqs", account)
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        faults.wait_for(fault)
        other.send_message(QueueUrl=url, MessageBody="decaf")
        live.advance(30)
        assert not polling.done()
        live.advance(30)
        assert polling.result(timeout=10)["Messages"][0]["Body"] == "decaf"
    other.close()


def test_a_server_that_stops_sends_late_responses_at_once() -> None:
    live = Live(Settings(port=0), Clock(lambda: 1_700_000_000.0))
    client = live.client("sqs")
    setter = FaultsOverHttp(live.url, "000000000000")
    fault = setter.set("latency", seconds=3600)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(client.list_queues)
        setter.wait_for(fault)
        live.stop()
        assert asking.result(timeout=10)["ResponseMetadata"]["HTTPStatusCode"] == 200
    client.close()


def _raw(account: str, **params: str) -> bytes:
    body = json.dumps(params).encode()
    scope = f"{account}/20260101/us-east-1/sqs/aws4_request"
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=0\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize("lost", ["request", "response"])
@pytest.mark.parametrize("late", [False, True])
def test_a_dropped_connection_has_no_response_and_no_further_request(
    faults: FaultsOverHttp, sqs: Any, url: str, account: str, live: Live, lost: str, late: bool
) -> None:
    if late:
        faults.set("latency", {"operation": "SendMessage"}, {"nth": 2}, seconds=60)
    fault = faults.set("drop", {"operation": "SendMessage"}, {"nth": 2}, lost=lost)
    where = urlsplit(live.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as dialled:
        dialled.sendall(_raw(account, QueueUrl=url, MessageBody="decaf") * 3)
        faults.wait_for(fault)
        live.advance(60)
        answers = dialled.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 200") == answers.count(b"HTTP/1.1") == 1
    assert _count(sqs, url) == ("1" if lost == "request" else "2")


def test_an_error_is_lost_like_any_response(faults: FaultsOverHttp, sqs: Any, account: str, live: Live) -> None:
    faults.set("drop", lost="response")
    where = urlsplit(live.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as dialled:
        dialled.sendall(_raw(account, QueueUrl="none", MessageBody="decaf"))
        assert dialled.makefile("rb").read() == b""


def test_rules_act_in_their_order_until_one_responds(faults: FaultsOverHttp, sqs: Any, sns: Any) -> None:
    first = faults.set("error", when={"count": 1}, code="AccessDenied")
    second = faults.set("throttle", when={"count": 1})
    codes = []
    for _ in range(2):
        with pytest.raises(ClientError) as raised:
            sqs.list_queues()
        codes.append(raised.value.response["Error"]["Code"])
    sqs.list_queues()
    assert codes == ["AccessDenied", "RequestThrottled"]
    assert (faults.counts(first), faults.counts(second)) == ((1, 1), (1, 1))


def test_a_fault_that_fires_is_an_event(faults: FaultsOverHttp, sqs: Any, url: str, live: Live, account: str) -> None:
    heard: list[Event] = []
    fault = faults.set("throttle", {"service": "sqs"}, {"nth": [2, 3]})
    live.world.events.listeners.append(heard.append)
    sqs.send_message(QueueUrl=url, MessageBody="decaf")
    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=url, MessageBody="decaf")
    with pytest.raises(ClientError):
        sqs.list_queues()
    live.world.events.listeners.remove(heard.append)
    injected = [event for event in heard if isinstance(event, FaultInjected)]
    place = f"arn:aws:sqs:us-east-1:{account}"
    assert [str(event.arn) for event in injected] == [f"{place}:orders", f"{place}:"]
    assert [event.subject.rule.id for event in injected] == [fault, fault]
