"""SDKs retry: the behaviour of boto3 with each fault, in both of its usual retry modes, on both edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from decaf.base.settings import Settings
from decaf.testing.sessions import shared_session
from tests.decaf.conftest import FaultsOverHttp
from tests.live import Live

ClientMaker = Callable[..., Any]


@pytest.fixture(scope="module", params=["fast", "plain"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A server of each kind of edge."""
    server = Live(Settings(port=0, edge=request.param))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def endpoint(live: Live) -> str:
    return live.url


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long boto3 would have slept before each further attempt: it does not."""
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=slept.append))
    return slept


@pytest.fixture(params=["legacy", "standard"])
def retrying(request: pytest.FixtureRequest, live: Live, account: str, waits: list[float]) -> Iterator[ClientMaker]:
    """Makes clients that make so many attempts, two unless told otherwise."""
    made: list[Any] = []

    def make(service: str, attempts: int = 2, read_timeout: float = 30) -> Any:
        retries = {"mode": request.param, "total_max_attempts": attempts}
        client = shared_session().client(
            service,
            endpoint_url=live.url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries=retries, read_timeout=read_timeout),
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def url(sqs: Any) -> str:
    """A standard queue named orders."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def _bodies(sqs: Any, url: str) -> list[str]:
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", ())]


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("throttle", {}),
        ("error", {"code": "ServiceUnavailable"}),
        ("error", {"code": "InternalFailure", "status": 502}),
        ("drop", {}),
    ],
)
def test_a_call_that_failed_once_is_tried_again(
    faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str, waits: list[float], kind: str, effect: Any
) -> None:
    fault = faults.set(kind, {"operation": "SendMessage"}, {"nth": 1}, **effect)
    sent = retrying("sqs").send_message(QueueUrl=url, MessageBody="decaf")
    assert sent["ResponseMetadata"]["RetryAttempts"] == 1
    assert faults.counts(fault) == (2, 1)
    assert len(waits) == 1
    assert _bodies(sqs, url) == ["decaf"]


@pytest.mark.parametrize(("kind", "effect"), [("throttle", {}), ("error", {"code": "InternalError"}), ("drop", {})])
def test_so_is_a_publish(faults: FaultsOverHttp, retrying: ClientMaker, sns: Any, kind: str, effect: Any) -> None:
    topic = sns.create_topic(Name="orders")["TopicArn"]
    fault = faults.set(kind, {"topic": "orders", "operation": "Publish"}, {"count": 1}, **effect)
    published = retrying("sns").publish(TopicArn=topic, Message="decaf")
    assert published["ResponseMetadata"]["RetryAttempts"] == 1
    assert faults.counts(fault) == (1, 1)


def test_attempts_come_to_an_end(faults: FaultsOverHttp, retrying: ClientMaker, url: str) -> None:
    fault = faults.set("throttle", {"queue": "orders"})
    with pytest.raises(ClientError) as raised:
        retrying("sqs", attempts=3).send_message(QueueUrl=url, MessageBody="decaf")
    assert raised.value.response["Error"]["Code"] == "RequestThrottled"
    assert raised.value.response["ResponseMetadata"]["RetryAttempts"] == 2
    assert faults.counts(fault) == (3, 3)


def test_an_error_of_the_clients_own_is_not_tried_again(
    faults: FaultsOverHttp, retrying: ClientMaker, url: str
) -> None:
    fault = faults.set("error", {"operation": "SendMessage"}, code="InvalidMessageContents", message="No.")
    client = retrying("sqs")
    with pytest.raises(client.exceptions.InvalidMessageContents, match=r"No\.$"):
        client.send_message(QueueUrl=url, MessageBody="decaf")
    assert faults.counts(fault) == (1, 1)


def test_a_message_whose_answer_is_lost_is_sent_twice(
    faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str
) -> None:
    faults.set("drop", {"operation": "SendMessage"}, {"nth": 1}, lost="response")
    retrying("sqs").send_message(QueueUrl=url, MessageBody="decaf")
    assert _bodies(sqs, url) == ["decaf", "decaf"]


def test_so_is_one_whose_answer_is_too_late(faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str) -> None:
    faults.set("latency", {"operation": "SendMessage"}, {"nth": 1}, seconds=3600)
    sent = retrying("sqs", read_timeout=0.2).send_message(QueueUrl=url, MessageBody="decaf")
    assert sent["ResponseMetadata"]["RetryAttempts"] == 1
    assert _bodies(sqs, url) == ["decaf", "decaf"]


def test_a_message_of_a_lost_response_is_received_again_after_the_visibility_timeout(
    faults: FaultsOverHttp, sqs: Any, url: str, live: Live
) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="decaf")
    faults.set("drop", {"operation": "ReceiveMessage"}, {"nth": 1}, lost="response")
    with pytest.raises(ConnectionClosedError):
        sqs.receive_message(QueueUrl=url)
    assert _bodies(sqs, url) == []
    live.advance(31)
    assert _bodies(sqs, url) == ["decaf"]


