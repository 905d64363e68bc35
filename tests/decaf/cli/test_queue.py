"""Commands that call SQS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]


def received(decaf: Decaf, url: str) -> Any:
    (message,) = decaf.client("sqs").receive_message(
        QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )["Messages"]
    return message


def test_a_queue_is_created(run: Command, decaf: Decaf) -> None:
    printed = run("create-queue", "orders", "--attribute", "VisibilityTimeout=60").stdout
    assert printed == f"{decaf.url}/000000000000/orders\n"
    assert decaf.control.queues()[0].attributes["VisibilityTimeout"] == "60"


def test_a_queue_is_created_with_a_dead_letter_queue(run: Command, decaf: Decaf) -> None:
    run("create-queue", "failed")
    run("create-queue", "orders", "--dead-letters-to", "failed", "--max-receives", "5")
    (_, orders) = decaf.control.queues()
    assert orders.dead_letter_queue == "arn:aws:sqs:us-east-1:000000000000:failed"
    assert '"maxReceiveCount":5' in orders.attributes["RedrivePolicy"].replace(" ", "")


def test_a_name_with_fifo_is_that_of_a_fifo_queue(run: Command, decaf: Decaf) -> None:
    run("create-queue", "orders.fifo", "--account", "111122223333", "--region", "eu-west-1")
    (queue,) = decaf.control.queues()
    assert (queue.fifo, queue.account, queue.region) == (True, "111122223333", "eu-west-1")


def test_a_message_is_sent(run: Command, decaf: Decaf, orders: str) -> None:
    printed = run("send", "orders", "one latte", "--attribute", "kind=hot", "--attribute", "note=a=b").stdout
    message = received(decaf, orders)
    assert printed == f"{message['MessageId']}\n"
    assert message["Body"] == "one latte"
    assert message["MessageAttributes"]["kind"] == {"StringValue": "hot", "DataType": "String"}
    assert message["MessageAttributes"]["note"]["StringValue"] == "a=b"


def test_a_message_has_a_delay_a_group_and_a_deduplication_id(run: Command, decaf: Decaf, orders: str) -> None:
    run("send", "orders", "later", "--delay", "60")
    assert decaf.control.messages("orders")[0].state == "delayed"
    run("create-queue", "orders.fifo")
    words = ("send", "orders.fifo", "latte", "--group", "ada", "--deduplication-id", "1")
    assert run(*words).stdout == run(*words).stdout
    (message,) = decaf.control.messages("orders.fifo")
    assert (message.group, message.deduplication_id) == ("ada", "1")


def test_a_body_comes_from_standard_input(decaf: Decaf, orders: str) -> None:
    CliRunner().invoke(main, ["send", "orders", "-"], input="line 1\nline 2")
    assert received(decaf, orders)["Body"] == "line 1\nline 2"


@pytest.mark.parametrize("form", ["{name}", "{account}/{name}", "{url}", "arn:aws:sqs:{region}:{account}:{name}"])
def test_a_queue_is_found_by_each_of_its_names_in_whatever_account_and_region(
    run: Command, decaf: Decaf, form: str
) -> None:
    account, region = "111122223333", "eu-west-1"
    url = decaf.client("sqs", account, region).create_queue(QueueName="drinks")["QueueUrl"]
    name = form.format(name="drinks", account=account, region=region, url=url)
    assert run("send", name, "latte").exit_code == 0
    assert [queue.visible for queue in decaf.control.queues()] == [1]


def test_a_name_that_means_no_queue_or_several_is_refused(run: Command, decaf: Decaf, orders: str) -> None:
    result = run("send", "order", "latte")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no queue order\n")
    decaf.client("sqs", "111122223333").create_queue(QueueName="orders")
    assert "several queues are named orders: " in run("send", "orders", "latte").stderr
    assert run("send", "orders", "latte", "--account", "111122223333").exit_code == 0


def test_an_error_of_sqs_is_one_clear_line(run: Command, orders: str) -> None:
    result = run("send", "orders", "")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_a_message_is_received(run: Command, run_json: JsonCommand, decaf: Decaf, orders: str) -> None:
    sent = decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="one latte")["MessageId"]
    printed = run("receive", "orders", "--visibility", "0").stdout.splitlines()
    assert printed[1] == f"{sent}  1                one latte"
    (message,) = run_json("receive", "orders")
    assert (message["MessageId"], message["Body"]) == (sent, "one latte")
    assert decaf.control.messages("orders")[0].state == "in_flight"


def test_received_messages_are_deleted(run: Command, decaf: Decaf, orders: str) -> None:
    for body in ("latte", "mocha"):
        run("send", "orders", body)
    assert len(run("receive", "orders", "--count", "10", "--delete").stdout.splitlines()) == 3
    assert decaf.control.messages("orders") == []


def test_without_a_message_the_exit_code_is_1(run: Command, orders: str) -> None:
    result = run("receive", "orders")
    assert (result.exit_code, result.output) == (1, "")


def test_a_queue_is_deleted(run: Command, decaf: Decaf, orders: str) -> None:
    assert run("delete-queue", "orders").output == ""
    assert decaf.control.queues() == []
    assert run("delete-queue", "orders").exit_code == 1


def test_a_queue_is_purged(run: Command, decaf: Decaf, orders: str) -> None:
    run("send", "orders", "latte")
    assert run("purge", "orders").output == ""
    assert decaf.control.messages("orders") == []
    assert run("purge", "orders").stderr.startswith("Error: PurgeQueueInProgress: ")


def test_dead_letters_are_moved(run: Command, decaf: Decaf, orders: str) -> None:
    run("create-queue", "failed")
    run("create-queue", "drinks", "--dead-letters-to", "failed")
    run("send", "failed", "latte")
    assert run("redrive", "failed", "--to", "orders", "--rate", "500").exit_code == 0
    decaf.control.advance(1)
    assert received(decaf, orders)["Body"] == "latte"


def test_without_a_server_the_exit_code_is_3(run: Command, decaf: Decaf) -> None:
    decaf.stop()
    assert run("create-queue", "orders").exit_code == 3
    assert run("send", "orders", "latte").exit_code == 3
