"""The lab's expectations and its counts: the rows of the table at the end.

Rule: a scene never judges itself; it returns counts, and a Check compares them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of one scene, in plain words."""

    scene: str
    what: str
    expected: object
    got: object

    @property
    def ok(self) -> bool:
        return self.expected == self.got


def exit_status(checks: list[Check]) -> int:
    """Return 0 when there are checks and all hold, else 1."""
    return 0 if checks and all(check.ok for check in checks) else 1
