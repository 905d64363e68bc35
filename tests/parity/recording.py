"""Answers of AWS as files: the normalised trace of a scenario, or those of its steps that an answer is known of.

`{"source": who recorded it, "steps": {step: what a client saw}}`, in recorded/<scenario>.json. Where the source says
"quoted", nobody has run the scenario on AWS: the steps were put together from answers of AWS that are public.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .trace import Trace

FOLDER = Path(__file__).parent / "recorded"


@dataclass(frozen=True, slots=True)
class Recording:
    """What AWS answered in a scenario."""

    source: str
    steps: Trace


def recorded_scenarios() -> list[str]:
    """The names of the scenarios that there are recordings of."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read(scenario: str) -> Recording:
    return Recording(**json.loads((FOLDER / f"{scenario}.json").read_text(encoding="utf-8")))


def write(scenario: str, recording: Recording) -> None:
    document = {"source": recording.source, "steps": recording.steps}
    text = json.dumps(document, indent=2, ensure_ascii=False)
    (FOLDER / f"{scenario}.json").write_text(text + "\n", encoding="utf-8")
