"""Delivery to functions: handlers in processes of their own, and runtime interface emulators."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from decaf.access.authorization import Authorization
from decaf.access.deliveries import Deliveries
from decaf.base.arn import Arn, read_arn
from decaf.base.clock import Clock
from decaf.base.events import Event, Events, NotificationDelivered, NotificationFailed, NotificationPostponed
from decaf.base.settings import Settings
from decaf.delivery.own_address import OwnAddress
from decaf.delivery.running import FunctionRunner
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.lambda_ import ToFunctions
from decaf.delivery.transports.signing import Signer
from decaf.functions.function import Function, Functions
from decaf.functions.log import FunctionLog
from decaf.sns.inbox import Inbox
from decaf.sns.notification import Notification
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import AWS_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription
from decaf.store import Store
from tests.decaf.delivery.transports.tls import server_context
from tests.endpoint import Endpoint
from tests.live import Live

CODE = """
import json, pathlib, sys

def keep(event, context):
    print("a handler may print")
    with open("seen.jsonl", "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    return {"served": len(event["Records"])}

def fail(event, context):
    with open("tries", "a") as tries:
        tries.write("x")
    raise ValueError("out of milk")

def wait(event, context):
    with open("running", "a") as running:
        print("+", end="", file=running, flush=True)
        while not pathlib.Path("go").exists():
            pass
        print("-", end="", file=running)

def talk(event, context):
    return "x" * 2_000

def hang(event, context):
    import threading
    threading.Event().wait()
"""

UNJUDGED = Deliveries(Authorization(Store(Inbox(1)), Settings(), Events()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the handlers' module is."""
    (tmp_path / "coffee.py").write_text(CODE)
    return tmp_path


@pytest.fixture
def brew(live: Live, account: str) -> Iterator[str]:
    """The ARN of a function that the test may register."""
    arn = f"arn:aws:lambda:us-east-1:{account}:function:brew"
    yield arn
    live.call(live.world.functions.forget, arn)


def _register(live: Live, arn: str, folder: Path, handler: str, timeout: float = 10) -> None:
    live.call(live.world.functions.register, Function(arn, handler, str(folder), timeout=timeout))


def _subscribe(sns: Any, topic: str, arn: str, **attributes: str) -> str:
    subscribed: str = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn, Attributes=attributes)[
        "SubscriptionArn"
    ]
    return subscribed


