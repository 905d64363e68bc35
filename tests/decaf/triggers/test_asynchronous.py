"""Asynchronous invocations: when a function is invoked again, and what is sent in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from decaf.base.settings import Settings
from decaf.functions.function import Function
from decaf.triggers.asynchronous import MOST_IN_A_ROW
from tests.endpoint import Endpoint
from tests.live import Live

EVENT = b'{"drink": "latte"}'


class Counter:
    """A function that fails a number of times, and notes when it was called."""

    def __init__(self, live: Live, failures: int = 0) -> None:
        self._live = live
        self._failures = failures
        self.times: list[float] = []
        self.request_ids: set[str] = set()

    def __call__(self, event: Any, context: Any) -> str:
        self.times.append(self._live.world.clock.now())
        self.request_ids.add(context.aws_request_id)
        if len(self.times) <= self._failures:
            raise ValueError("out of milk")
        return "served"

    def gaps(self) -> list[int]:
        return [round(later - earlier) for earlier, later in pairwise(self.times)]


Register = Callable[..., str]


@pytest.fixture
def register(live: Live, account: str) -> Iterator[Register]:
    """Registers a function of the test's account, and returns its ARN."""
    arn = f"arn:aws:lambda:us-east-1:{account}:function:brew"

    def register(**how: Any) -> str:
        live.call(live.world.functions.register, Function(arn, **how))
        return arn

    yield register
    live.call(live.world.functions.forget, arn)


@pytest.fixture
def dead(sqs: Any, account: str) -> str:
    """The URL of the queue `dead`."""
    url: str = sqs.create_queue(QueueName="dead")["QueueUrl"]
    return url


def _accept(live: Live, arn: str, **how: Any) -> str:
    request_id: str = live.call(lambda: live.world.asynchronous.accept(arn, EVENT, live.world.clock.now(), **how))
    return request_id


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
    ).get("Messages", [])
    return found


def _arn(url: str) -> str:
    account, name = url.split("/")[-2:]
    return f"arn:aws:sqs:us-east-1:{account}:{name}"


def test_a_function_that_fails_is_invoked_twice_more_after_one_and_two_minutes(live: Live, register: Register) -> None:
    brew = Counter(live, failures=9)
    request_id = _accept(live, register(in_process=brew))
    live.advance(3_600)
    assert brew.gaps() == [60, 120]
    assert brew.request_ids == {request_id}


def test_a_function_that_succeeds_the_second_time_is_not_invoked_again(live: Live, register: Register) -> None:
    brew = Counter(live, failures=1)
    _accept(live, register(in_process=brew))
    live.advance(3_600)
    assert brew.gaps() == [60]


@pytest.mark.parametrize(("attempts", "gaps"), [(0, []), (1, [60])])
def test_the_number_of_retries_can_be_less(live: Live, register: Register, attempts: int, gaps: list[int]) -> None:
    brew = Counter(live, failures=9)
    _accept(live, register(in_process=brew, maximum_retry_attempts=attempts))
    live.advance(3_600)
    assert brew.gaps() == gaps


def test_a_dead_letter_is_the_event_with_lambdas_attributes(
    live: Live, sqs: Any, dead: str, register: Register
) -> None:
    request_id = _accept(live, register(in_process=Counter(live, failures=9), dead_letter_queue=_arn(dead)))
    live.advance(179)
    assert _receive(sqs, dead) == []
    live.advance(2)
    (letter,) = _receive(sqs, dead)
    assert letter["Body"] == EVENT.decode()
    attributes = {
        name: (value["DataType"], value["StringValue"]) for name, value in letter["MessageAttributes"].items()
    }
    assert attributes == {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "out of milk"),
    }


def test_the_record_of_a_failure_has_the_event_and_the_error(
    live: Live, sqs: Any, dead: str, register: Register
) -> None:
    arn = register(in_process=Counter(live, failures=9), on_failure=_arn(dead))
    request_id = _accept(live, arn)
    live.advance(200)
    (message,) = _receive(sqs, dead)
    record = json.loads(message["Body"])
    assert list(record) == [
        "version",
        "timestamp",
        "requestContext",
        "requestPayload",
        "responseContext",
        "responsePayload",
    ]
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"drink": "latte"}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "out of milk"
    assert "MessageAttributes" not in message


