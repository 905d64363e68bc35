"""Delivery to functions: handlers in processes of their own, and runtime interface emulators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from decaf.base.arn import read_arn
from decaf.base.events import Event, NotificationDelivered, NotificationFailed, NotificationPostponed
from decaf.base.settings import Settings
from decaf.sns.function import BadFunction, Function
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

def hang(event, context):
    import threading
    threading.Event().wait()
"""


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
    assert "confirm it with the token" in failed.subject.outcome.reason
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


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"name": "a b", "handler": "m:f"}, "neither the name of a function nor an ARN"),
        ({"name": "brew"}, "needs either a handler or a url"),
        ({"name": "brew", "handler": "m:f", "url": "http://x"}, "needs either a handler or a url"),
        ({"name": "brew", "handler": "m.f"}, "not of the form module:function"),
        ({"name": "brew", "handler": "../m:f"}, "not of the form module:function"),
        ({"name": "brew", "url": "file:///etc/passwd"}, "is not an HTTP URL"),
        ({"name": "brew", "handler": "m:f", "timeout": 0}, "more than 0 and at most 900 seconds"),
    ],
)
def test_a_function_that_cannot_be_registered_is_refused(how: dict[str, Any], text: str) -> None:
    with pytest.raises(BadFunction, match=text):
        Function(**how)