def test_without_retries_the_client_sees_the_fault_itself(
    faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str
) -> None:
    faults.set("drop", {"queue": "orders"}, {"nth": 1})
    faults.set("latency", {"queue": "orders"}, seconds=3600)
    with pytest.raises(ConnectionClosedError):
        sqs.send_message(QueueUrl=url, MessageBody="decaf")
    with pytest.raises(ReadTimeoutError):
        retrying("sqs", attempts=1, read_timeout=0.2).send_message(QueueUrl=url, MessageBody="decaf")


@pytest.mark.parametrize("when", [{"nth": [1, 2]}, {"count": 2}])
def test_a_fault_of_two_calls_takes_two_more_attempts(
    faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str, when: dict[str, Any]
) -> None:
    faults.set("throttle", {"queue": "orders", "operation": "SendMessage"}, when)
    client = retrying("sqs", attempts=5)
    retries = [
        client.send_message(QueueUrl=url, MessageBody=body)["ResponseMetadata"]["RetryAttempts"] for body in "ab"
    ]
    assert retries == [2, 0]
    assert _bodies(sqs, url) == ["a", "b"]


def test_random_failures_of_attempts_repeat_with_the_seed(
    faults: FaultsOverHttp, retrying: ClientMaker, url: str, live: Live
) -> None:
    client = retrying("sqs", attempts=20)

    def run(seed: int) -> list[int]:
        live.control.seed(seed)
        fault = faults.set("throttle", {"operation": "SendMessage"}, {"probability": 0.5})
        sent = [client.send_message(QueueUrl=url, MessageBody="decaf") for _ in range(15)]
        faults.ask("DELETE", {"id": fault})
        return [answer["ResponseMetadata"]["RetryAttempts"] for answer in sent]

    first = run(7)
    assert run(7) == first
    assert run(8) != first
    assert any(first)


def test_a_fault_that_has_ended_on_the_clock_is_met_no_more(
    faults: FaultsOverHttp, retrying: ClientMaker, url: str, live: Live
) -> None:
    fault = faults.set("error", {"queue": "orders"}, {"expires_in": 3600}, code="ServiceUnavailable")
    client = retrying("sqs")
    with pytest.raises(ClientError):
        client.send_message(QueueUrl=url, MessageBody="decaf")
    live.advance(3600)
    assert client.send_message(QueueUrl=url, MessageBody="decaf")["ResponseMetadata"]["RetryAttempts"] == 0
    assert faults.counts(fault) == (2, 2)


def test_a_call_that_comes_too_late_is_done_after_the_one_that_was_tried_again(
    faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str, live: Live
) -> None:
    faults.set("latency", {"operation": "SendMessage"}, {"nth": 1}, seconds=3600, late="request")
    sent = retrying("sqs", read_timeout=0.2).send_message(QueueUrl=url, MessageBody="decaf")
    assert sent["ResponseMetadata"]["RetryAttempts"] == 1
    assert _bodies(sqs, url) == ["decaf"]  # the client has gone, and its late call with it
    live.advance(3600)
    assert _bodies(sqs, url) == ["decaf"]


def test_entries_that_failed_are_sent_again_by_the_program_not_the_sdk(
    faults: FaultsOverHttp, retrying: ClientMaker, sqs: Any, url: str
) -> None:
    faults.set("partial_batch", {"operation": "SendMessageBatch"}, {"nth": 1}, fail=["b"])
    client = retrying("sqs")
    entries = [{"Id": name, "MessageBody": name} for name in "abc"]
    answer = client.send_message_batch(QueueUrl=url, Entries=entries)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    failed = {entry["Id"] for entry in answer["Failed"]}
    again = client.send_message_batch(QueueUrl=url, Entries=[entry for entry in entries if entry["Id"] in failed])
    assert "Failed" not in again
    assert _bodies(sqs, url) == ["a", "c", "b"]


@pytest.mark.parametrize("kind", ["reorder", "duplicate"])
def test_all_messages_are_received_out_of_order_or_twice(
    faults: FaultsOverHttp, retrying: ClientMaker, url: str, kind: str
) -> None:
    client = retrying("sqs")
    sent = [f"{number:02}" for number in range(20)]
    for body in sent:
        client.send_message(QueueUrl=url, MessageBody=body)
    faults.set(kind, {"queue": "orders"})
    faults.set("throttle", {"operation": "ReceiveMessage"}, {"nth": [1, 3]})
    received = []
    while messages := client.receive_message(QueueUrl=url).get("Messages"):
        received.append(messages[0]["Body"])
        client.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
    assert sorted(received) == sorted(sent * (2 if kind == "duplicate" else 1))
    assert received != sent
