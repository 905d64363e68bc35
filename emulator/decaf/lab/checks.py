"""What the lab expects, against what it counted: the rows of the table it ends with.

Rule: a scene never decides whether it went well; it hands over counts, and a Check compares them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of one scene, in words a learner can read aloud."""

    scene: str
    what: str
    expected: object
    got: object

    @property
    def ok(self) -> bool:
        return self.expected == self.got


def exit_status(checks: list[Check]) -> int:
    """0 when every check holds, else 1: a lab that checked nothing has not shown anything either."""
    return 0 if checks and all(check.ok for check in checks) else 1
