"""Documents that declare resources: their form, and those that the settings name.

Rule: a document is read completely before any resource is created.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from decaf.base.settings import Settings
from decaf.declared.calls import Place
from decaf.declared.forms import Format
from decaf.declared.resource import RESOURCE_KINDS, BadDeclaration, Declaration, check_once, check_stacks
from decaf.declared.tables import read_tables, read_toml
from decaf.declared.template.parameters import Stack
from decaf.declared.template.template import Template
from decaf_protocol import is_account


class Reading(msgspec.Struct, frozen=True):
    """How documents are read: for which account and region, with which parameters of templates.

    An empty `stack_name` stands for the name of the file. With `skip_others`, resources of other services are left out.
    `ssm_parameters` are the values of parameters in the SSM Parameter Store, `functions` the names of registered
    functions. Paths of code start from `folder`; without it there is no code.
    """

    place: Place
    parameters: Mapping[str, str]
    stack_name: str
    skip_others: bool
    ssm_parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    folder: Path | None = None


def read_document(text: str, source: str, form: Format, reading: Reading) -> Declaration:
    """Return the resources of a single document. Raises BadDeclaration."""
    known: set[str] = set()
    declaration = _declaration(text, source, form, reading, known, {})
    _check_parameters(reading.parameters, known)
    check_once(declaration.resources)
    return declaration


def declared_at_start(settings: Settings) -> Declaration:
    """Return the resources of the settings and of the files that they name. Raises BadDeclaration."""
    if not is_account(settings.init_account):
        raise BadDeclaration(f"init_account: {settings.init_account!r} is not an account of 12 digits")
    place = Place(settings.init_account, settings.region)
    skip = settings.other_resources == "skip"
    parameters = _values(settings.parameter, "parameter")
    ssm_parameters = _values(settings.ssm_parameter, "ssm_parameter")
    functions = frozenset(str(table.get("name")) for table in settings.functions)
    reading = Reading(place, parameters, settings.stack_name, skip, ssm_parameters, functions)
    tables = {kind: getattr(settings, kind) for kind in RESOURCE_KINDS}
    found = [Declaration(tuple(read_tables(tables, "settings", place)))]
    known: set[str] = set()
    exports: dict[str, Callable[[], Any]] = {}
    for file in settings.init:
        form: Format = "toml" if file.endswith(".toml") else "cloudformation"
        beside = replace(reading, folder=Path(file).parent)
        found.append(_declaration(_read(file), file, form, beside, known, exports))
    _check_parameters(reading.parameters, known)
    resources = tuple(resource for one in found for resource in one.resources)
    check_once(resources)
    check_stacks(resources, settings.shards)
    notes = tuple(note for one in found for note in one.notes)
    return Declaration(resources, notes, tuple(stack for one in found for stack in one.stacks))


def _declaration(
    text: str, source: str, form: Format, reading: Reading, known: set[str], exports: dict[str, Callable[[], Any]]
) -> Declaration:
    """Return the resources of a document. Its parameters are added to `known`, its exports to `exports`."""
    try:
        if form == "toml":
            return Declaration(tuple(read_toml(text, source, reading.place)))
        stack = Stack(
            reading.stack_name or _stack_name(source),
            reading.place,
            reading.parameters,
            exports,
            reading.ssm_parameters,
        )
        template = Template(text, source, stack, reading.skip_others, reading.functions, reading.folder)
        known |= template.parameters
        declaration = template.declaration()
        exports.update(template.exports())
        return declaration
    except RecursionError:
        raise BadDeclaration(f"{source}: values are nested too deeply") from None


def _stack_name(source: str) -> str:
    """Return the name of a file without the characters that a stack name cannot have.

    The CDK writes the template of the stack Shop into Shop.template.json.
    """
    name = Path(source).stem.removesuffix(".template")
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "stack"


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDeclaration(f"{file}: {getattr(error, 'strerror', None) or error}") from None


def _values(texts: Iterable[str], setting: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for given in texts:
        name, equals, value = given.partition("=")
        if not equals:
            raise BadDeclaration(f"{setting}: {given!r} is not of the form NAME=VALUE")
        values[name] = value
    return values


def _check_parameters(given: Mapping[str, str], known: Set[str]) -> None:
    for name in given:
        if name not in known:
            raise BadDeclaration(f"parameter: no template has the parameter {name!r}")
