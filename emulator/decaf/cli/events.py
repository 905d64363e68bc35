"""Commands for events: the history, events as they happen, and waiting for an event."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from decaf.base.events import Event
from decaf.cli import output
from decaf.cli.client import control_command
from decaf.cli.names import QueueName, TopicName

if TYPE_CHECKING:
    from decaf.observe.history import HistoryEvent
    from decaf.testing.control import Control


KINDS = sorted(kind.__name__ for kind in Event.__subclasses__())

_kind = click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
_kind_or_all = click.argument("kind", type=click.Choice(KINDS), metavar="[KIND]", required=False)


_TYPES: dict[str, Any] = {"since": int, "queue": QueueName(), "topic": TopicName()}


def _filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that select events."""
    for flag, name, about in (
        ("--since", "since", "only events after this mark"),
        ("--containing", "body_contains", "only messages whose body contains this text"),
        ("--message-id", "message_id", "only events of this message"),
        ("--subscription", "subscription", "only events of this subscription: an ARN"),
        ("--topic", "topic", "only events of this topic: a name or ARN"),
        ("--queue", "queue", "only events of this queue: a name, URL or ARN"),
    ):
        command = click.option(flag, name, type=_TYPES.get(name, str), help=about)(command)
    return command


@click.command(epilog=f"The kinds of events: {', '.join(KINDS)}.")
@_kind_or_all
@click.option("--limit", type=click.IntRange(1, 10_000), help="the number of events to show at most [1000]")
@_filter_options
@control_command
def events(control: Control, kind: str | None, as_json: bool, **options: Any) -> None:
    """Show the history of events.

    KIND is the kind of event, such as MessageSent; without it, all kinds are shown.
    """
    found = control.events(kind, **_given(options))
    if as_json:
        output.json(found)
    else:
        for event in found:
            _show(event, as_json)


@click.command()
@_kind_or_all
@click.option("--count", type=click.IntRange(min=1), help="end after so many events")
@_filter_options
@control_command
def tail(control: Control, kind: str | None, count: int | None, as_json: bool, **options: Any) -> None:
    """Show events as they happen, until Ctrl-C.

    KIND is as in `decaf events`. With --json, each event is a line.
    """
    with closing(control.follow(kind, **_given(options))) as stream:
        for event in islice(stream, count):
            _show(event, as_json)


@click.command()
@_kind
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True, help="wait for so many events")
@click.option("--timeout", type=float, default=10, show_default=True, help="the longest time to wait, in seconds")
@_filter_options
@control_command
def wait(control: Control, kind: str, as_json: bool, **options: Any) -> None:
    """Wait until an event has happened.

    KIND is as in `decaf events`. Without --since, only later events count. Exit code 1 when the event does not happen
    in time.
    """
    found = control.wait_for(kind, **_given(options))
    if as_json:
        output.json(found)
    else:
        for event in found:
            _show(event, as_json)


@click.command()
@_kind
@click.option("--timeout", type=float, default=0, show_default=True, help="the time to watch for the event, in seconds")
@_filter_options
@control_command
def never(control: Control, kind: str, as_json: bool, **options: Any) -> None:
    """Check that an event does not happen.

    KIND is as in `decaf events`. Without --since, only later events count. Exit code 1 when the event has happened.
    """
    control.never(kind, **_given(options))
    if as_json:
        output.json({"none": True})


@click.command()
@control_command
def mark(control: Control, as_json: bool) -> None:
    """Print the present mark in the history, for --since: every later event is after it."""
    found = control.mark()
    if as_json:
        output.json({"mark": found})
    else:
        output.line(str(found))


@click.command()
@click.argument("message_id", metavar="ID")
@control_command
def explain(control: Control, message_id: str, as_json: bool) -> None:
    """Show where a message or notification is, and why.

    ID is the message id that SendMessage, ReceiveMessage or Publish returned. Exit code 1 when it is unknown.
    """
    found = control.explain(message_id)
    if as_json:
        output.json(found)
    else:
        output.line(found.answer)
        for step in found.timeline:
            output.line(f"{output.moment(step.at)}  {step.text}")
    if found.kind == "unknown":
        raise SystemExit(1)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _show(event: HistoryEvent, as_json: bool) -> None:
    from decaf.testing.timeline import line

    if as_json:
        output.json_line(event)
    else:
        output.line(f"{output.moment(event.at)}  {line(event)}")


COMMANDS = (events, tail, wait, never, mark, explain)
