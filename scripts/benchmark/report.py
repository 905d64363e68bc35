"""The results, the errors among them, and their tables."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field

from .rows import BOTO_SEND, JUDGED, REMEMBERED, WAKE_UPS
from .samples import Sample, ratio, spread, table
from .servers import DECAF, ENFORCE, FORGETFUL, LEAST, OFF, RESPONDER, STATIC, WARN
from .start_up import Start
from .years import LIMIT

MOST_FOR_HISTORY = 1.05  # times the CPU of a call without history
MOST_FOR_ACCESS = 1.03  # times the CPU of a call that nobody judges

_FLOORS = (RESPONDER, LEAST)  # each row's CPU is compared with theirs
_MIB = 2**20


@dataclass(slots=True)
class Report:
    """Results by row and server; `wrong` has a line for each wrong response."""

    costs: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    readings: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)  # by title, unit and server
    delays: dict[str, list[list[float]]] = field(default_factory=dict)  # by server
    years: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # seconds that each took
    starts: dict[tuple[str, str], list[Start]] = field(default_factory=dict)
    grown_from: dict[str, str] = field(default_factory=dict)  # a row -> the row that does the same with less
    busy: Counter[tuple[str, str]] = field(default_factory=Counter)  # rounds that count although the machine was busy
    wrong: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return all tables that have a line, as Markdown."""
        tables = (
            self._costs(),
            self._growth(),
            self._history(),
            self._access(),
            self._boto(),
            self._delays(),
            self._years(),
            self._readings(),
            self._starts(),
            "\n".join(self.wrong),
        )
        return "\n\n".join(text for text in tables if text)

    def _costs(self) -> str:
        columns = [
            "what",
            "server",
            "per second",
            "µs of the server's CPU each",
            *(f"times {floor}" for floor in _FLOORS),
        ]
        lines = [
            [
                title,
                server,
                spread([s.rate for s in samples]),
                spread([s.cost for s in samples]) + self._busy(title, server),
                *(self._times(title, samples, floor) for floor in _FLOORS),
            ]
            for (title, server), samples in self.costs.items()
        ]
        return table(columns, lines)

    def _busy(self, title: str, server: str) -> str:
        """Return what to add to a figure of which rounds count although the machine was busy."""
        rounds = self.busy[title, server]
        return f", busy in {rounds}" if rounds else ""

    def _times(self, title: str, samples: list[Sample], floor: str) -> str:
        least = self.costs.get((title, floor))
        return ratio([s.cost for s in samples], [s.cost for s in least]) if least else ""

    def _growth(self) -> str:
        lines = [
            [title, server, ratio([s.cost for s in samples], [s.cost for s in smaller])]
            for (title, server), samples in self.costs.items()
            if (smaller := self.costs.get((self.grown_from.get(title, ""), server)))
        ]
        return table(["what", "server", "times the CPU of the smallest"], lines)

    def _history(self) -> str:
        line = self._against(REMEMBERED, DECAF, FORGETFUL, MOST_FOR_HISTORY)
        return table(["what", "server", "times the CPU without", "at most"], [line]) if line else ""

    def _access(self) -> str:
        found = (self._against(JUDGED, server, OFF, MOST_FOR_ACCESS) for server in (WARN, ENFORCE))
        lines = [line for line in found if line]
        return table(["what", "server", "times the CPU with access off", "at most"], lines) if lines else ""

    def _against(self, title: str, server: str, other: str, most: float) -> list[str] | None:
        """Returns the line of a server with something against one without; None where either was not measured."""
        on, off = (self.costs.get((title, name), []) for name in (server, other))
        return (
            [title, server, ratio([s.cost for s in on], [s.cost for s in off]), f"{most:.2f}"] if on and off else None
        )

    def _years(self) -> str:
        lines = [
            [title, server, spread(took, 2) + self._busy(title, server), f"{LIMIT:g}"]
            for (title, server), took in self.years.items()
        ]
        return table(["what", "server", "seconds", "at most"], lines)

    def _boto(self) -> str:
        """Return the server's share of a user's call: the time beyond that of a static response."""
        floor = self.costs.get((BOTO_SEND, STATIC))
        lines = []
        for (title, server), samples in self.costs.items():
            if floor and title == BOTO_SEND:
                each = [1_000 / sample.rate for sample in samples]
                share = max(0.0, 1 - statistics.median(s.rate / f.rate for s, f in zip(samples, floor, strict=False)))
                lines.append([title, server, spread(each, 2), "" if server == STATIC else f"{share:.0%}"])
        return table(["what", "server", "ms per call", "share above static answers"], lines)

    def _delays(self) -> str:
        lines = []
        for server, rounds in self.delays.items():
            delays = [delay * 1_000 for delays in rounds for delay in delays]
            cuts = statistics.quantiles(delays, n=100)
            p99 = f"{cuts[98]:.2f}{self._busy(WAKE_UPS, server)}"
            lines.append([WAKE_UPS, server, f"{cuts[49]:.2f}", p99, str(len(delays))])
        return table(["what", "server", "p50 ms", "p99 ms", "wake-ups"], lines)

    def _readings(self) -> str:
        lines = [
            [title, server, spread(values) + self._busy(title, server), unit]
            for (title, unit, server), values in self.readings.items()
        ]
        return table(["what", "server", "figure", "unit"], lines)

    def _starts(self) -> str:
        lines = [
            [
                title,
                server,
                spread([s.wall for s in starts], 2),
                spread([s.cpu for s in starts], 2) + self._busy(title, server),
                spread([s.memory / _MIB for s in starts], 1),
            ]
            for (title, server), starts in self.starts.items()
        ]
        return table(["what", "server", "seconds", "CPU seconds", "MiB then"], lines)
