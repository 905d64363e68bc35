"""The command that says what is wrong: its lines, its JSON and its exit code."""

from __future__ import annotations

import json

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

FIFO = {"FifoQueue": "true"}


def test_a_server_where_nothing_is_wrong(run: Command) -> None:
    result = run("doctor")
    assert (result.exit_code, result.stdout) == (0, "Nothing was found.\n")


def test_a_warning_has_its_evidence_and_what_mends_it(run: Command, decaf: Decaf, orders: str) -> None:
    sqs = decaf.client("sqs")
    failed = sqs.create_queue(QueueName="failed", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=failed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    sqs.set_queue_attributes(QueueUrl=orders, Attributes={"RedrivePolicy": policy})
    result = run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("warning: failed keeps messages no longer than orders")
    assert lines[1:3] == [f"  {arn}", "  seen: MessageRetentionPeriod: failed 60 s, orders 345,600 s"]
    set_it = "decaf aws sqs set-queue-attributes --queue-url failed --attributes MessageRetentionPeriod=1209600"
    assert f"  run: {set_it}" in lines
    assert lines[-1] == "1 warning"
    shown = run("doctor", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)[0]["check"]) == (1, "dead-letter-retention")
    assert run("doctor", "--account", "123456789012").exit_code == 0


def test_the_command_that_it_prints_mends_it(run: Command, decaf: Decaf, orders: str) -> None:
    sqs = decaf.client("sqs")
    for _ in range(20):
        sqs.receive_message(QueueUrl=orders)
    (command,) = (line for line in run("doctor").stdout.splitlines() if line.startswith("  run: decaf aws sqs "))
    *_, queue, _, attribute = command.split()
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=dict([attribute.split("=")]))
    found = sqs.get_queue_attributes(QueueUrl=orders, AttributeNames=["All"])["Attributes"]
    assert found["ReceiveMessageWaitTimeSeconds"] == "20"


def test_hints_alone_are_no_failure(run: Command, decaf: Decaf) -> None:
    sqs = decaf.client("sqs")
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=FIFO)["QueueUrl"]
    for number in range(10):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="all", MessageDeduplicationId=str(number))
    result = run("doctor")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 hint")