def test_the_record_of_a_success_has_the_result(live: Live, sqs: Any, dead: str, register: Register) -> None:
    _accept(live, register(in_process=Counter(live, failures=1), on_success=_arn(dead), on_failure=_arn(dead)))
    live.advance(200)
    (message,) = _receive(sqs, dead)
    record = json.loads(message["Body"])
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == ("Success", 2)
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == "served"


def test_a_destination_may_be_a_topic(live: Live, sqs: Any, sns: Any, dead: str, register: Register) -> None:
    topic = sns.create_topic(Name="failures")["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_arn(dead), Attributes=raw)
    _accept(live, register(in_process=Counter(live, failures=9), on_failure=topic, dead_letter_queue=topic))
    live.advance(200)
    letter, record = _receive(sqs, dead)
    assert (letter["Body"], json.loads(record["Body"])["version"]) == (EVENT.decode(), "1.0")
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "out of milk"


def test_a_destination_may_be_a_function_but_not_without_end(live: Live, register: Register, account: str) -> None:
    brew = Counter(live)
    itself = f"arn:aws:lambda:us-east-1:{account}:function:brew"
    _accept(live, register(in_process=brew, on_success=itself))
    live.advance(0)
    assert len(brew.times) == 1 + MOST_IN_A_ROW


def test_a_destination_that_is_not_there_stops_nothing(
    live: Live, register: Register, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = f"arn:aws:sqs:us-east-1:{account}:nowhere"
    arn = register(in_process=Counter(live), on_success=nowhere)
    _accept(live, arn)
    live.advance(0)
    assert f"what {arn} sent is not delivered to {nowhere}: it does not exist" in caplog.text
    assert live.world.asynchronous.accepted() == []


def test_a_function_that_cannot_be_invoked_now_is_tried_again_at_growing_intervals(
    live: Live, register: Register, account: str
) -> None:
    mark = live.control.mark()
    with Endpoint(503, 503, 429, body='"ok"') as emulator:
        _accept(live, register(url=emulator.url))
        live.advance(60)
        assert len(emulator.received) == 4
    ended = [event for event in live.control.of(account).events(since=mark) if event.kind != "FunctionInvoked"]
    assert [event.kind for event in ended] == [*["FunctionFailed"] * 3, "FunctionSucceeded"]
    assert [round(later.at - earlier.at) for earlier, later in pairwise(ended)] == [1, 2, 4]


def test_an_event_that_is_too_old_is_dropped(live: Live, sqs: Any, dead: str, register: Register) -> None:
    with Endpoint(*[503] * 50) as emulator:
        _accept(live, register(url=emulator.url, maximum_event_age=60, on_failure=_arn(dead)))
        live.advance(300)
        assert len(emulator.received) == 6  # after 0, 1, 3, 7, 15 and 31 seconds; the next would be after 63
    (message,) = _receive(sqs, dead)
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert "responseContext" not in record


def test_a_function_whose_concurrency_is_zero_gets_no_event(
    live: Live, sqs: Any, dead: str, register: Register
) -> None:
    brew = Counter(live)
    _accept(live, register(in_process=brew, reserved_concurrency=0, dead_letter_queue=_arn(dead)))
    live.advance(0)
    (letter,) = _receive(sqs, dead)
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    assert brew.times == []


def test_an_invocation_that_is_refused_for_good_is_not_repeated(
    live: Live, sqs: Any, dead: str, register: Register
) -> None:
    with Endpoint(404) as emulator:
        _accept(live, register(url=emulator.url, dead_letter_queue=_arn(dead)))
        live.advance(3_600)
        assert len(emulator.received) == 1
    (letter,) = _receive(sqs, dead)
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "404"


def test_an_event_ends_with_its_function(live: Live, register: Register) -> None:
    brew = Counter(live, failures=9)
    arn = register(in_process=brew)
    _accept(live, arn)
    live.advance(0)
    live.call(live.world.functions.forget, arn)
    live.advance(3_600)
    assert len(brew.times) == 1
    assert live.world.asynchronous.accepted() == []


def test_a_reset_drops_the_events_of_an_account(live: Live, register: Register, account: str) -> None:
    brew = Counter(live, failures=9)
    arn = register(in_process=brew)
    _accept(live, arn)
    live.advance(0)
    live.call(live.world.reset, account)
    register(in_process=brew)
    live.advance(3_600)
    assert len(brew.times) == 1


def test_a_notification_that_fails_in_the_function_is_no_dead_letter_of_the_subscription(
    live: Live, sqs: Any, sns: Any, dead: str, register: Register
) -> None:
    brew = Counter(live, failures=9)
    topic = sns.create_topic(Name="orders")["TopicArn"]
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": _arn(dead)})}
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=register(in_process=brew), Attributes=attributes)
    sns.publish(TopicArn=topic, Message="a latte")
    live.advance(3_600)
    assert brew.gaps() == [60, 120]
    assert _receive(sqs, dead) == []


def test_events_and_functions_go_on_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "coffee.py").write_text(
        "def fail(event, context):\n    open('tries', 'a').write('x')\n    raise ValueError('out of milk')\n"
    )
    settings = Settings(port=0, data_dir=str(tmp_path / "data"))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:brew"
    dead = "arn:aws:sqs:us-east-1:000000000000:dead"
    with Live(settings) as first, closing(first.client("sqs")) as sqs:
        sqs.create_queue(QueueName="dead")
        brew = Function(arn, "coffee.fail", str(tmp_path), timeout=20, dead_letter_queue=dead)
        first.call(first.world.functions.register, brew)
        _accept(first, arn)
        first.advance(0)
        assert (tmp_path / "tries").read_text() == "x"
    with Live(settings) as second, closing(second.client("sqs")) as sqs:
        assert second.world.functions.find(arn) == brew
        second.advance(200)
        assert (tmp_path / "tries").read_text() == "xxx"
        (letter,) = _receive(sqs, sqs.get_queue_url(QueueName="dead")["QueueUrl"])
        assert letter["Body"] == EVENT.decode()
    with Live(settings) as third:
        assert third.world.asynchronous.accepted() == []