def test_a_function_gets_the_event_that_sns_sends(
    live: Live, sns: Any, topic: str, brew: str, folder: Path, account_events: list[Event]
) -> None:
    _register(live, brew, folder, "coffee:keep")
    subscription = _subscribe(sns, topic, brew)
    attributes = {
        "size": {"DataType": "Number", "StringValue": "2"},
        "kinds": {"DataType": "String.Array", "StringValue": '["latte"]'},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    message = sns.publish(TopicArn=topic, Message="a latte", Subject="order", MessageAttributes=attributes)
    live.advance(0)
    (record,) = json.loads((folder / "seen.jsonl").read_text())["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"] == subscription
    event = record["Sns"]
    assert (event["Type"], event["MessageId"], event["TopicArn"]) == ("Notification", message["MessageId"], topic)
    assert (event["Message"], event["Subject"]) == ("a latte", "order")
    assert event["MessageAttributes"] == {
        "size": {"Type": "String", "Value": "2"},
        "kinds": {"Type": "String", "Value": '["latte"]'},
        "raw": {"Type": "Binary", "Value": "AP8="},
    }
    assert {"SignatureVersion", "Signature", "SigningCertUrl", "UnsubscribeUrl", "Timestamp"} <= set(event)
    delivered = [told for told in account_events if type(told) is NotificationDelivered][-1].subject.outcome
    assert delivered.response == '{"served": 1}'


def test_fields_without_values_are_null_or_empty(live: Live, sns: Any, topic: str, brew: str, folder: Path) -> None:
    _register(live, brew, folder, "coffee:keep")
    _subscribe(sns, topic, brew)
    sns.publish(TopicArn=topic, Message='{"default":"x","lambda":"for functions"}', MessageStructure="json")
    live.advance(0)
    event = json.loads((folder / "seen.jsonl").read_text())["Records"][0]["Sns"]
    assert (event["Subject"], event["MessageAttributes"], event["Message"]) == (None, {}, "for functions")


def test_a_function_that_fails_is_tried_again_then_its_message_is_a_dead_letter(
    live: Live, sns: Any, sqs: Any, topic: str, brew: str, folder: Path, account_events: list[Event], account: str
) -> None:
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead = f"arn:aws:sqs:us-east-1:{account}:dead"
    _register(live, brew, folder, "coffee:fail")
    _subscribe(sns, topic, brew, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    sns.publish(TopicArn=topic, Message="a latte")
    live.advance(0)
    postponed = [told for told in account_events if type(told) is NotificationPostponed]
    assert "out of milk" in postponed[0].subject.outcome.reason
    live.advance(3_600)
    assert len((folder / "tries").read_text()) == 3  # the first, another a minute later, the last two minutes later
    (dead_letter,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(dead_letter["Body"])["Message"] == "a latte"
    assert "MessageAttributes" not in dead_letter
    assert (
        "out of milk"
        in next(told for told in account_events if type(told) is NotificationFailed).subject.outcome.reason
    )


def test_a_function_that_takes_too_long_is_killed(
    sns: Any, account: str, folder: Path, brew: str, topic: str, live: Live, account_events: list[Event]
) -> None:
    _register(live, brew, folder, "coffee:hang", timeout=2)
    _subscribe(sns, topic, brew)
    sns.publish(TopicArn=topic, Message="a latte")
    live.call(live.world.clock.advance, 2.0)
    live.advance(0)
    postponed = [told for told in account_events if type(told) is NotificationPostponed]
    assert postponed[0].subject.outcome.reason == "no response within 2 seconds"
    live.call(live.world.functions.forget, brew)
    live.call(live.world.reset, account)


def test_few_handlers_run_at_once_and_the_others_wait(folder: Path) -> None:
    functions, most = 6, 2
    with Live(Settings(port=0, max_function_processes=most)) as server, closing(server.client("sns")) as sns:
        topic = sns.create_topic(Name="orders")["TopicArn"]
        for number in range(functions):
            arn = f"arn:aws:lambda:us-east-1:000000000000:function:f{number}"
            _register(server, arn, folder, "coffee:wait")
            _subscribe(sns, topic, arn)
        running = folder / "running"
        running.touch()
        sns.publish(TopicArn=topic, Message="a latte")
        while len(running.read_text()) < most:
            server.call(lambda: None)
        (folder / "go").touch()
        server.advance(0)
        seen = running.read_text()
    assert seen.count("-") == functions
    assert max(seen[:length].count("+") - seen[:length].count("-") for length in range(len(seen))) <= most


def test_a_function_that_is_not_registered_is_a_failure_for_good(
    live: Live, sns: Any, topic: str, brew: str, account_events: list[Event]
) -> None:
    _subscribe(sns, topic, brew)
    sns.publish(TopicArn=topic, Message="a latte")
    live.advance(0)
    (failed,) = [told for told in account_events if type(told) is NotificationFailed]
    assert failed.subject.outcome.reason == "the function does not exist"


def test_a_runtime_interface_emulator_is_called_with_the_event(
    live: Live, sns: Any, topic: str, brew: str, endpoint_of_mine: Endpoint
) -> None:
    live.call(live.world.functions.register, Function(brew, url=endpoint_of_mine.url))
    _subscribe(sns, topic, brew)
    sns.publish(TopicArn=topic, Message="a latte")
    live.advance(0)
    (call,) = endpoint_of_mine.received
    assert call.path == "/2015-03-31/functions/function/invocations"
    assert call.envelope["Records"][0]["Sns"]["Message"] == "a latte"


@pytest.mark.parametrize(("status", "calls"), [(400, 1), (429, 2), (499, 1), (500, 2), (503, 2)])
def test_an_invocation_that_is_refused_is_tried_again_where_that_may_help(
    live: Live, sns: Any, topic: str, brew: str, status: int, calls: int
) -> None:
    with Endpoint(status) as endpoint:
        live.call(live.world.functions.register, Function(brew, url=endpoint.url))
        _subscribe(sns, topic, brew)
        sns.publish(TopicArn=topic, Message="a latte")
        live.advance(0)
        live.advance(3_600)
        assert len(endpoint.received) == calls


def test_an_invocation_that_is_redirected_is_not_followed(
    live: Live, sns: Any, topic: str, brew: str, endpoint_of_mine: Endpoint
) -> None:
    with Endpoint(307, location=endpoint_of_mine.url) as endpoint:
        live.call(live.world.functions.register, Function(brew, url=endpoint.url))
        _subscribe(sns, topic, brew)
        sns.publish(TopicArn=topic, Message="a latte")
        live.advance(0)
        assert len(endpoint.received) == 1
    assert endpoint_of_mine.received == []


def test_a_runtime_interface_emulator_that_reports_a_timeout_has_failed(
    live: Live, sns: Any, topic: str, brew: str, account: str, account_events: list[Event]
) -> None:
    """The emulator answers with status 200 and this text, which no runtime wrote: it is not JSON."""
    with Endpoint(body="Task timed out after 3.00 seconds") as emulator:
        live.call(live.world.functions.register, Function(brew, url=emulator.url))
        _subscribe(sns, topic, brew)
        sns.publish(TopicArn=topic, Message="a latte")
        live.advance(0)
        (postponed,) = [told for told in account_events if type(told) is NotificationPostponed]
        assert postponed.subject.outcome.reason == "the function failed: Task timed out after 3.00 seconds"
        live.advance(300)
        assert len(emulator.received) == 3
        assert type(account_events[-1]) is NotificationFailed


def test_a_function_may_return_that_text_itself(
    live: Live, sns: Any, topic: str, brew: str, account_events: list[Event]
) -> None:
    with Endpoint(body='"Task timed out after 3.00 seconds"') as emulator:
        live.call(live.world.functions.register, Function(brew, url=emulator.url))
        _subscribe(sns, topic, brew)
        sns.publish(TopicArn=topic, Message="a latte")
        live.advance(0)
        assert type(account_events[-1]) is NotificationDelivered


def test_a_subscription_of_a_function_in_another_account_is_pending_until_it_is_confirmed(
    live: Live, sns: Any, topic: str, folder: Path, account_events: list[Event]
) -> None:
    arn = "arn:aws:lambda:us-east-1:555555555555:function:brew"
    _register(live, arn, folder, "coffee:keep")
    assert _subscribe(sns, topic, arn) == "pending confirmation"
    live.advance(0)
    (failed,) = [told for told in account_events if type(told) is NotificationFailed]
    assert failed.subject.outcome == Outcome(
        "a function of another account is not invoked to confirm its subscription: "
        "confirm it with the token, or subscribe from the account of the function"
    )
    sns.publish(TopicArn=topic, Message="too early")
    arn_of_topic = read_arn(topic)
    assert arn_of_topic is not None
    of_topic = live.call(live.world.store.find_topic, arn_of_topic)
    assert of_topic is not None
    (subscription,) = of_topic.subscriptions.values()
    sns.confirm_subscription(TopicArn=topic, Token=subscription.token)
    sns.publish(TopicArn=topic, Message="a latte")
    live.advance(0)
    (event,) = map(json.loads, (folder / "seen.jsonl").read_text().splitlines())
    assert event["Records"][0]["Sns"]["Message"] == "a latte"
    live.call(live.world.functions.forget, arn)


@pytest.mark.parametrize("arn", ["brew", "arn:aws:lambda:us-east-1:1:function:brew", "arn:aws:sqs:us-east-1:1:brew"])
def test_an_endpoint_is_the_arn_of_a_function(sns: Any, topic: str, arn: str) -> None:
    with pytest.raises(sns.exceptions.InvalidParameterException, match="Lambda endpoint ARN"):
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)


TOPIC = Arn("sns", "us-east-1", "111111111111", "orders")
BREW = "arn:aws:lambda:us-east-1:111111111111:function:brew"
TO_BREW = Subscription(
    Arn("sns", "us-east-1", "111111111111", "orders:1"),
    TOPIC,
    "lambda",
    BREW,
    read_arn(BREW),
    "",
    {},
    "",
    0,
    False,
    True,
)
SENT = Notification("id", TOPIC, "a latte", 1_700_000_000.0, "http://decaf.test")


def _transport(functions: Functions, signer: Signer) -> ToFunctions:
    runner = FunctionRunner(Clock(lambda: 0.0), OwnAddress(""), 8, Events(), FunctionLog())
    return ToFunctions(functions, Envelopes(signer), runner, UNJUDGED, lambda: 0.0, lambda: "id")


def _attempts(signer: Signer, function: Function, times: int = 1) -> list[Outcome]:
    """Returns the outcomes of attempts, after each of which everything is closed."""
    functions = Functions()
    functions.register(function)
    to = _transport(functions, signer)

    async def run() -> list[Outcome]:
        outcomes = []
        for _ in range(times):
            outcomes.append(await to.deliver(SENT, TO_BREW))
            await to.close()
        return outcomes

    return asyncio.run(run())


def test_the_outcome_of_a_handler_has_lambdas_status_and_the_start_of_its_result(signer: Signer, folder: Path) -> None:
    function = Function("brew", "coffee:talk", str(folder))
    assert _attempts(signer, function) == [Outcome(status=200, response=f'"{"x" * 1_023}')]
    (failed,) = _attempts(signer, Function("brew", "coffee:fail", str(folder)))
    assert failed.reason == f"the function failed: {failed.response}"
    assert failed.response.startswith('{"errorMessage": "out of milk", "errorType": "ValueError", "requestId": "id"')
    assert (failed.retryable, failed.status) == (True, 200)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome(status=200, response="ok")),
        (202, Outcome(status=200, response="ok")),
        (299, Outcome(status=200, response="ok")),
        (300, Outcome("the invocation was refused: ok", False, 300, "ok")),
        (404, Outcome("the invocation was refused: ok", False, 404, "ok")),
        (429, Outcome("the invocation was refused: ok", True, 429, "ok")),
        (500, Outcome("the invocation was refused: ok", True, 500, "ok")),
    ],
)
def test_the_outcome_of_an_invocation_tells_whether_it_took_place(
    signer: Signer, status: int, outcome: Outcome
) -> None:
    with Endpoint(status) as emulator:
        assert _attempts(signer, Function("brew", url=emulator.url)) == [outcome]


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ('{"errorMessage": "out of milk", "errorType": "ValueError"}', True),
        ('{"errorMessage": "out of milk"}', False),
        ('{"errorType": "ValueError"}', False),
        ('["errorMessage", "errorType"]', False),
        ("errorMessage and errorType", False),
        ("Task timed out after 3.00 seconds\n", True),
        ("Task timed out after 3 seconds", False),
    ],
)
def test_a_runtime_tells_a_failure_by_the_document_it_returns(signer: Signer, body: str, failed: bool) -> None:
    with Endpoint(body=body) as emulator:
        (outcome,) = _attempts(signer, Function("brew", url=emulator.url))
    reason = f"the function failed: {body}" if failed else None
    assert outcome == Outcome(reason, failed, 200, body)


