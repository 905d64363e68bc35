"""The house keeps its floors: a module imports only from lower floors, or from its own folder on its own floor."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The floor of a module is that of the longest name here that starts its own.
FLOORS = {
    "protocol": 0,
    "emulator": 1,  # the version
    "emulator.clock": 1,
    "emulator.arn": 1,
    "emulator.ids": 1,
    "emulator.errors": 1,
    "emulator.settings": 1,
    "emulator.events": 1,
    "emulator.open_files": 1,
    "emulator.policy": 1,
    "emulator.deduplication": 1,
    "emulator.withheld": 1,
    "emulator.sqs": 2,
    "emulator.sns": 2,
    "emulator.inbox": 2,
    "emulator.faults": 2,
    "emulator.store": 3,
    "emulator.history": 3,
    "emulator.tally": 3,
    "emulator.courier": 4,
    "emulator.outgoing": 4,
    "emulator.deliveries": 4,
    "emulator.sqs.api": 5,
    "emulator.sns.api": 5,
    "emulator.sts": 5,
    "emulator.faults.calls": 5,
    "emulator.faults.receives": 5,
    "emulator.state": 6,
    "emulator.declared": 6,
    "emulator.due": 7,
    "emulator.channels": 7,
    "emulator.world": 7,
    "emulator.http_reply": 8,
    "emulator.connections": 8,
    "emulator.edge": 8,
    "emulator.server": 8,
    "emulator.control": 8,
    "emulator.elsewhere": 8,
    "emulator.testing": 9,
    "emulator.cli": 9,
    "emulator.__main__": 9,
    "emulator.lab": 10,
}

# Folders of one floor that must not know each other.
ISLANDS = [{"emulator.sqs", "emulator.sns"}, {"emulator.sqs.api", "emulator.sns.api"}]

TIME = re.compile(
    r"\btime\.(time|monotonic|perf_counter|sleep|time_ns)\b|\bdatetime\.(now|utcnow|today)\b"
    r"|\basyncio\.(sleep|timeout|wait_for)\b|\b(call_later|loop\.time|threading\.Timer)\b"
)
MAY_KNOW_TIME = {"emulator/clock.py"}  # and the lab, which is a program that runs in real time

MODULES = sorted(
    path for folder in ("protocol", "emulator") for path in (ROOT / folder).rglob("*.py") if path.stat().st_size
)


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _unit(module: str) -> str:
    """What of the table a module belongs to: itself, or the package that it is in."""
    return max((name for name in FLOORS if module == name or module.startswith(name + ".")), key=len)


def _floor(module: str) -> int:
    return FLOORS[_unit(module)]


def _in_one_folder(one: str, other: str) -> bool:
    one, other = _unit(one), _unit(other)
    return one == other or one.rpartition(".")[0] == other.rpartition(".")[0]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {_module(name) for name in found if name.split(".")[0] in ("protocol", "emulator")}


def _module(name: str) -> str:
    """The module that an imported dotted name lies in."""
    while not ((ROOT / name.replace(".", "/")).is_dir() or (ROOT / f"{name.replace('.', '/')}.py").is_file()):
        name = name.rpartition(".")[0]
    return name


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_downwards(path: Path) -> None:
    module = _name(path)
    for imported in _imports(path):
        beside = _floor(imported) == _floor(module) and _in_one_folder(imported, module)
        assert _floor(imported) < _floor(module) or beside, f"{module} must not import {imported}"
        assert {_unit(module), _unit(imported)} not in ISLANDS, f"{module} must not import {imported}"


def test_the_lab_knows_nothing_of_ours() -> None:
    for path in MODULES:
        if _name(path).startswith("emulator.lab"):
            assert {name for name in _imports(path) if not name.startswith("emulator.lab")} <= set(), path


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_clock_knows_the_time(path: Path) -> None:
    where = path.relative_to(ROOT).as_posix()
    if where in MAY_KNOW_TIME or where.startswith("emulator/lab/"):
        return
    assert not TIME.findall(path.read_text(encoding="utf-8"))
