"""Which tests run which lines, and how long each test takes: found by running a room's tests once."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import pytest

from scripts.mutation.mutants import Mutant
from scripts.mutation.rooms import ROOT, Room


def configure_hypothesis() -> None:
    """As few examples as find a mistake, the same in every run, and none made smaller."""
    from hypothesis import Phase, settings

    settings.register_profile(
        "mutation", phases=[Phase.explicit, Phase.generate], deadline=None, database=None, derandomize=True
    )
    settings.load_profile("mutation")


def arguments(room: Room, tests: list[str] | None = None) -> list[str]:
    """Of pytest: the room's tests, or those named."""
    quiet = ["-q", "-x", "--no-header", "--capture=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return [*quiet, *(room.tests if tests is None else tests)]


def is_left_out(room: Room, test: str) -> bool:
    return any(part in test for part in room.left_out)


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """Which tests run which lines of a room."""

    seconds: dict[str, float]  # by test
    lines: dict[str, dict[int, list[str]]]  # by file and line; "" stands for what runs at import
    budget: float  # seconds of tests that one mutant may take

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's lines (of its file, if these run at import), as many as there is time for.

        First come those of the file that mirrors the mutant's, then those that are quick and run much of the function
        around it.
        """
        by_line = self.lines.get(mutant.path, {})
        mirror = _mirror(mutant.path)
        if self.runs_at_import(mutant):
            found = {test for tests in by_line.values() for test in tests} - {""}
            found |= {test for test in self.seconds if test.startswith(mirror)}
        else:
            found = {test for line in _range(mutant.lines) for test in by_line.get(line, ())} - {""}
        covered = Counter(test for line in _range(mutant.scope) for test in by_line.get(line, ()))

        def distance(test: str) -> tuple[bool, float]:
            return not test.startswith(mirror), self.seconds[test] / (covered[test] + 1) ** 2

        return list(self._affordable(sorted(found, key=distance)))

    def runs_at_import(self, mutant: Mutant) -> bool:
        by_line = self.lines.get(mutant.path, {})
        return any("" in by_line.get(line, ()) for line in _range(mutant.lines))

    def _affordable(self, tests: list[str]) -> Iterator[str]:
        spent = 0.0
        for test in tests:
            spent += self.seconds[test]
            if spent > self.budget:
                return
            yield test


def _mirror(path: str) -> str:
    """Returns the start of the ids of the tests in the file that mirrors a source file."""
    _, *folders, name = path.split("/")
    return "/".join(["tests", *folders, f"test_{name.removesuffix('.py').strip('_')}.py::"])


def _range(lines: tuple[int, int]) -> range:
    return range(lines[0], lines[1] + 1)


class _Recorder:
    """The pytest plugin that tells coverage which test runs."""

    def __init__(self, room: Room, measured: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self._room = room
        self._measured = measured

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not is_left_out(self._room, item.nodeid)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self._measured.switch_context(item.nodeid)
        result = yield
        self._measured.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)


def record(room: Room, target: Path) -> None:
    """Run the room's tests in this process, and write the map to `target`. Raises RuntimeError when a test fails."""
    configure_hypothesis()
    include = [str(path) for path in room.files()]
    measured = coverage.Coverage(data_file=None, include=include, config_file=False)
    recorder = _Recorder(room, measured)
    measured.start()
    pytest.main([each for each in arguments(room) if each != "-x"], plugins=[recorder])
    measured.stop()
    if len(recorder.failed) > len(recorder.seconds) // 20:
        raise RuntimeError(f"these tests fail by themselves: {sorted(recorder.failed)}")
    data = measured.get_data()
    numbers = {test: number for number, test in enumerate(["", *recorder.seconds])}  # the ids of some tests are long
    lines: dict[str, dict[int, list[int]]] = defaultdict(dict)
    for path in include:
        for line, contexts in data.contexts_by_lineno(path).items():
            tests = [numbers[test] for test in contexts if test not in recorder.failed]
            lines[Path(path).relative_to(ROOT).as_posix()][line] = tests
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps({"seconds": recorder.seconds, "lines": lines}), encoding="utf-8")
    unfinished.rename(target)


def load(target: Path, budget: float) -> CoverageMap:
    """The map in a file."""
    written = json.loads(target.read_text(encoding="utf-8"))
    tests = ["", *written["seconds"]]
    lines = {
        path: {int(line): [tests[number] for number in numbers] for line, numbers in each.items()}
        for path, each in written["lines"].items()
    }
    return CoverageMap(written["seconds"], lines, budget)
