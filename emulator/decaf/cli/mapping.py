"""Commands for event source mappings: the queues whose messages invoke a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.names import QueueName
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.testing.control import Control


@click.command("map", epilog="Example: decaf function map orders brew --batch-size 5 --reports-failures")
@click.argument("queue", type=QueueName())
@click.argument("function")
@click.option("--batch-size", type=int, default=10, show_default=True, help="messages in one event at most")
@click.option("--window", type=int, default=0, show_default=True, help="seconds to gather messages for")
@click.option("--filter", "filters", metavar="PATTERN", multiple=True, help="a filter, as JSON; others are deleted")
@click.option("--reports-failures", is_flag=True, help="the function returns the messages that it failed")
@click.option("--max-concurrency", type=int, help="batches at once at most")
@click.option("--disabled", is_flag=True, help="do not begin yet")
@control_command
def map_queue(
    control: Control,
    queue: str,
    function: str,
    batch_size: int,
    window: int,
    filters: tuple[str, ...],
    reports_failures: bool,
    max_concurrency: int | None,
    disabled: bool,
    as_json: bool,
) -> None:
    """Let the messages of QUEUE invoke FUNCTION, and print the UUID of the mapping."""
    uuid = control.map_queue(
        queue,
        function,
        batch_size=batch_size,
        window=window,
        filters=filters,
        reports_failures=reports_failures,
        max_concurrency=max_concurrency,
        enabled=not disabled,
    )
    output.result({"uuid": uuid}, "uuid", as_json)


@click.command()
@click.option("--queue", type=QueueName(), help="limit the list to this queue [all]")
@wide_option
@control_command
def mappings(control: Control, queue: str | None, wide: bool, as_json: bool) -> None:
    """Show the queues whose messages invoke functions."""
    found = control.mappings(queue)
    if as_json:
        output.json(found)
        return
    columns = Columns(
        ("QUEUE", "FUNCTION", "STATE", "BATCH", "RUNNING", "SUCCEEDED", "FAILED", "UUID"), cut=("QUEUE", "FUNCTION")
    )
    rows = [
        (
            one.queue.rpartition(":")[2],
            one.function.partition(":function:")[2],
            one.problem or one.state,
            f"{one.batch_size}",
            f"{one.running}",
            f"{one.succeeded}",
            f"{one.failed}",
            one.uuid,
        )
        for one in found
    ]
    tables.show(columns, rows, wide)


@click.command()
@click.argument("uuid")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="the latest so many")
@wide_option
@control_command
def runs(control: Control, uuid: str, limit: int, wide: bool, as_json: bool) -> None:
    """Show the latest batches of the mapping UUID (or its ARN), and what became of them."""
    found = control.runs(uuid, limit=limit)
    if as_json:
        output.json(found)
        return
    columns = Columns(("RUN", "MESSAGES", "DELETED", "KEPT", "SECONDS", "OUTCOME", "WHY"), cut=("WHY",))
    rows = [
        (
            f"{one.number}",
            f"{len(one.messages)}",
            f"{len(one.deleted)}",
            f"{len(one.kept)}",
            f"{one.duration:.3f}",
            one.outcome,
            "; ".join(text for text in (one.reason, one.warning) if text),
        )
        for one in found
    ]
    tables.show(columns, rows, wide)


@click.command()
@click.argument("uuid")
@control_command
def unmap(control: Control, uuid: str, as_json: bool) -> None:
    """Delete the mapping UUID (or its ARN); the messages of its queue stay."""
    control.delete_mapping(uuid)
    if as_json:
        output.json({})


@click.command()
@click.argument("uuid")
@control_command
def enable(control: Control, uuid: str, as_json: bool) -> None:
    """Let the mapping UUID (or its ARN) go on."""
    control.switch_mapping(uuid, enabled=True)
    if as_json:
        output.json({})


@click.command()
@click.argument("uuid")
@control_command
def disable(control: Control, uuid: str, as_json: bool) -> None:
    """Let the mapping UUID (or its ARN) receive nothing more; the batches under way are finished."""
    control.switch_mapping(uuid, enabled=False)
    if as_json:
        output.json({})


COMMANDS = (map_queue, mappings, runs, unmap, enable, disable)
