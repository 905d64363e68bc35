"""Runs the nearest tests against one mutant after the other, each in a fork of a process that has all loaded.

Rule: a mutant is killed when a test fails or when the tests do not end in time; it survived when all of them pass.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scripts.mutation.coverage_map import CoverageMap, arguments, configure_hypothesis
from scripts.mutation.mutants import Mutant
from scripts.mutation.patching import WrongModule, changes, functions_of, patch
from scripts.mutation.rooms import ROOT, Room

Report = Callable[[Mutant, str], None]  # gets each mutant's outcome: killed, late, survived, not covered, reload

_CPU = 5.0  # seconds of the processor that a test has, beyond some times what it usually takes
_REAL = 30.0  # seconds that it has, busy or not, as a machine with much else to do needs them
_FACTOR = 5.0
_MEMORY = 4 << 30  # bytes
_MOST_CPU = 120  # seconds; the end of a trial that nobody waits for any more
_SURVIVED, _KILLED, _RELOAD = 0, 1, 3  # exit codes of a trial
_OUTCOMES = {_SURVIVED: "survived", _KILLED: "killed", _RELOAD: "reload"}
_LATE = (-signal.SIGALRM, -signal.SIGPROF, -signal.SIGXCPU)


@dataclass(slots=True)
class Trials:
    """Trials that run at the same time, each in a process of its own."""

    workers: int
    report: Report
    running: dict[int, tuple[Mutant, float, str]] = field(default_factory=dict)  # mutant, deadline, folder

    def start(self, mutant: Mutant, usual: float, trial: Callable[[], int]) -> None:
        """Run `trial` in a fork; its value, or its end, is the outcome. `usual` is in seconds."""
        while len(self.running) >= self.workers:
            self._wait()
        folder = tempfile.mkdtemp(prefix="mutant-")
        child = os.fork()
        if child == 0:
            os._exit(_in_child(folder, trial))
        self.running[child] = mutant, time.monotonic() + 10 * _REAL + _FACTOR * usual, folder

    def finish(self) -> None:
        while self.running:
            self._wait()

    def _wait(self) -> None:
        """Until at least one trial has ended, or is late."""
        while True:
            ended = [child for child in list(self.running) if self._has_ended(child)]
            if ended:
                return
            time.sleep(0.005)

    def _has_ended(self, child: int) -> bool:
        mutant, deadline, folder = self.running[child]
        done, status = os.waitpid(child, os.WNOHANG)
        if not done:
            if time.monotonic() < deadline:
                return False
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        del self.running[child]
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
        code = os.waitstatus_to_exitcode(status)
        late = not done or code in _LATE
        self.report(mutant, "late" if late else _OUTCOMES.get(code, "killed"))
        return True


def _in_child(folder: str, trial: Callable[[], int]) -> int:
    os.setpgid(0, 0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for output in (1, 2):
        os.dup2(nowhere, output)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = folder
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU, _MOST_CPU))
    try:
        return trial()
    except BaseException:  # whatever goes wrong with a mistake in the code is the mistake's
        return _KILLED


def _limit(usual: float) -> None:
    """End this process if it takes much longer from now on than `usual`, in seconds."""
    signal.setitimer(signal.ITIMER_PROF, _CPU + _FACTOR * usual)
    signal.setitimer(signal.ITIMER_REAL, _REAL + _FACTOR * usual)


class _FirstFailure:
    """The pytest plugin that ends the process with the first failure."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os._exit(_KILLED)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            os._exit(_KILLED)


class _ManyTrials:
    """The pytest plugin that collects the tests once, and then runs those of each mutant in a fork."""

    def __init__(self, mutants: list[Mutant], covered: CoverageMap, trials: Trials) -> None:
        self._mutants = mutants
        self._covered = covered
        self._trials = trials

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = functions_of({str(ROOT / mutant.path) for mutant in self._mutants})
        gc.freeze()  # so that forks share it
        for mutant in self._mutants:
            tests = [test for test in self._covered.tests_of(mutant) if test in items]
            chosen = [items[test] for test in tests]

            def trial(mutant: Mutant = mutant, chosen: list[pytest.Item] = chosen) -> int:
                path = str(ROOT / mutant.path)
                right, wrong = (
                    compile(source, path, "exec", dont_inherit=True)
                    for source in (Path(path).read_text(encoding="utf-8"), mutant.source())
                )
                differing = changes(right, wrong)
                if differing is None or not patch(functions, differing):
                    return _RELOAD
                for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                    _limit(self._covered.seconds[item.nodeid])
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                return _SURVIVED

            self._trials.start(mutant, sum(self._covered.seconds[test] for test in tests), trial)
        self._trials.finish()
        return True


def run_loaded(room: Room, mutants: list[Mutant], covered: CoverageMap, trials: Trials) -> None:
    """The trials of mutants within functions: everything is loaded once. Ends this process."""
    configure_hypothesis()
    needed = sorted({test.partition("::")[0] for mutant in mutants for test in covered.tests_of(mutant)})
    plugin = _ManyTrials(mutants, covered, trials)
    sys.stdout.flush()
    pytest.main([*arguments(room, needed)], plugins=[plugin, _FirstFailure()])


def run_reloading(room: Room, mutants: list[Mutant], covered: CoverageMap, trials: Trials) -> None:
    """The trials of mutants that show at import: each loads everything."""
    for mutant in mutants:
        tests = covered.tests_of(mutant)

        def trial(mutant: Mutant = mutant, tests: list[str] = tests) -> int:
            _limit(sum(covered.seconds[test] for test in tests) + 10)
            configure_hypothesis()
            sys.meta_path.insert(0, WrongModule(ROOT / mutant.path, mutant.source()))
            return _KILLED if pytest.main(arguments(room, tests), plugins=[_FirstFailure()]) else _SURVIVED

        trials.start(mutant, sum(covered.seconds[test] for test in tests) + 5, trial)
    trials.finish()
