"""The house keeps its floors: a room imports only from rooms below it, and no files import each other in a circle."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = {"decaf_protocol": ROOT / "protocol", "decaf": ROOT / "emulator"}

# The rooms, from the ground up. A module is in the room with the longest name that its own starts with.
ROOMS = (
    "decaf_protocol",
    "decaf",  # the version alone
    "decaf.base",
    "decaf.sqs",
    "decaf.sns",
    "decaf.functions",
    "decaf.store",
    "decaf.access",
    "decaf.faults",
    "decaf.due",
    "decaf.observe",
    "decaf.delivery",
    "decaf.triggers",
    "decaf.api",
    "decaf.persistence",
    "decaf.declared",
    "decaf.world",
    "decaf.handling",
    "decaf.http",
    "decaf.cluster",
    "decaf.control",
    "decaf.lessons",
    "decaf.control.routes",  # the table of all calls
    "decaf.compat",
    "decaf.page",
    "decaf.app",
    "decaf.node",
    "decaf.testing",
    "decaf.background",
    "decaf.learn",
    "decaf.lab",
    "decaf.cli",
    "decaf.__main__",
)

ISLANDS = (("decaf.sqs", "decaf.sns"), ("decaf.api.sqs", "decaf.api.sns"))  # that must not know each other

TIME = re.compile(
    r"\btime\.(time|monotonic|perf_counter|sleep|time_ns)\b|\bdatetime\.(now|utcnow|today)\b"
    r"|\basyncio\.(sleep|timeout|wait_for)\b|\b(call_later|loop\.time|threading\.Timer)\b"
)
# the lab and the learner's side of a lesson run in real time, and so does the process of a Python function
MAY_KNOW_TIME = ("decaf.base.clock", "decaf.lab", "decaf.learn", "decaf.delivery.runtimes.python_runtime")

LEARNERS = {"given", "starter", "solution", "attempts"}  # folders of a lesson's programs, which are no modules of ours


def _modules() -> dict[str, Path]:
    found = {}
    for source in SOURCES.values():
        for path in sorted(source.rglob("*.py")):
            if path.stat().st_size and not LEARNERS & set(path.parts):
                found[".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


MODULES = _modules()


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of ours that `module` imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(_module(name) for name in found if name.split(".")[0] in SOURCES)


def _module(name: str) -> str:
    """The module that an imported dotted name is, or is defined in."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def room(module: str) -> str:
    """The room that a module is in."""
    return max((name for name in ROOMS if module == name or module.startswith(name + ".")), key=len)


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    for imported in imports(module):
        same = room(imported) == room(module)
        assert same or ROOMS.index(room(imported)) < ROOMS.index(room(module)), f"{module} must not import {imported}"


@pytest.mark.parametrize("islands", ISLANDS, ids=" and ".join)
def test_islands_do_not_know_each_other(islands: tuple[str, str]) -> None:
    for module in MODULES:
        for island, other in (islands, islands[::-1]):
            if _is_in(module, island):
                assert not [name for name in imports(module) if _is_in(name, other)], module


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter({module: imports(module) - {module} for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_lab_knows_nothing_of_ours() -> None:
    for module in MODULES:
        if _is_in(module, "decaf.lab"):
            assert all(_is_in(name, "decaf.lab") for name in imports(module)), module


@pytest.mark.parametrize("module", MODULES)
def test_only_the_clock_knows_the_time(module: str) -> None:
    if not any(_is_in(module, name) for name in MAY_KNOW_TIME):
        assert not TIME.findall(MODULES[module].read_text(encoding="utf-8"))
