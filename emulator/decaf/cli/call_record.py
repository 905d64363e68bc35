"""Commands for the calls of AWS clients: the latest ones, one of them in full, and those to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.names import QueueName, TopicName
from decaf.cli.tables import Columns

if TYPE_CHECKING:
    from decaf.control.calls import CallDescription, CallDetails
    from decaf.testing.control import Control

_NAMES = ("TIME (UTC)", "CALLER", "OPERATION", "ABOUT", "STATUS", "MS", "RECEIVED", "ERROR", "ACCOUNT")
_CUT = ("CALLER", "ABOUT")
_SPARE = ("ACCOUNT", "TIME (UTC)", "RECEIVED")
_COLUMNS = Columns(("MARK", *_NAMES), _CUT, _SPARE)
_COLUMNS_OF_SHARDS = Columns((*_NAMES, "MARK"), _CUT, ("MARK", *_SPARE))  # whose marks can be longer than a line
_LONGEST = 2**63  # mark of one server


@click.command()
@click.option("--errors", is_flag=True, help="only calls that were answered with an error, or not at all")
@click.option("--operation", help="only calls of this operation, such as ReceiveMessage")
@click.option("--service", type=click.Choice(["sqs", "sns", "sts", "lambda"]), help="only calls of this service")
@click.option("--queue", type=QueueName(), help="only calls about this queue: a name, URL or ARN")
@click.option("--topic", type=TopicName(), help="only calls about this topic: a name or ARN")
@click.option("--caller", help="only calls of this program: the name that it has set for itself, or that of its SDK")
@click.option("--since", type=int, help="only calls after this mark")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="the most to show")
@click.option("--follow", is_flag=True, help="go on with calls as they are answered, until Ctrl-C")
@tables.wide_option
@control_command
def calls(control: Control, follow: bool, wide: bool, as_json: bool, **options: Any) -> None:
    """Show the latest calls of AWS clients, empty receives and refused calls too.

    With --follow and --json, each call is a line.
    """
    found = control.calls(**options)
    if as_json and not follow:
        return output.json(found)
    _show(found.calls, as_json, wide)
    if follow:
        for more in _later(control, options | {"since": found.mark}):
            _show(more, as_json, wide)
    return None


@click.command()
@click.argument("mark", type=int)
@control_command
def call(control: Control, mark: int, as_json: bool) -> None:
    """Show one call of an AWS client: what was sent and returned, and how to make it again.

    MARK is the number that `decaf calls` shows; with several shards it is long, and `decaf calls --wide` shows it last.
    """
    found = control.call(mark)
    if as_json:
        return output.json(found)
    details = found.details
    assert details is not None
    _show([found], as_json=False, wide=False)
    if not found.operation or found.target != "/":
        output.document(f"\nRequest\n{found.method} {found.target}\n")
    for title, text in _parts(details):
        output.document(f"\n{title}\n{text.rstrip()}\n")
    return None


def _later(control: Control, options: dict[str, Any]) -> Iterator[Sequence[CallDescription]]:
    """Yields the calls that follow, as the frames of the server report them."""
    with closing(control.frames()) as frames:
        for number, frame in enumerate(frames):
            if frame.calls or number == 0:  # the first frame knows of none that came before it
                found = control.calls(**options)
                options["since"] = found.mark
                if found.calls:
                    yield found.calls


def _show(found: Sequence[CallDescription], as_json: bool, wide: bool) -> None:
    if as_json:
        for each in found:
            output.json_line(each)
    else:
        rows = [_row(each) for each in found]
        if any(each.mark > _LONGEST for each in found):
            tables.show(_COLUMNS_OF_SHARDS, [(*row[1:], row[0]) for row in rows], wide)
        else:
            tables.show(_COLUMNS, rows, wide)


def _row(each: CallDescription) -> tuple[Any, ...]:
    about = each.arn.split(":", 5)[5] if each.arn else each.resource
    status = "none" if each.status is None else each.status
    took = None if each.seconds is None else f"{each.seconds * 1000:.1f}"
    operation = each.operation or f"{each.service} {each.method} {each.target}"
    time = output.moment(each.at)
    return (each.mark, time, each.caller, operation, about, status, took, each.received, each.error, each.account)


def _parts(details: CallDetails) -> Iterator[tuple[str, str]]:
    """Yields what is known of a call, each part with a title."""
    import msgspec

    def json(value: Any) -> str:
        return msgspec.json.format(msgspec.json.encode(value)).decode()

    if not details.kept:
        yield "Its bodies", "were too long to be kept"
    if details.parameters is not None:
        yield "Parameters", json(details.parameters)
    if details.body is not None:
        yield "Request that no call could be read from", details.body
    if details.response is not None:
        yield "Response", json(details.response)
    if details.message is not None:
        yield "Error", details.message
    yield "Headers of the request", json(details.headers)
    if details.boto3 is not None and details.cli is not None:
        yield "With boto3", details.boto3
        yield "With AWS CLI 2", details.cli


COMMANDS = (calls, call)
