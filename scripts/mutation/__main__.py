"""Makes small mistakes in the code, one at a time, and finds those that no test notices.

scripts/mutate [ROOM ...] [--sample N] [--again] [--show]
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import sys
import traceback
from collections import Counter

from scripts.mutation import coverage_map
from scripts.mutation.mutants import Mutant, find
from scripts.mutation.rooms import ROOMS, ROOT, Room
from scripts.mutation.trials import Trials, run_loaded, run_reloading

_FOLDER = ROOT / ".mutation"
_HEAVY = (
    "aiohttp.web",
    "aiosmtpd.controller",
    "boto3",
    "click",
    "cryptography.x509",
    "hypothesis.stateful",
    "msgspec",
    "prometheus_client",
    "rich.table",
    "uvloop",
    "xmltodict",
    "yaml",
)  # loaded once for all; none of them may load Decaf


def _in_fork(work: object, *parameters: object) -> None:
    """Run a function in a fork, and wait for its end."""
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            work(*parameters)  # type: ignore[operator]
            failed = 0
        except Exception:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(failed)
    if os.waitpid(child, 0)[1]:
        sys.exit("the process that runs the tests has failed")


def _state(room: Room) -> str:
    """Stands for the text of the room's code and tests."""
    digest = hashlib.sha256(repr(room).encode())
    for path in [*room.files(), *room.test_files()]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _covered(room: Room, budget: float) -> coverage_map.CoverageMap:
    target = _FOLDER / f"{room.name}-{_state(room)}.json"
    if not target.exists():
        _in_fork(coverage_map.record, room, target)
    return coverage_map.load(target, budget)


class _Results:
    """What is known of each mutant, in a file that grows by a line with each."""

    def __init__(self, room: Room) -> None:
        self._path = _FOLDER / f"{room.name}.jsonl"
        self.known: dict[str, str] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                written = json.loads(line)
                self.known[written["id"]] = written["outcome"]

    def add(self, mutant: Mutant, outcome: str) -> None:
        self.known[mutant.id] = outcome
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": mutant.id, "outcome": outcome}) + "\n")


def _chosen(mutants: list[Mutant], sample: int | None, seed: int) -> list[Mutant]:
    """A sample that only grows when more are asked for, and in which little changes when the code does."""

    def place(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed} {mutant.id}".encode()).digest()

    return sorted(mutants, key=place)[:sample]


def _try(room: Room, mutants: list[Mutant], results: _Results, options: argparse.Namespace) -> None:
    """The trials of these mutants, and their outcomes into the results."""
    covered = _covered(room, options.budget)
    loaded: list[Mutant] = []
    for mutant in mutants:
        if not covered.tests_of(mutant):
            results.add(mutant, "not covered")
        elif mutant.function and not covered.runs_at_import(mutant):
            loaded.append(mutant)
        else:
            results.add(mutant, "reload")
    trials = Trials(options.workers, results.add)
    if loaded:
        _in_fork(run_loaded, room, loaded, covered, trials)
    results.known = _Results(room).known  # what the fork wrote
    reloading = [mutant for mutant in mutants if results.known.get(mutant.id) == "reload"]
    run_reloading(room, reloading, covered, trials)


def _summary(room: Room, mutants: list[Mutant], known: dict[str, str], show: bool) -> str:
    counts = Counter(known.get(mutant.id, "not tried") for mutant in mutants)
    tried = len(mutants) - counts["not tried"]
    killed = counts["killed"] + counts["late"]
    lines = [f"{room.name}: {killed} of {tried} killed ({killed / max(tried, 1):.1%}); {dict(counts)}"]
    if show:
        for mutant in sorted(mutants, key=lambda mutant: (mutant.path, mutant.lines)):
            if known.get(mutant.id) in ("survived", "not covered", "late"):
                where = f"{mutant.path}:{mutant.lines[0]} {mutant.function}"
                lines += [f"{mutant.id} {known[mutant.id]} {where}", f"    - {mutant.before}", f"    + {mutant.after}"]
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("rooms", nargs="*", help=f"of {', '.join(ROOMS)}; all, when none is named")
    parser.add_argument("--sample", type=int, help="as many mutants of each room, chosen by --seed; else all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants whose id, file or function contains this")
    parser.add_argument("--budget", type=float, default=20, help="seconds of tests for one mutant, the nearest first")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="try those once more that survived or were late")
    parser.add_argument("--show", action="store_true", help="list those that survived or were late; try nothing")
    return parser.parse_args()


def main() -> None:
    options = _options()
    os.chdir(ROOT)
    _FOLDER.mkdir(exist_ok=True)
    sys.dont_write_bytecode = True
    for name in _HEAVY:
        importlib.import_module(name)
    assert not any(name.partition(".")[0] in ("decaf", "decaf_protocol") for name in sys.modules)
    for room in [ROOMS[name] for name in options.rooms or ROOMS]:
        mutants = _chosen([mutant for path in room.files() for mutant in find(path)], options.sample, options.seed)
        mutants = [m for m in mutants if not options.only or options.only in f"{m.id} {m.path} {m.function}"]
        results = _Results(room)
        if not options.show:
            done = ("killed",) if options.again else ("killed", "late", "survived", "not covered")
            left = [mutant for mutant in mutants if results.known.get(mutant.id) not in done]
            _try(room, left, results, options)
        print(_summary(room, mutants, results.known, options.show), flush=True)


if __name__ == "__main__":
    main()
