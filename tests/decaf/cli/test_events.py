"""Commands that show what happens, and wait for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def test_each_event_is_a_line(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    created, sent = run("events").stdout.splitlines()
    assert created.endswith("QueueCreated              orders")
    assert "MessageSent               orders                          'latte'  (id " in sent
    assert [event["body"] for event in run_json("events", "MessageSent", "--containing", "att")] == ["latte"]
    assert run_json("events", "MessageSent", "--queue", "drinks") == []


def test_a_wait_ends_with_the_event(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    assert "'latte'" in run("wait", "MessageSent", "--since", "0").stdout
    assert [event["body"] for event in run_json("wait", "MessageSent", "--since", "0")] == ["latte"]


def test_a_wait_without_the_event_exits_with_1(run: Command, orders: str) -> None:
    result = run("wait", "MessageSent", "--queue", "orders", "--count", "2", "--timeout", "0")
    assert (result.exit_code, result.stderr) == (1, "Error: 0 of 2 MessageSent in 0 s (queue orders)\n")


def test_explain_describes_a_message_in_words(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    sent = decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")["MessageId"]
    answer, step = run("explain", sent).stdout.splitlines()
    assert answer == "It is in orders and can be received."
    assert step.endswith("  sent to orders")
    assert run_json("explain", sent)["state"] == "visible"


def test_explain_of_an_unknown_message_exits_with_1(run: Command) -> None:
    result = run("explain", "00000000-0000-0000-0000-000000000000")
    assert result.exit_code == 1
    assert result.stdout.startswith("There is no such message")


def test_the_tail_prints_events_as_they_happen(decaf: Decaf, orders: str) -> None:
    words = ["tail", "MessageSent", "--since", "0", "--json", "--url", decaf.url]
    with subprocess.Popen([sys.executable, "-m", "decaf", *words], stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        for body in ("latte", "decaf"):
            decaf.client("sqs").send_message(QueueUrl=orders, MessageBody=body)
            assert json.loads(tail.stdout.readline())["body"] == body
        decaf.stop()
        assert tail.wait(30) == 0


def test_a_mark_is_where_a_wait_begins(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    mark = run("mark").stdout.strip()
    assert run_json("mark") == {"mark": int(mark)}
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    assert [event["kind"] for event in run_json("events", "--since", mark)] == ["MessageSent"]


def test_never_exits_with_1_only_after_the_event(
    run: Command, run_json: JsonCommand, decaf: Decaf, orders: str
) -> None:
    assert run_json("never", "MessageSent", "--since", "0") == {"none": True}
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    result = run("never", "MessageSent", "--since", "0", "--queue", "orders")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: MessageSent did happen (queue orders)")


def test_the_tail_ends_after_so_many(run: Command, decaf: Decaf, orders: str) -> None:
    for body in ("latte", "decaf"):
        decaf.client("sqs").send_message(QueueUrl=orders, MessageBody=body)
    assert len(run("tail", "MessageSent", "--since", "0", "--count", "2").stdout.splitlines()) == 2


def test_only_so_many_events_and_those_of_a_subscription(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15555550142")["SubscriptionArn"]
    for text in ("latte", "decaf"):
        sns.publish(TopicArn=topic, Message=text)
    kinds = [event["kind"] for event in run_json("events", "--subscription", arn)]
    assert kinds == ["SubscriptionCreated", "NotificationDelivered", "NotificationDelivered"]
    assert len(run_json("events", "--limit", "1")) == 1
