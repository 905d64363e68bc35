"""The rooms that are mutated, and the tests nearest to each.

Rule: the tests run in the mutated process itself; those that start Decaf in a process of its own are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SOURCES = (ROOT / "emulator", ROOT / "protocol")


@dataclass(frozen=True, slots=True)
class Room:
    """Source files, and the tests that must notice when one of them is wrong."""

    name: str
    sources: tuple[str, ...]  # files and folders, from the repository's root
    tests: tuple[str, ...]  # the same
    left_out: tuple[str, ...] = ()  # tests among those: in processes of their own, or bound to the machine's time

    def files(self) -> list[Path]:
        """The source files that have code."""
        return _python_files(self.sources)

    def test_files(self) -> list[Path]:
        """The files of its tests."""
        return _python_files(self.tests)


def _python_files(places: tuple[str, ...]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found.extend(sorted(path.rglob("*.py")) if path.is_dir() else [path])
    return [path for path in found if path.stat().st_size]


ROOMS = {
    room.name: room
    for room in (
        Room(
            "edge",
            ("emulator/decaf/http/edge.py", "emulator/decaf/http/head.py"),
            ("tests/decaf/http", "tests/decaf/sqs/test_waiting.py"),
            left_out=("tests/decaf/http/test_stopping.py", "_crowd_", "_few_files", "_tiny_"),
        ),
        Room(
            "filters", ("emulator/decaf/sns/filters",), ("tests/decaf/sns/filters", "tests/decaf/sns/test_filtering.py")
        ),
        Room(
            "sqs",
            ("emulator/decaf/sqs",),
            (
                "tests/decaf/sqs",
                "tests/decaf/test_moves.py",
                "tests/decaf/test_due.py",
                "tests/decaf/persistence",
                "tests/decaf/observe",
            ),
        ),
        Room(
            "delivery",
            ("emulator/decaf/delivery",),
            (
                "tests/decaf/delivery",
                "tests/decaf/sns",
                "tests/decaf/faults",
                "tests/decaf/persistence/test_going_on.py",
                "tests/decaf/sqs/test_memory_limit.py",
                "tests/decaf/test_long_work.py",
            ),
            left_out=(
                "tests/decaf/sns/filters",
                "tests/decaf/sns/data_protection/test_identifiers.py",
                "tests/decaf/sns/data_protection/test_policy.py",
            ),
        ),
        Room(
            "persistence",
            ("emulator/decaf/persistence",),
            (
                "tests/decaf/persistence",
                "tests/decaf/control/test_snapshots.py",
                "tests/decaf/testing/test_snapshots.py",
                "tests/decaf/sqs/test_fair.py",
                "tests/decaf/sqs/test_fifo.py",
                "tests/decaf/sqs/test_move_tasks.py",
                "tests/decaf/sqs/test_queues.py",
                "tests/decaf/sqs/test_tags.py",
                "tests/decaf/sns/sms",
                "tests/decaf/sns/test_archive.py",
                "tests/decaf/sns/test_deliveries.py",
                "tests/decaf/sns/test_fifo_topics.py",
                "tests/decaf/sns/test_inbox.py",
                "tests/decaf/sns/test_platforms.py",
                "tests/decaf/sns/test_retry_policy.py",
                "tests/decaf/sns/test_subscriptions.py",
                "tests/decaf/sns/test_topics.py",
            ),
        ),
    )
}
