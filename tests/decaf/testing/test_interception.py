"""Clients of this process, whenever made, are answered by Decaf without a socket, and cannot tell."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.endpoint
import botocore.session
import botocore.signers
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from decaf.testing import Decaf, Drop, Error, Latency, Match, NotMocked, Settings, When, everywhere
from tests.decaf.api.lambda_.conftest import zipped
from tests.live import Live


def new_session() -> Any:
    """A session of botocore's own: it shares nothing with any other."""
    return botocore.session.Session()


def client(service: str = "sqs", **more: Any) -> Any:
    """A client without an endpoint, as tested code makes it."""
    return new_session().create_client(service, **{"region_name": "us-east-1", **more})


def keys(account: str) -> dict[str, str]:
    return {"aws_access_key_id": account, "aws_secret_access_key": "x"}


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client made before any interception, on a machine without credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return client()


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that this process asks for or connects to: each attempt fails."""
    asked: list[Any] = []

    def refuse(*where: Any, **_: Any) -> Any:
        asked.append(where)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return asked


def methods() -> tuple[Any, ...]:
    """What an interception replaces."""
    return botocore.endpoint.Endpoint._send, botocore.signers.RequestSigner.sign


# --- who is caught


def test_a_client_made_before_has_no_credentials_and_is_caught(early: Any, no_socket: list[Any]) -> None:
    with pytest.raises(NoCredentialsError):
        early.list_queues()
    with everywhere():
        url = early.create_queue(QueueName="orders")["QueueUrl"]
        assert client().list_queues()["QueueUrls"] == [url]
    assert no_socket == []


def test_every_kind_of_client_is_caught(no_socket: list[Any]) -> None:
    with everywhere():
        boto3.client("sqs").create_queue(QueueName="orders")
        boto3.resource("sqs").Queue(boto3.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]).purge()
        boto3.Session(region_name="us-east-1").client("sns").create_topic(Name="drinks")
        assert len(client("sns").list_topics()["Topics"]) == 1
        assert client("sts").get_caller_identity()["Account"].isdigit()
    assert no_socket == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sqs.us-east-1.amazonaws.com",
        "https://queue.amazonaws.com",
        "https://sqs.cn-north-1.amazonaws.com.cn",
        "https://sqs.us-west-2.api.aws",
        "https://vpce-0a-1b.sqs.us-east-1.vpce.amazonaws.com",
    ],
)
def test_a_client_that_names_an_endpoint_of_aws_is_caught(endpoint: str, no_socket: list[Any]) -> None:
    with everywhere():
        assert "QueueUrls" not in client(endpoint_url=endpoint).list_queues()
    assert no_socket == []


def test_clients_that_use_dual_stack_or_fips_endpoints_are_caught(no_socket: list[Any]) -> None:
    with everywhere():
        for config in (Config(use_dualstack_endpoint=True), Config(use_fips_endpoint=True)):
            client(config=config).list_queues()
    assert no_socket == []


def test_a_client_that_names_another_endpoint_in_code_keeps_it() -> None:
    with Decaf() as other, everywhere() as decaf:
        client(endpoint_url=other.url, **keys("111122223333")).create_queue(QueueName="orders")
        assert [queue.name for queue in other.control.queues()] == ["orders"]
        assert decaf.control.queues() == []


def test_unless_that_is_wanted(no_socket: list[Any]) -> None:
    with everywhere(every_endpoint=True):
        client(endpoint_url="http://localhost:4566").create_queue(QueueName="orders")
        assert len(client().list_queues()["QueueUrls"]) == 1
    assert no_socket == []


def test_an_endpoint_of_the_environment_is_not_one_in_code(
    monkeypatch: pytest.MonkeyPatch, no_socket: list[Any]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    made_before = client(**keys("AKIAIOSFODNN7EXAMPLE"))
    with everywhere():
        made_before.create_queue(QueueName="orders")
        assert len(client().list_queues()["QueueUrls"]) == 1
    assert no_socket == []


def test_a_stubber_and_hooks_of_the_tested_code_still_answer_first() -> None:
    with everywhere() as decaf:
        stubbed, hooked = client(), client()
        with Stubber(stubbed) as stubber:
            stubber.add_response("list_queues", {"QueueUrls": ["stubbed"]})
            assert stubbed.list_queues()["QueueUrls"] == ["stubbed"]
        seen: list[str] = []
        hooked.meta.events.register("before-send.sqs", lambda request, **_: seen.append(request.url))
        hooked.list_queues()
        assert seen == [f"{decaf.url}/"]


# --- in which account


def test_each_context_has_an_account_of_its_own_also_for_a_client_that_is_kept(early: Any) -> None:
    with Decaf() as decaf:
        for _ in range(2):
            with everywhere(decaf=decaf):
                assert "QueueUrls" not in early.list_queues()
                early.create_queue(QueueName="orders")
        assert len({queue.account for queue in decaf.control.queues()}) == 2


def test_a_client_that_keeps_the_key_of_an_earlier_test_acts_in_the_present_one() -> None:
    with Decaf() as decaf:
        with everywhere(decaf=decaf):
            kept = client()
            kept.create_queue(QueueName="orders")
        with everywhere(decaf=decaf):
            assert "QueueUrls" not in kept.list_queues()


def test_a_key_of_12_digits_in_code_names_its_account() -> None:
    with everywhere(account="111122223333"):
        other = client("sts", **keys("444455556666"))
        assert other.get_caller_identity()["Account"] == "444455556666"
        assert client("sts", **keys("AKIAIOSFODNN7EXAMPLE")).get_caller_identity()["Account"] == "111122223333"
        assert client("sts").get_caller_identity()["Account"] == "111122223333"


def test_a_context_within_another_has_the_same_server_and_another_account() -> None:
    with everywhere() as outer:
        client().create_queue(QueueName="orders")
        with everywhere() as inner:
            assert inner.url == outer.url
            assert "QueueUrls" not in client().list_queues()
        assert len(client().list_queues()["QueueUrls"]) == 1


def test_the_server_that_it_returns_is_limited_to_its_account() -> None:
    with Decaf() as shared:
        shared.client("sqs").create_queue(QueueName="of-another")
        with everywhere(decaf=shared) as decaf:
            decaf.control.declare('[[queues]]\nname = "orders"')
            assert [queue.name for queue in decaf.control.queues()] == ["orders"]
            for sqs in (client(), decaf.client("sqs")):
                assert sqs.list_queues()["QueueUrls"] == [f"{shared.url}/{decaf.account}/orders"]
            assert decaf.environment()["AWS_ACCESS_KEY_ID"] == decaf.account
        assert len(shared.control.queues()) == 2


def test_the_region_is_that_of_the_client() -> None:
    with everywhere() as decaf:
        client(region_name="eu-west-1").create_queue(QueueName="orders")
        assert [queue.region for queue in decaf.control.queues()] == ["eu-west-1"]


def test_a_presigned_url_leads_to_decaf_and_the_account() -> None:
    with everywhere(account="111122223333"):
        client("sns").create_topic(Name="drinks")
        url = client("sns").generate_presigned_url("list_topics")
        with urllib.request.urlopen(url, timeout=10) as response:
            assert b"arn:aws:sns:us-east-1:111122223333:drinks" in response.read()


def test_functions_are_answered_without_a_socket(no_socket: list[Any]) -> None:
    with everywhere():
        functions = client("lambda")
        role = "arn:aws:iam::123456789012:role/barista"
        functions.create_function(
            FunctionName="brew",
            Runtime="python3.12",
            Role=role,
            Handler="coffee.handle",
            Code={"ZipFile": zipped("def handle(event, context): return event")},
        )
        assert functions.invoke(FunctionName="brew", Payload=b"[1]")["Payload"].read() == b"[1]"
    assert no_socket == []


# --- other services, and afterwards


def test_another_service_fails_at_once_with_a_sentence(no_socket: list[Any]) -> None:
    with everywhere():
        s3 = client("s3")
        with pytest.raises(NotMocked, match=r"Decaf has SQS, SNS, STS and Lambda, not s3, .* Mock s3 with moto"):
            s3.list_buckets()
        with pytest.raises(NotMocked, match="not dynamodb"):
            boto3.resource("dynamodb").Table("orders").get_item(Key={"id": "1"})
    assert no_socket == []


def test_another_service_at_a_named_endpoint_is_asked_there() -> None:
    with Decaf() as other, everywhere(), pytest.raises(ClientError, match="this was S3"):
        client("s3", endpoint_url=other.url).list_buckets()


def test_no_profile_of_the_machine_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_socket: list[Any]
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n[profile work]\nsso_session = work\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    with everywhere():
        assert boto3.Session().get_credentials().token is None
        boto3.Session().client("sqs").list_queues()
        assert new_session().get_config_variable("region") == "us-east-1"
        assert new_session().available_profiles == []
    assert os.environ["AWS_PROFILE"] == "work"
    assert no_socket == []


def test_afterwards_botocore_is_as_before() -> None:
    before = methods()
    with everywhere():
        with everywhere():
            assert methods() != before
        assert methods() != before
    assert methods() == before
    with pytest.raises(ZeroDivisionError), everywhere():
        _ = 1 / 0
    assert methods() == before


def test_it_is_over_when_its_server_stops() -> None:
    with everywhere() as decaf:
        decaf.stop()
        with pytest.raises(EndpointConnectionError):
            client(config=Config(retries={"total_max_attempts": 1})).list_queues()


# --- as over HTTP


CALLS: list[Callable[[Any], Any]] = [
    lambda sqs: sqs.create_queue(QueueName="orders", tags={"drink": "latte"}),
    lambda sqs: sqs.list_queues(),
    lambda sqs: sqs.get_queue_url(QueueName="orders"),
    lambda sqs: sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], WaitTimeSeconds=1),
    lambda sqs: sqs.get_queue_url(QueueName="missing"),
    lambda sqs: sqs.send_message(QueueUrl="", MessageBody="latte"),
    lambda sqs: sqs.create_queue(QueueName="no name"),
]


def _told(call: Callable[[Any], Any], sqs: Any) -> Any:
    try:
        answer = call(sqs)
    except ClientError as error:
        answer = error.response
    answer["ResponseMetadata"]["RequestId"] = ""
    for name in ("date", "x-amzn-requestid"):
        assert answer["ResponseMetadata"]["HTTPHeaders"].pop(name)
    return answer


@pytest.mark.parametrize("call", CALLS)
def test_answers_errors_and_headers_are_those_of_http(call: Callable[[Any], Any]) -> None:
    with Decaf() as decaf:
        sqs = decaf.client("sqs", "111122223333")
        sqs.create_queue(QueueName="orders", tags={"drink": "latte"})
        expected = _told(call, sqs)
        with everywhere(decaf=decaf, account="111122223333"):
            assert _told(call, sqs) == expected


def test_requests_are_tried_again_as_over_http() -> None:
    with everywhere() as decaf:
        _set_fault(decaf, Error(code="RequestThrottled", message="too fast"), times=2)
        answer = client(config=Config(retries={"mode": "standard", "max_attempts": 3})).list_queues()
        assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_dropped_connection_is_one() -> None:
    with everywhere() as decaf:
        _set_fault(decaf, Drop(), times=1)
        with pytest.raises(ConnectionClosedError):
            client(config=Config(retries={"total_max_attempts": 1})).list_queues()
        _set_fault(decaf, Drop(), times=1)
        assert client().list_queues()["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_response_that_does_not_come_in_time_is_a_read_timeout() -> None:
    config = Config(read_timeout=0.05, retries={"total_max_attempts": 1})
    with everywhere() as decaf:
        decaf.control.freeze()
        _set_fault(decaf, Latency(seconds=60), times=1)
        with pytest.raises(ReadTimeoutError):
            client(config=config).list_queues()


def test_a_long_poll_that_its_client_has_left_takes_no_message() -> None:
    config = Config(read_timeout=0.05, retries={"total_max_attempts": 1})
    with everywhere():
        sqs = client()
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        with pytest.raises(ReadTimeoutError):
            client(config=config).receive_message(QueueUrl=url, WaitTimeSeconds=20)
        sqs.send_message(QueueUrl=url, MessageBody="latte")
        assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_body_that_is_too_long_is_refused() -> None:
    with Decaf(Settings(port=0, max_body=2048)) as decaf, everywhere(decaf=decaf):
        url = client().create_queue(QueueName="orders")["QueueUrl"]
        with pytest.raises(ClientError, match="longer than 2048 bytes"):
            client().send_message(QueueUrl=url, MessageBody="x" * 4096)


def _set_fault(decaf: Decaf, effect: Any, times: int) -> None:
    decaf.control.set_fault(effect, Match(operation="ListQueues"), When(count=times))


# --- threads and processes


@pytest.fixture
def live() -> Iterator[Live]:
    """A server that answers every client, in the account 111122223333, which has a queue."""
    with Live() as live, everywhere(decaf=live, account="111122223333"):
        client().create_queue(QueueName="orders")
        yield live


def _poll(live: Live) -> tuple[threading.Thread, list[Any]]:
    """Start a long poll in a thread, and return when it is parked."""
    received: list[Any] = []

    def receive() -> None:
        sqs = client()
        received.append(sqs.receive_message(QueueUrl=_url(), WaitTimeSeconds=20).get("Messages", []))

    thread = threading.Thread(target=receive)
    thread.start()
    live.until_somebody_waits("111122223333", "orders")
    return thread, received


def _url() -> str:
    return str(client().get_queue_url(QueueName="orders")["QueueUrl"])


def test_a_parked_poll_is_woken_by_a_call_of_another_thread(live: Live) -> None:
    thread, received = _poll(live)
    client().send_message(QueueUrl=_url(), MessageBody="latte")
    thread.join(10)
    assert [message["Body"] for message in received[0]] == ["latte"]


def test_a_parked_poll_over_http_is_woken_too(live: Live) -> None:
    received: list[Any] = []
    body = f'{{"QueueUrl": "{_url()}", "WaitTimeSeconds": 20}}'.encode()
    headers = {"X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"}

    def receive() -> None:
        with urllib.request.urlopen(urllib.request.Request(live.url, body, headers), timeout=30) as response:
            received.append(response.read())

    thread = threading.Thread(target=receive)
    thread.start()
    live.until_somebody_waits("111122223333", "orders")
    client().send_message(QueueUrl=_url(), MessageBody="latte")
    thread.join(10)
    assert b"latte" in received[0]


def test_a_parked_poll_is_answered_when_its_server_stops(live: Live) -> None:
    thread, received = _poll(live)
    live.stop()
    thread.join(10)
    assert received == [[]]


def test_a_parked_poll_is_woken_by_the_clock(live: Live) -> None:
    client().send_message(QueueUrl=_url(), MessageBody="latte", DelaySeconds=10)
    thread, received = _poll(live)
    live.advance(10)
    thread.join(10)
    assert len(received[0]) == 1


def test_many_threads_send_at_once() -> None:
    with everywhere() as decaf:
        sqs = client()
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]

        def send() -> None:
            for _ in range(40):
                sqs.send_message(QueueUrl=url, MessageBody="latte")

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [queue.visible for queue in decaf.control.queues()] == [240]


def test_a_forked_process_is_answered_by_the_server_of_its_parent() -> None:
    with everywhere() as decaf:
        url = client().create_queue(QueueName="orders")["QueueUrl"]

        def send() -> None:
            client().send_message(QueueUrl=url, MessageBody="latte")

        child = multiprocessing.get_context("fork").Process(target=send)
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert [queue.visible for queue in decaf.control.queues()] == [1]


def test_a_server_elsewhere_is_asked_over_http_whatever_proxies_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Decaf() as running, everywhere(decaf=Decaf.attach(running.url), account="111122223333"):
        url = client().create_queue(QueueName="orders")["QueueUrl"]
        assert url == f"{running.url}/111122223333/orders"
        assert client("sns").list_topics()["Topics"] == []


def test_what_is_no_text_in_a_header_is_replaced() -> None:
    with Decaf() as decaf, everywhere(decaf=decaf):
        client = boto3.client("sqs")
        client.meta.events.register("before-send", lambda request, **_: request.headers.update({"X-Note": "a\udcffb"}))
        client.list_queues()
        (noted,) = decaf.world.calls.newest_first()
        assert noted.request.headers["x-note"] == "a?b"
