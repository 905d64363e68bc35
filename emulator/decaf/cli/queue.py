"""Commands that call SQS: they create a queue, send to it, receive from it, empty it, and delete it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.names import QueueName
from decaf.cli.tables import Columns, wide_option
from decaf.cli.values import values

if TYPE_CHECKING:
    from decaf.testing.control import Control

_queue: Callable[..., Any] = click.argument("queue", type=QueueName())


@click.command("create-queue", epilog="Example: decaf create-queue orders --dead-letters-to failed --max-receives 5")
@click.argument("name")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="such as VisibilityTimeout=60")
@click.option("--dead-letters-to", "target", type=QueueName(), metavar="QUEUE", help="its dead-letter queue")
@click.option("--max-receives", type=int, default=3, show_default=True, help="receives until a message goes there")
@click.option("--region", help="the region [the server's]")
@control_command
def create_queue(
    control: Control,
    name: str,
    attributes: tuple[str, ...],
    target: str | None,
    max_receives: int,
    region: str | None,
    as_json: bool,
) -> None:
    """Create the queue NAME, and print its URL.

    A name that ends in .fifo is that of a FIFO queue. The account is that of --account, else 000000000000.
    """
    from decaf.cli.calls import Calls, find_queue

    given = values(attributes, "--attribute")
    if name.endswith(".fifo"):
        given.setdefault("FifoQueue", "true")
    if target is not None:
        policy = {"deadLetterTargetArn": str(find_queue(control, target)), "maxReceiveCount": max_receives}
        given["RedrivePolicy"] = json.dumps(policy)
    output.result(Calls(control, region).sqs("CreateQueue", QueueName=name, Attributes=given), "QueueUrl", as_json)


@click.command(epilog="Example: decaf send orders 'one latte' --attribute kind=hot")
@_queue
@click.argument("body")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="a message attribute: a String")
@click.option("--delay", type=int, help="the delay in seconds")
@click.option("--group", help="the message group")
@click.option("--deduplication-id", help="the deduplication id")
@control_command
def send(
    control: Control,
    queue: str,
    body: str,
    attributes: tuple[str, ...],
    delay: int | None,
    group: str | None,
    deduplication_id: str | None,
    as_json: bool,
) -> None:
    """Send a message to QUEUE, and print its id.

    QUEUE is a name, a URL or an ARN. The BODY - is standard input.
    """
    given = values(attributes, "--attribute")
    sent = _call(
        control,
        queue,
        "SendMessage",
        MessageBody=sys.stdin.read() if body == "-" else body,
        DelaySeconds=delay,
        MessageGroupId=group,
        MessageDeduplicationId=deduplication_id,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in given.items()},
    )
    output.result(sent, "MessageId", as_json)


@click.command(epilog="Example: decaf receive orders --count 10 --wait 20 --delete")
@_queue
@click.option("--count", type=int, default=1, show_default=True, help="the largest number of messages")
@click.option("--wait", type=int, default=0, show_default=True, help="the longest time to wait for one, in seconds")
@click.option("--visibility", type=int, help="the visibility timeout in seconds [the queue's]")
@click.option("--delete", is_flag=True, help="delete the messages")
@wide_option
@control_command
def receive(
    control: Control,
    queue: str,
    count: int,
    wait: int,
    visibility: int | None,
    delete: bool,
    wide: bool,
    as_json: bool,
) -> None:
    """Receive messages of QUEUE.

    QUEUE is a name, a URL or an ARN. `decaf peek` shows messages without receiving them. Exit code 1 when there is no
    message.
    """
    received = _call(
        control,
        queue,
        "ReceiveMessage",
        MaxNumberOfMessages=count,
        WaitTimeSeconds=wait,
        VisibilityTimeout=visibility,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    found: list[dict[str, Any]] = received.get("Messages", [])
    if as_json:
        output.json(found)
    elif found:
        tables.show(Columns(("ID", "RECEIVES", "GROUP", "BODY"), cut=("GROUP", "BODY")), [_row(m) for m in found], wide)
    for message in found if delete else ():
        _call(control, queue, "DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
    if not found:
        raise SystemExit(1)


def _row(message: dict[str, Any]) -> tuple[Any, ...]:
    known = message["Attributes"]
    return message["MessageId"], known["ApproximateReceiveCount"], known.get("MessageGroupId"), message["Body"]


@click.command(epilog="Example: decaf purge orders")
@_queue
@control_command
def purge(control: Control, queue: str, as_json: bool) -> None:
    """Delete all messages of QUEUE.

    QUEUE is a name, a URL or an ARN. As in AWS, a queue can be purged once in 60 seconds.
    """
    output.result(_call(control, queue, "PurgeQueue"), None, as_json)


@click.command("delete-queue", epilog="Example: decaf delete-queue orders")
@_queue
@control_command
def delete_queue(control: Control, queue: str, as_json: bool) -> None:
    """Delete QUEUE with all its messages.

    QUEUE is a name, a URL or an ARN. As in AWS, its name is free again after 60 seconds.
    """
    output.result(_call(control, queue, "DeleteQueue"), None, as_json)


@click.command(epilog="Example: decaf redrive failed --to orders")
@_queue
@click.option("--to", "target", type=QueueName(), metavar="QUEUE", help="the queue to move to [where each came from]")
@click.option("--rate", type=int, help="the largest number of messages per second")
@control_command
def redrive(control: Control, queue: str, target: str | None, rate: int | None, as_json: bool) -> None:
    """Move the messages of a dead-letter queue back.

    QUEUE is the name, the URL or the ARN of the dead-letter queue. The handle of the task that moves them is printed.
    """
    from decaf.cli.calls import Calls, find_queue

    source = find_queue(control, queue)
    started = Calls.of(control, source).sqs(
        "StartMessageMoveTask",
        SourceArn=str(source),
        DestinationArn=None if target is None else str(find_queue(control, target)),
        MaxNumberOfMessagesPerSecond=rate,
    )
    output.result(started, "TaskHandle", as_json)


def _call(control: Control, queue: str, operation: str, **params: Any) -> dict[str, Any]:
    """Returns the result of an operation on a queue, which is found by its name, URL or ARN."""
    from decaf.cli.calls import Calls, find_queue

    arn = find_queue(control, queue)
    return Calls.of(control, arn).sqs(operation, QueueUrl=f"{control.url}/{arn.account}/{arn.resource}", **params)


COMMANDS = (create_queue, delete_queue, purge, receive, redrive, send)
