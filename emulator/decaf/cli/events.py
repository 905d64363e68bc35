"""Commands about what happens: what did, what does, and waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.observe.history import HistoryEvent
    from decaf.testing.control import Control


def _which(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that say what of all that happens is meant."""
    for flag, about in (
        ("--since", "after this mark"),
        ("--containing", "what has this text in its body"),
        ("--message-id", "what happens to this message"),
        ("--subscription", "what happens to this subscription: an ARN"),
        ("--topic", "what happens to this topic: a name or ARN"),
        ("--queue", "what happens to this queue: a name, URL or ARN"),
    ):
        kind = int if flag == "--since" else str
        name = "body_contains" if flag == "--containing" else flag[2:].replace("-", "_")
        command = click.option(flag, name, type=kind, help=about)(command)
    return command


@click.command()
@click.argument("kind", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), help="so many of them, at most [1000]")
@_which
@asks
def events(control: Control, kind: str | None, as_json: bool, **which: Any) -> None:
    """Show what happened.

    KIND is one of MessageSent, MessageReceived, MessageDeleted and so on; without one all are shown.
    """
    found = control.events(kind, **_given(which))
    if as_json:
        output.json(found)
    else:
        for event in found:
            _tell(event, as_json)


@click.command()
@click.argument("kind", required=False)
@click.option("--count", type=click.IntRange(min=1), help="so many of them, then end")
@_which
@asks
def tail(control: Control, kind: str | None, count: int | None, as_json: bool, **which: Any) -> None:
    """Show what happens, until Ctrl-C.

    KIND is as for events. JSON is a line each.
    """
    with closing(control.follow(kind, **_given(which))) as told:
        for event in islice(told, count):
            _tell(event, as_json)


@click.command()
@click.argument("kind")
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True, help="so many of them")
@click.option("--timeout", type=float, default=10, show_default=True, help="seconds to wait, at most")
@_which
@asks
def wait(control: Control, kind: str, as_json: bool, **given: Any) -> None:
    """Wait until something happens.

    KIND is as for events. Ends with 1 when it does not happen in time.
    """
    found = control.wait_for(kind, **_given(given))
    if as_json:
        output.json(found)
    else:
        for event in found:
            _tell(event, as_json)


@click.command()
@click.argument("kind")
@click.option("--timeout", type=float, default=0, show_default=True, help="seconds to look on")
@_which
@asks
def never(control: Control, kind: str, as_json: bool, **given: Any) -> None:
    """Check that something has not happened, nor does.

    KIND is as for events. Without --since it is about what happens from now on. Ends with 1 when it did happen.
    """
    control.never(kind, **_given(given))
    if as_json:
        output.json({"none": True})


@click.command()
@asks
def mark(control: Control, as_json: bool) -> None:
    """Print a place in the history, for --since: what happens from now on is after it."""
    found = control.mark()
    if as_json:
        output.json({"mark": found})
    else:
        click.echo(found)


@click.command()
@click.argument("message_id", metavar="ID")
@asks
def explain(control: Control, message_id: str, as_json: bool) -> None:
    """Tell what became of a message, and why.

    ID is what SendMessage, ReceiveMessage or Publish gave. Ends with 1 when it is not known.
    """
    found = control.explain(message_id)
    if as_json:
        output.json(found)
    else:
        click.echo(found.answer)
        for step in found.timeline:
            click.echo(f"{output.moment(step.at)}  {step.text}")
    if found.kind == "unknown":
        raise SystemExit(1)


def _given(which: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in which.items() if value is not None}


def _tell(event: HistoryEvent, as_json: bool) -> None:
    import msgspec

    from decaf.testing.timeline import line

    click.echo(msgspec.json.encode(event) if as_json else f"{output.moment(event.at)}  {line(event)}")


COMMANDS = (events, tail, wait, never, mark, explain)
