"""The page on the doctor names every check, with its severities."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
CHECKS = ROOT / "emulator" / "decaf" / "control" / "doctor"


def test_it_names_every_finding() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(CHECKS.glob("*.py")))
    assert re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE) == [
        "subscription-unconfirmed",
        "queue-policy",
        "filter-never-matches",
        "dead-letter-retention",
        "one-receive",
        "poison-message",
        "visibility-timeout",
        "late-deletion",
        "deleted-before-work",
        "short-polling",
        "one-group",
        "dropped-duplicate",
    ]
    assert set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)) == set(re.findall(r'check="([\w-]+)"', code))