def test_only_the_start_of_a_response_is_kept(signer: Signer) -> None:
    with Endpoint(body="x" * 2_000) as emulator:
        assert _attempts(signer, Function("brew", url=emulator.url)) == [Outcome(status=200, response="x" * 1_024)]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", "/2015-03-31/functions/function/invocations"),
        ("brew/", "/brew/2015-03-31/functions/function/invocations"),
        ("2015-03-31/functions/brew/invocations", "/2015-03-31/functions/brew/invocations"),
        ("2015-03-31/functions/brew/invocations/", "/2015-03-31/functions/brew/invocations"),
    ],
)
def test_the_path_of_an_invocation_may_be_given_or_not(signer: Signer, path: str, asked: str) -> None:
    with Endpoint() as emulator:
        _attempts(signer, Function("brew", url=emulator.url + path))
        assert [received.path for received in emulator.received] == [asked]


def test_connections_can_be_made_again_after_they_were_closed(signer: Signer) -> None:
    with Endpoint() as emulator:
        outcomes = _attempts(signer, Function("brew", url=emulator.url), times=3)
    assert outcomes == [Outcome(status=200, response="ok")] * 3


def test_an_emulator_that_is_not_there_may_come_back(signer: Signer) -> None:
    with Endpoint() as emulator:
        url = emulator.url
    host = url.split("/")[2]
    refused = Outcome(f"cannot connect to {host}: Connection refused", retryable=True)
    assert _attempts(signer, Function("brew", url=url)) == [refused]


