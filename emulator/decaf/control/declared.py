"""Declared resources: creating what a document declares, and writing what there is as such a document.

What reads and writes documents is loaded with the first one: a server starts faster without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from decaf.base.arn import Account, RegionName
from decaf.control.route import Gives, Refused, Route, Takes
from decaf.declared.forms import Form, Format
from decaf.declared.resource import BadDeclaration

if TYPE_CHECKING:
    from decaf.world import World


class Declare(Takes, frozen=True):
    """A document's `text`, and its `format`. `account` and `region` are for resources that name none.

    Of a template: `parameters`, the `stack_name`, and whether resources of other services are an error or skipped.
    """

    text: str
    format: Format
    account: Account | None = None
    region: RegionName | None = None
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    stack_name: str = "stack"
    skip_others: bool = False


class Made(Gives, frozen=True):
    """A resource that is there now; `what` is its logical id in a template, or for TOML its kind and name."""

    what: str
    arn: str


class Declared(Gives, frozen=True):
    """What was created, in order; `notes` say what was skipped."""

    created: list[Made]
    notes: list[str]


class Export(Takes, frozen=True):
    """Of which account and region, without these of all, and in which form."""

    format: Form = "toml"
    account: str | None = None
    region: str | None = None


class Exported(Gives, frozen=True):
    """A document that declares what there is; `notes` say what it does not declare, and why."""

    text: str
    notes: list[str]


def _declare(world: World, given: Declare) -> Declared:
    from decaf.declared.calls import Place
    from decaf.declared.documents import Reading, read_document

    place = Place(given.account or world.settings.init_account, given.region or world.settings.region)
    reading = Reading(place, given.parameters, given.stack_name, given.skip_others)
    try:
        declaration = read_document(given.text, "document", given.format, reading)
        created = world.declared.create(declaration.resources)
    except BadDeclaration as error:
        raise Refused(str(error)) from None
    return Declared(created=[Made(what=one.what, arn=one.arn) for one in created], notes=list(declaration.notes))


def _export(world: World, asked: Export) -> Exported:
    from decaf.declared.export.document import NoOnePlace, export

    try:
        exported = export(world.store, world.settings, asked.format, asked.account, asked.region)
    except NoOnePlace as error:
        raise Refused(str(error)) from None
    return Exported(text=exported.text, notes=list(exported.notes))


ROUTES = (
    Route(
        "POST",
        "/declare",
        "Create what a document declares",
        _declare,
        Declare,
        Declared,
        example={"text": '[[queues]]\nname = "orders"', "format": "toml", "account": "111122223333"},
    ),
    Route(
        "GET",
        "/export",
        "What there is, as a document that declares it",
        _export,
        Export,
        Exported,
        example={"format": "toml"},
    ),
)
