"""Commands that inject faults: one for each effect, with its options.

Rule: the options are the fields of the types that the server checks faults with; only their help texts are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output, tables
from decaf.cli.client import control_command
from decaf.cli.tables import Columns, wide_option

if TYPE_CHECKING:
    from decaf.control.faults import Fault
    from decaf.testing.control import Control

# The type and the help text of each option; one whose text ends in "..." can be repeated.
ABOUT: dict[str, tuple[click.ParamType[Any], str]] = {
    "code": (click.STRING, "the error: a shape name of the service's model, or an error code"),
    "message": (click.STRING, "the error message"),
    "status": (click.INT, "the HTTP status"),
    "seconds": (click.FLOAT, "the latency in seconds of the server's clock"),
    "jitter": (click.FLOAT, "add up to so many random seconds"),
    "late": (click.Choice(["request", "response"]), "the request or the response is late [response]"),
    "lost": (click.Choice(["request", "response"]), "the request or the response is lost [request]"),
    "fail": (click.STRING, "the number of entries that fail, or the id of one ..."),
    "service": (click.Choice(["sqs", "sns"]), "only requests to this service"),
    "operation": (click.STRING, "only requests of this operation ..."),
    "queue": (click.STRING, "only this queue: a name, URL or ARN"),
    "topic": (click.STRING, "only this topic: a name or ARN"),
    "subscriber": (click.STRING, "only deliveries to this endpoint, subscription or protocol"),
    "function": (click.STRING, "only invocations of this function: a name or ARN"),
    "region": (click.STRING, "only in this region"),
    "nth": (click.INT, "fire on the match with this number, from 1 ..."),
    "probability": (click.FLOAT, "fire with this probability, from 0 to 1"),
    "count": (click.INT, "fire at most this many times"),
    "expires_in": (click.FLOAT, "stop firing after so many seconds of the server's clock"),
}


class _Effects(click.Group):
    """One command per effect. The effects are imported only when one of these commands is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name.replace("_", "-") for name in _kinds()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        kind = _kinds().get(cmd_name.replace("-", "_"))
        return None if kind is None else _add_command(cmd_name, kind)


@click.group()
def fault() -> None:
    """Make requests and deliveries fail."""


@fault.group(cls=_Effects)
def add() -> None:
    """Set a fault, and print its id.

    Without options, the fault applies to every request or delivery, every time.
    """


@fault.command("list")
@wide_option
@control_command
def list_(control: Control, wide: bool, as_json: bool) -> None:
    """Show the faults, and how often each has fired."""
    found = control.faults()
    if as_json:
        output.json(found)
    else:
        columns = Columns(("ID", "EFFECT", "FOR", "WHEN", "MATCHED", "FIRED"), cut=("EFFECT", "FOR", "WHEN"))
        tables.show(columns, [_row(one) for one in found], wide)


@fault.command()
@click.argument("fault_id", metavar="[ID]", required=False)
@click.option("--all", "all_of_them", is_flag=True, help="remove all faults")
@control_command
def remove(control: Control, fault_id: str | None, all_of_them: bool, as_json: bool) -> None:
    """Remove the fault ID, or all faults.

    Exit code 1 when there is no such fault.
    """
    if (fault_id is None) != all_of_them:
        raise click.UsageError("give either ID or --all")
    control.clear_faults(fault_id)
    if as_json:
        output.json({})


def _kinds() -> dict[str, Any]:
    """Returns the types of effects by name, in their order of definition."""
    from typing import get_args

    from decaf.faults.effects import Effect

    return {kind.__struct_config__.tag: kind for kind in get_args(Effect)}


def _add_command(name: str, kind: Any) -> click.Command:
    """Returns the command that sets a fault with one effect; its help text is the docstring of the effect."""
    import msgspec

    from decaf.faults.match import Match
    from decaf.faults.rules import When

    parts = {"effect": kind, "match": Match, "when": When}
    fields = {part: [f for f in msgspec.structs.fields(of) if f.name != "account"] for part, of in parts.items()}

    @control_command
    def run(control: Control, as_json: bool, **given: Any) -> None:
        read = {part: _read(of, {f.name: given[f.name] for f in fields[part]}) for part, of in parts.items()}
        fault_id = control.set_fault(**read)
        if as_json:
            output.json({"id": fault_id})
        else:
            output.line(fault_id)

    command = click.command(name, help=kind.__doc__)(run)
    command.params[:0] = [_option(f.name, f.required) for part in fields.values() for f in part]
    return command


def _option(name: str, required: bool) -> click.Option:
    kind, about = ABOUT[name]
    several = about.endswith(" ...")
    about = about.replace(" ...", "; can be repeated")
    return click.Option([f"--{name.replace('_', '-')}"], type=kind, multiple=several, required=required, help=about)


def _read(kind: Any, given: dict[str, Any]) -> Any:
    """Returns a value of type `kind` with the given fields. Raises UsageError for values that it cannot have."""
    import msgspec

    values = {name: value for name, value in given.items() if value not in (None, ())}
    if len(fail := values.get("fail", ())) == 1 and fail[0].isdecimal():
        values["fail"] = int(fail[0])
    tagged = {"type": kind.__struct_config__.tag} if kind.__struct_config__.tag else {}
    try:
        return msgspec.convert(tagged | values, kind)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None


def _row(one: Fault) -> tuple[Any, ...]:
    from decaf.faults.effects import in_words

    return (
        one.id,
        in_words(one.effect, one.match.function is not None),
        _in_words(one.match),
        _in_words(one.when),
        one.matched,
        one.fired,
    )


def _in_words(given: Any) -> str:
    import msgspec

    named = msgspec.to_builtins(given).items()
    return ", ".join(f"{name} {' '.join(map(str, v)) if isinstance(v, list) else v}" for name, v in named)


COMMANDS = (fault,)