def test_a_secure_emulator_has_to_be_trusted(signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = server_context(tmp_path)
    with Endpoint(tls=context) as emulator:
        host = emulator.url.split("/")[2]
        function = Function("brew", url=emulator.url)
        unknown = Outcome(f"cannot connect to {host}: self-signed certificate", retryable=True)
        assert _attempts(signer, function) == [unknown]
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        assert _attempts(signer, function) == [Outcome(status=200, response="ok")]


BY_LAMBDA = RetryPolicy(backoff=2, min_delay=60, max_delay=120)


@pytest.mark.parametrize(
    ("function", "status", "policy", "timeout"),
    [
        (None, None, BY_LAMBDA, 3.0),
        (Function("brew", "coffee:keep", timeout=7), 200, BY_LAMBDA, 7.0),
        (Function("brew", "coffee:keep", timeout=7), None, BY_LAMBDA, 7.0),
        (Function("brew", url="http://127.0.0.1:9", timeout=8), 200, BY_LAMBDA, 8.0),
        (Function("brew", url="http://127.0.0.1:9", timeout=8), 503, AWS_MANAGED, 8.0),
        (Function("brew", url="http://127.0.0.1:9", timeout=8), None, AWS_MANAGED, 8.0),
    ],
)
def test_sns_retries_until_the_function_was_invoked_and_lambda_from_then_on(
    signer: Signer, function: Function | None, status: int | None, policy: RetryPolicy, timeout: float
) -> None:
    functions = Functions()
    if function is not None:
        functions.register(function)
    to = _transport(functions, signer)
    assert to.retries(TO_BREW, Outcome("failed", retryable=True, status=status)) == policy
    assert (to.timeout(TO_BREW), to.rate(TO_BREW)) == (timeout, None)
    assert [BY_LAMBDA.delay(retry) for retry in (1, 2, 3)] == [60, 120, None]
