"""Commands that show queues, topics, messages and the inbox, and forget them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def test_queues_with_their_message_counts(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    sqs = decaf.client("sqs")
    for body in ("latte", "decaf"):
        sqs.send_message(QueueUrl=orders, MessageBody=body)
    sqs.receive_message(QueueUrl=orders)
    sqs.create_queue(QueueName="drinks")
    assert run("queues", "or").stdout.splitlines() == [
        "ACCOUNT       REGION     QUEUE   VISIBLE  IN FLIGHT  DELAYED  DEAD LETTERS TO",
        "000000000000  us-east-1  orders  1        1          0",
    ]
    assert [queue["name"] for queue in run_json("queues")] == ["drinks", "orders"]


def test_queues_are_watched_until_ctrl_c(decaf: Decaf, orders: str) -> None:
    command = [sys.executable, "-m", "decaf", "queues", "--watch", "--url", decaf.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert " 0        0          0" in [watching.stdout.readline() for _ in range(2)][1]
        decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
        while " 1        0          0" not in watching.stdout.readline():
            pass
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate()
    assert (watching.returncode, errors) == (130, "")


def test_the_queue_that_gets_dead_letters_is_named(run: Command, decaf: Decaf) -> None:
    sqs = decaf.client("sqs")
    sqs.create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 1}
    sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": json.dumps(policy)})
    assert run("queues", "orders").stdout.rstrip().endswith("dead")


def test_topics_and_their_subscriptions(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    assert run("topics").stdout.splitlines()[1] == "000000000000  us-east-1  news   0          1"
    assert "ada@example.com  pending" in run("topics", "--subscriptions").stdout
    assert [found["name"] for found in run_json("topics")] == ["news"]
    assert [found["endpoint"] for found in run_json("topics", "--subscriptions")] == ["ada@example.com"]
    assert run_json("topics", "x") == []


def test_peeking_does_not_receive(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    sqs = decaf.client("sqs")
    sqs.send_message(QueueUrl=orders, MessageBody="one latte\n[bold]please[/bold]")
    assert run("peek", "orders").stdout.splitlines()[1].endswith("one latte [bold]please[/bold]")
    (message,) = run_json("peek", orders)
    assert (message["body"], message["receive_count"]) == ("one latte\n[bold]please[/bold]", 0)
    assert run_json("peek", "orders", "--state", "in_flight") == []


def test_a_queue_that_there_is_not(run: Command) -> None:
    result = run("peek", "orders")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no queue orders\n")


def test_the_inbox_has_messages_to_phones(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    sns.publish(PhoneNumber="+4915112345678", Message="your latte is ready")
    assert "sms       +4915112345678" in run("inbox").stdout
    assert [delivery["body"] for delivery in run_json("inbox", "--to", "+4915112345678")] == ["your latte is ready"]
    assert run_json("inbox", "--protocol", "email") == []


def test_a_reset_deletes_one_account_or_all(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    decaf.client("sqs", "111111111111").create_queue(QueueName="drinks")
    assert run("reset", "--account", "111111111111").exit_code == 0
    assert [queue["name"] for queue in run_json("queues")] == ["orders"]
    run_json("reset")
    assert run_json("queues") == []


def test_groups_and_which_are_locked(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sqs = decaf.client("sqs")
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=fifo)["QueueUrl"]
    for group, body in (("ada", "latte"), ("ada", "decaf"), ("bob", "mocha")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
    sqs.receive_message(QueueUrl=url)
    assert run("groups", "orders.fifo").stdout.splitlines() == [
        "GROUP  WAITING  DELAYED  IN FLIGHT  STATE",
        "ada    1        0        1          locked",
        "bob    1        0        0          free",
    ]
    assert [group["locked"] for group in run_json("groups", url)] == [True, False]


def test_subscriptions_with_the_tokens_that_confirm_them(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    for name, address in (("news", "ada@example.com"), ("gossip", "bob@example.com")):
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    (found,) = run_json("subscriptions", "news")
    assert found["endpoint"] == "ada@example.com"
    printed = run("subscriptions").stdout
    assert found["token"] in printed
    assert "bob@example.com" in printed


def test_the_inbox_is_searched_and_cleared(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    ids = [sns.publish(PhoneNumber="+4915112345678", Message=text)["MessageId"] for text in ("latte", "decaf")]
    assert [delivery["body"] for delivery in run_json("inbox", "--message-id", ids[0])] == ["latte"]
    assert run_json("inbox", "--kind", "SubscriptionConfirmation") == []
    assert run("inbox", "--clear", "--protocol", "sms").exit_code == 2
    assert run("inbox", "--clear").stdout == ""
    assert run_json("inbox") == []


def test_a_seed_makes_ids_repeat(run: Command, decaf: Decaf, orders: str) -> None:
    ids = set()
    for _ in range(2):
        assert run("seed", "7").exit_code == 0
        ids.add(decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")["MessageId"])
    assert len(ids) == 1