def test_explain_shows_the_function_in_the_life_of_a_notification(live: Live, sns: Any, register: Register) -> None:
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=register(in_process=Counter(live, failures=1)))
    published = sns.publish(TopicArn=topic, Message="a latte")["MessageId"]
    live.advance(61)
    explained = live.control.explain(published)
    assert explained.state == "delivered"
    kinds = [step.kind for step in explained.timeline]
    assert kinds == [
        "NotificationPublished",
        "NotificationDelivered",
        "FunctionInvoked",
        "FunctionFailed",
        "FunctionInvoked",
        "FunctionSucceeded",
    ]
    assert explained.timeline[3].text == "the function brew failed: ValueError: out of milk"
    of_the_message = live.control.events("FunctionFailed", message_id=published)
    assert [event.message_ids for event in of_the_message] == [(published,)]
    assert of_the_message[0].source == topic


def test_an_event_is_a_dead_letter_after_an_internal_error(
    live: Live, sqs: Any, dead: str, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no pipe")

    monkeypatch.setattr(live.world.runner, "invoke", fail)
    _accept(live, register(in_process=Counter(live), dead_letter_queue=_arn(dead), on_failure=_arn(dead)))
    live.advance(0)
    letters = _receive(sqs, dead)
    assert [letter["Body"] for letter in letters].count(EVENT.decode()) == 1
    assert len(letters) == 2
    assert live.call(live.world.asynchronous.accepted) == []


def test_half_a_surrogate_pair_in_an_error_hinders_nothing(live: Live, sqs: Any, dead: str, register: Register) -> None:
    def brew(event: Any, context: Any) -> None:
        raise ValueError("bad \ud800")

    how = {"dead_letter_queue": _arn(dead), "on_failure": _arn(dead), "maximum_retry_attempts": 0}
    _accept(live, register(in_process=brew, **how))
    live.advance(0)
    assert len(_receive(sqs, dead)) == 2
