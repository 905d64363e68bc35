"""Declared resources: create those of a document, and export the present ones as such a document.

The code that reads and writes documents is loaded with the first call, so that a server starts faster.
"""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from decaf.base.arn import Account, RegionName
from decaf.control import across
from decaf.control.route import Across, ControlRequest, ControlResponse, Refused, Route, Shards
from decaf.declared.forms import Form, Format
from decaf.declared.resource import BadDeclaration, Declaration

if TYPE_CHECKING:
    from decaf.world import World


class Declare(ControlRequest, frozen=True):
    """The `text` and `format` of a document; `account` and `region` are for resources that name none.

    `parameters` and `stack_name` are those of a template; `ssm_parameters` are values of the SSM Parameter Store, by
    name. Resources of other services are left out, or an error if `skip_others` is false. The paths of functions' code
    start from `folder`; without it, functions whose code is beside the template are left out. Errors and notes name the
    document by its `source`, before the number of the line.
    """

    text: str
    format: Format
    account: Account | None = None
    region: RegionName | None = None
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    stack_name: str = "stack"
    skip_others: bool = True
    ssm_parameters: dict[str, str] = msgspec.field(default_factory=dict)
    folder: str | None = None
    source: str = "document"


class CreatedResource(ControlResponse, frozen=True):
    """A resource. `resource` is its logical id in a template; in TOML, its type and name.

    When a template is applied to its stack again, `change` says what became of it.
    """

    resource: str
    arn: str
    change: Literal["created", "updated", "replaced", "unchanged", "deleted"] = "created"


class Declared(ControlResponse, frozen=True):
    """The resources that are there, in the order of creation, and those deleted; `notes` name those skipped."""

    created: list[CreatedResource]
    notes: list[str]
    deleted: list[CreatedResource] = msgspec.field(default_factory=list)


class Export(ControlRequest, frozen=True):
    """The form of the document, and the account and region to export; without them, all."""

    format: Form = "toml"
    account: str | None = None
    region: str | None = None


class Exported(ControlResponse, frozen=True):
    """The `text` of the document; `notes` name the resources and settings that it cannot declare, and why."""

    text: str
    notes: list[str]


def _declare(world: World, request: Declare) -> Declared | Awaitable[Declared]:
    declaration = _read(world, request)
    return _create(world, declaration) if world.shard.count == 1 else _create_there(world, declaration)


def _read(world: World, request: Declare) -> Declaration:
    from decaf.declared.calls import Place
    from decaf.declared.documents import Reading, read_document

    place = Place(request.account or world.settings.init_account, request.region or world.settings.region)
    reading = Reading(
        place,
        request.parameters,
        request.stack_name,
        request.skip_others,
        request.ssm_parameters,
        frozenset(function.name for function in world.functions.all() if function.account is None),
        None if request.folder is None else Path(request.folder),
    )
    try:
        return read_document(request.text, request.source, request.format, reading)
    except BadDeclaration as error:
        raise Refused(str(error)) from None


async def _create_there(world: World, declaration: Declaration) -> Declared:
    """Create what belongs in this shard, once it is settled where everything does."""
    await across.settle(world, declaration.places)
    return _create(world, declaration)


def _create(world: World, declaration: Declaration) -> Declared:
    try:
        created = world.declared.create(declaration)
    except BadDeclaration as error:
        raise Refused(str(error)) from None
    reported = [CreatedResource(resource=one.what, arn=one.arn, change=one.change) for one in created]
    return Declared(
        created=[one for one in reported if one.change != "deleted"],
        deleted=[one for one in reported if one.change == "deleted"],
        notes=list(declaration.notes),
    )


def _export(world: World, request: Export) -> Exported:
    from decaf.declared.export.document import NoOnePlace, export

    try:
        exported = export(world.store, world.settings, request.format, request.account, request.region)
    except NoOnePlace as error:
        raise Refused(str(error)) from None
    return Exported(text=exported.text, notes=list(exported.notes))


def _join(_: Declare, found: list[Declared]) -> Declared:
    """Returns what all shards have made; each makes what belongs there."""
    return Declared(
        created=[one for each in found for one in each.created],
        deleted=[one for each in found for one in each.deleted],
        notes=found[0].notes,
    )


async def _export_all(shards: Shards, route: Route[Export, Exported], request: Export) -> Exported:
    if request.format != "toml":
        raise Refused("a template is for one account and one region: name both, since there are several shards here")
    found = await across.ask_all(shards, route, request)
    return Exported(
        text="\n".join(each.text for each in found if each.text),
        notes=[note for each in found for note in each.notes],
    )


DECLARE = Route(
    "POST",
    "/declare",
    "Create the resources that a document declares",
    _declare,
    Declare,
    Declared,
    command="declare orders.toml",
    python='control.declare(\'[[queues]]\\nname = "refunds"\', "toml")',
    example={"text": '[[queues]]\nname = "refunds"', "format": "toml"},
    across=across.joined(_join, everywhere=True),
)
EXPORT = Route(
    "GET",
    "/export",
    "Export the present resources as a document that declares them",
    _export,
    Export,
    Exported,
    command="export --format toml",
    python='control.export("toml")',
    example={"format": "toml"},
    across=Across(_export_all),
)

ROUTES = (DECLARE, EXPORT)
