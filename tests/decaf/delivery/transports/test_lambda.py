"""Delivery to functions: the event, and when a delivery has succeeded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decaf.access.authorization import Authorization
from decaf.access.deliveries import Deliveries
from decaf.base.arn import Arn, read_arn
from decaf.base.events import Event, Events, FunctionSucceeded, NotificationDelivered, NotificationFailed
from decaf.base.settings import Settings
from decaf.delivery.own_address import counted
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.lambda_ import ToFunctions
from decaf.delivery.transports.signing import Signer
from decaf.functions.function import Function, Functions
from decaf.sns.inbox import Inbox
from decaf.sns.notification import Notification
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import AWS_MANAGED
from decaf.sns.topic import Subscription
from decaf.store import Store
from tests.live import Live

CODE = """
import json

def keep(event, context):
    with open("seen.jsonl", "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    return {"served": len(event["Records"])}
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
    delivered = [told for told in account_events if type(told) is NotificationDelivered]
    assert [told.subject.outcome.status for told in delivered] == [202]
    (succeeded,) = [told.subject for told in account_events if type(told) is FunctionSucceeded]
    assert succeeded.payload == b'{"served": 1}'
    assert (str(succeeded.source), succeeded.message_ids) == (topic, (message["MessageId"],))


def test_fields_without_values_are_null_or_empty(live: Live, sns: Any, topic: str, brew: str, folder: Path) -> None:
    _register(live, brew, folder, "coffee:keep")
    _subscribe(sns, topic, brew)
    sns.publish(TopicArn=topic, Message='{"default":"x","lambda":"for functions"}', MessageStructure="json")
    live.advance(0)
    event = json.loads((folder / "seen.jsonl").read_text())["Records"][0]["Sns"]
    assert (event["Subject"], event["MessageAttributes"], event["Message"]) == (None, {}, "for functions")


def test_a_function_that_is_not_registered_is_a_failure_for_good(
    live: Live, sns: Any, topic: str, brew: str, account_events: list[Event]
) -> None:
    _subscribe(sns, topic, brew)
    sns.publish(TopicArn=topic, Message="a latte")
    live.advance(0)
    (failed,) = [told for told in account_events if type(told) is NotificationFailed]
    assert failed.subject.outcome.reason == "the function does not exist"


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


def _to(*functions: Function) -> tuple[ToFunctions, list[tuple[str, str | None]]]:
    """Returns a transport, and the list of its invocations: their ARNs and trace headers."""
    invoked: list[tuple[str, str | None]] = []

    def invoke(arn: str, payload: bytes, now: float, *, trace_header: str | None = None, **_: Any) -> str:
        invoked.append((arn, trace_header))
        return "id"

    known = Functions(declared=functions)
    return ToFunctions(known, Envelopes(Signer()), invoke, UNJUDGED, lambda: 0.0), invoked


def test_a_delivery_has_succeeded_once_the_event_is_accepted() -> None:
    to, invoked = _to(Function("brew", "coffee.keep"))
    assert asyncio.run(to.deliver(SENT, TO_BREW)) == Outcome(status=202)
    assert invoked == [(BREW, counted(SENT))]


def test_a_function_that_does_not_exist_is_a_failure_for_good() -> None:
    to, invoked = _to()
    assert asyncio.run(to.deliver(SENT, TO_BREW)) == Outcome("the function does not exist")
    assert invoked == []
    assert to.retries(TO_BREW, Outcome("failed", retryable=True)) == AWS_MANAGED
    assert (to.timeout(TO_BREW), to.rate(TO_BREW)) == (30.0, None)
