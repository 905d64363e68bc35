"""Commands that make calls and deliveries go wrong: one for each effect, with the options that it has.

Rule: which options there are is read from the types that the server reads faults by; here is only what each is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from decaf.cli import output
from decaf.cli.client import asks

if TYPE_CHECKING:
    from decaf.control.faults import Fault
    from decaf.testing.control import Control

# What an option takes and is for; one that ends in "..." can be given several times.
ABOUT: dict[str, tuple[click.ParamType[Any], str]] = {
    "code": (click.STRING, "the error: a shape of the service's model, or a code"),
    "message": (click.STRING, "the error's text"),
    "status": (click.INT, "the HTTP status"),
    "seconds": (click.FLOAT, "how late, on the server's clock"),
    "jitter": (click.FLOAT, "seconds that chance adds, at most"),
    "late": (click.Choice(["request", "response"]), "the request or the response is late [response]"),
    "lost": (click.Choice(["request", "response"]), "the request or the response is lost [request]"),
    "fail": (click.STRING, "how many entries fail, or the id of one that does ..."),
    "service": (click.Choice(["sqs", "sns"]), "calls to this service"),
    "operation": (click.STRING, "calls of this operation ..."),
    "queue": (click.STRING, "this queue: a name, URL or ARN"),
    "topic": (click.STRING, "this topic: a name or ARN"),
    "subscriber": (click.STRING, "deliveries to this endpoint, subscription or protocol"),
    "region": (click.STRING, "in this region"),
    "nth": (click.INT, "at this match (the first is 1) ..."),
    "probability": (click.FLOAT, "by chance, from 0 to 1"),
    "count": (click.INT, "at most this many times"),
    "expires_in": (click.FLOAT, "for this many seconds on the server's clock"),
}


class _Effects(click.Group):
    """One command per effect. What effects there are is looked up only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name.replace("_", "-") for name in _kinds()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        kind = _kinds().get(cmd_name.replace("-", "_"))
        return None if kind is None else _adding(cmd_name, kind)


@click.group()
def fault() -> None:
    """Make calls and deliveries go wrong."""


@fault.group(cls=_Effects)
def add() -> None:
    """Set a fault, and print its id: what goes wrong, for what, and when.

    Without options it is for all that it can be for, every time.
    """


@fault.command("list")
@asks
def list_(control: Control, as_json: bool) -> None:
    """Show the faults, and how often each has struck."""
    found = control.faults()
    if as_json:
        output.json(found)
    else:
        names = ("ID", "EFFECT", "FOR", "WHEN", "MATCHED", "FIRED")
        output.table(names, [_row(one) for one in found])


@fault.command()
@click.argument("fault_id", metavar="[ID]", required=False)
@click.option("--all", "all_of_them", is_flag=True, help="all of them")
@asks
def remove(control: Control, fault_id: str | None, all_of_them: bool, as_json: bool) -> None:
    """Take out the fault ID, or all.

    Ends with 1 when there is no such fault.
    """
    if (fault_id is None) != all_of_them:
        raise click.UsageError("give either ID or --all")
    control.clear_faults(fault_id)
    if as_json:
        output.json({})


def _kinds() -> dict[str, Any]:
    """The types of effects by name, in their order."""
    from typing import get_args

    from decaf.faults.effects import Effect

    return {kind.__struct_config__.tag: kind for kind in get_args(Effect)}


def _adding(name: str, kind: Any) -> click.Command:
    """The command that sets a fault of one kind; its help is what is said of the kind."""
    import msgspec

    from decaf.faults.match import Match
    from decaf.faults.rules import When

    parts = {"effect": kind, "match": Match, "when": When}
    fields = {part: [f for f in msgspec.structs.fields(of) if f.name != "account"] for part, of in parts.items()}

    @asks
    def run(control: Control, as_json: bool, **given: Any) -> None:
        read = {part: _read(of, {f.name: given[f.name] for f in fields[part]}) for part, of in parts.items()}
        fault_id = control.set_fault(**read)
        if as_json:
            output.json({"id": fault_id})
        else:
            click.echo(fault_id)

    command = click.command(name, help=kind.__doc__)(run)
    command.params[:0] = [_option(f.name, f.required) for part in fields.values() for f in part]
    return command


def _option(name: str, required: bool) -> click.Option:
    kind, about = ABOUT[name]
    several = about.endswith(" ...")
    about = about.replace(" ...", "; can be given several times")
    return click.Option([f"--{name.replace('_', '-')}"], type=kind, multiple=several, required=required, help=about)


def _read(kind: Any, given: dict[str, Any]) -> Any:
    """The value of type `kind` that has what is given. Raises UsageError for what it cannot have."""
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

    return (one.id, in_words(one.effect), _said(one.match), _said(one.when), one.matched, one.fired)


def _said(given: Any) -> str:
    import msgspec

    named = msgspec.to_builtins(given).items()
    return ", ".join(f"{name} {' '.join(map(str, v)) if isinstance(v, list) else v}" for name, v in named)


COMMANDS = (fault,)
