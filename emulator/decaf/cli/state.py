"""Commands that show queues, topics, messages and the inbox, and that reset the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.names import QueueName, TopicName
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.control.messages import MessageDescription, MessageState
    from decaf.control.queues import QueueDescription
    from decaf.control.topics import SubscriptionDescription
    from decaf.testing.control import Control


PROTOCOLS = ("sms", "email", "email-json", "application", "firehose")
KINDS = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation", "Verification")


@click.command()
@click.argument("prefix", type=QueueName(), default="")
@click.option("--watch", is_flag=True, help="show them again each second, until Ctrl-C")
@wide_option
@control_command
def queues(control: Control, prefix: str, watch: bool, wide: bool, as_json: bool) -> None:
    """Show queues with their message counts.

    With PREFIX, only queues whose names start with it.
    """
    _queues(control, prefix, wide, as_json)
    while watch:
        from decaf.base.clock import pause

        pause(1)
        if not as_json:
            output.clear()
        _queues(control, prefix, wide, as_json)


def _queues(control: Control, prefix: str, wide: bool, as_json: bool) -> None:
    found = control.queues(prefix)
    if as_json:
        output.json(found)
    else:
        names = ("ACCOUNT", "REGION", "QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED", "DEAD LETTERS TO")
        columns = Columns(names, cut=("DEAD LETTERS TO",), spare=("REGION", "ACCOUNT", "DEAD LETTERS TO"))
        tables.show(columns, [_queue(queue) for queue in found], wide)


def _queue(queue: QueueDescription) -> tuple[Any, ...]:
    dead_letters = (queue.dead_letter_queue or "").rpartition(":")[2]
    counts = (queue.visible, queue.in_flight, queue.delayed)
    return (queue.account, queue.region, queue.name, *counts, dead_letters)


@click.command()
@click.argument("prefix", type=TopicName(), default="")
@click.option("--subscriptions", is_flag=True, help="show the subscriptions of each topic instead")
@wide_option
@control_command
def topics(control: Control, prefix: str, subscriptions: bool, wide: bool, as_json: bool) -> None:
    """Show topics, or their subscriptions.

    With PREFIX, only topics whose names start with it.
    """
    found = control.topics(prefix)
    subscribed = [one for topic in found for one in control.subscriptions(topic.arn)] if subscriptions else []
    if as_json:
        output.json(subscribed if subscriptions else found)
    elif subscriptions:
        columns = Columns(
            ("TOPIC", "PROTOCOL", "ENDPOINT", "STATE", "FILTER POLICY"), cut=("ENDPOINT", "FILTER POLICY")
        )
        tables.show(columns, [_subscription(one) for one in subscribed], wide)
    else:
        columns = Columns(("ACCOUNT", "REGION", "TOPIC", "CONFIRMED", "PENDING"), spare=("REGION", "ACCOUNT"))
        tables.show(columns, [(t.account, t.region, t.name, t.confirmed, t.pending) for t in found], wide)


def _subscription(one: SubscriptionDescription) -> tuple[Any, ...]:
    state = "pending" if one.pending else "confirmed"
    return (one.topic.rpartition(":")[2], one.protocol, one.endpoint, state, one.attributes.get("FilterPolicy"))


@click.command()
@click.argument("topic", type=TopicName(), required=False)
@wide_option
@control_command
def subscriptions(control: Control, topic: str | None, wide: bool, as_json: bool) -> None:
    """Show subscriptions, with tokens that confirm pending ones.

    With TOPIC, a name or an ARN, only those of that topic. On a narrow terminal --wide shows their tokens and ARNs.
    """
    found = control.subscriptions(topic)
    if as_json:
        output.json(found)
    else:
        names = ("TOPIC", "PROTOCOL", "ENDPOINT", "STATE", "ARN", "TOKEN")
        columns = Columns(names, cut=("ENDPOINT",), spare=("TOKEN", "ARN"))
        tables.show(columns, [(*_subscription(one)[:4], one.arn, one.token) for one in found], wide)


@click.command()
@click.argument("queue", type=QueueName())
@wide_option
@control_command
def groups(control: Control, queue: str, wide: bool, as_json: bool) -> None:
    """Show the message groups of a queue.

    QUEUE is a name, a URL or an ARN. A locked group waits until its message in flight is deleted or visible again.
    """
    found = control.groups(queue)
    if as_json:
        output.json(found)
    else:
        columns = Columns(("GROUP", "WAITING", "DELAYED", "IN FLIGHT", "STATE"))
        rows = [(g.id, g.waiting, g.delayed, g.in_flight, "locked" if g.locked else "free") for g in found]
        tables.show(columns, rows, wide)


@click.command()
@click.argument("queue", type=QueueName())
@click.option("--state", type=click.Choice(["visible", "in_flight", "delayed"]), help="only messages in this state")
@click.option("--containing", default="", help="only messages with this text in their body, id, group or attributes")
@wide_option
@control_command
def peek(control: Control, queue: str, state: MessageState | None, containing: str, wide: bool, as_json: bool) -> None:
    """Show messages without receiving them.

    QUEUE is a name, a URL or an ARN.
    """
    found = control.messages(queue, state, containing)
    if as_json:
        output.json(found)
    else:
        tables.show(MESSAGES, [message_row(message) for message in found], wide)


MESSAGES = Columns(("ID", "STATE", "LEFT", "RECEIVES", "GROUP", "BODY"), cut=("GROUP", "BODY"))


def message_row(message: MessageDescription) -> tuple[Any, ...]:
    """Returns the row of a message in a table of MESSAGES."""
    left = None if message.time_left is None else f"{message.time_left:.0f} s"
    return (message.id, message.state, left, message.receive_count, message.group, message.body)


@click.command()
@click.option("--protocol", type=click.Choice(PROTOCOLS), help="only this protocol")
@click.option("--to", "recipient", help="only this phone number, email address or device")
@click.option("--topic", "topic_arn", metavar="ARN", help="only messages published to this topic")
@click.option("--kind", type=click.Choice(KINDS), help="only this kind")
@click.option("--message-id", help="only the message with this id")
@click.option("--clear", is_flag=True, help="delete all entries instead, or those of --account")
@wide_option
@control_command
def inbox(control: Control, clear: bool, wide: bool, as_json: bool, **options: str | None) -> None:
    """Show the messages delivered to phones, mailboxes, apps and Firehose streams."""
    if clear:
        if any(options.values()):
            raise click.UsageError("--clear deletes all entries: it can be combined with --account only")
        control.clear_inbox()
        if as_json:
            output.json({})
        return
    found = control.inbox(**options)
    if as_json:
        output.json(found)
    else:
        columns = Columns(("TIME", "PROTOCOL", "TO", "SUBJECT", "BODY"), cut=("TO", "SUBJECT", "BODY"))
        rows = [(output.moment(d.at), d.protocol, d.recipient, d.subject, d.body) for d in found]
        tables.show(columns, rows, wide)


@click.command()
@click.option("--declared", is_flag=True, help="then create the declared resources again")
@control_command
def reset(control: Control, declared: bool, as_json: bool) -> None:
    """Delete everything, or everything of --account."""
    control.reset(declared=declared)
    if as_json:
        output.json({})


@click.command()
@click.argument("number", type=click.IntRange(min=0))
@control_command
def seed(control: Control, number: int, as_json: bool) -> None:
    """Seed the random numbers with NUMBER, so that ids and the chance in faults repeat."""
    control.seed(number)
    if as_json:
        output.json({})


@click.command()
@click.argument("file", type=click.Path(dir_okay=False))
@control_command
def backup(control: Control, file: str, as_json: bool) -> None:
    """Copy the server's data directory to FILE.

    Named decaf.sqlite in another data directory, the copy is the state that a server starts with.
    """
    try:
        size = control.backup(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    if as_json:
        output.json({"bytes": size})
    else:
        output.line(f"{size:,} bytes in {file}")


COMMANDS = (queues, groups, peek, topics, subscriptions, inbox, reset, seed, backup)
