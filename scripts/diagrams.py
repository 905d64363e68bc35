"""Writes the diagrams in docs/architecture.md and docs/life-of-a-message.md from the tables that they show.

Rule: the rooms are those of tests/test_layers.py, their arrows the imports in the code, the states and their moves
those of decaf/sqs/message.py. The words around a diagram are written by hand.

    python -m scripts.diagrams
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from decaf.sqs.message import ENTRY, MOVES, State
from tests.test_layers import MODULES, ROOMS, imports, room

DOCS = Path(__file__).parent.parent / "docs"

_BLOCK = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
_ENTRIES = {State.DELAYED: "sent with a delay", State.VISIBLE: "sent"}
_CAUSES = {
    (State.DELAYED, State.VISIBLE): "the delay ends",
    (State.DELAYED, State.EXPIRED): "retention ends",
    (State.VISIBLE, State.DELAYED): "a FIFO queue's delay grows",
    (State.VISIBLE, State.IN_FLIGHT): "ReceiveMessage, ChangeMessageVisibility",
    (State.VISIBLE, State.DELETED): "DeleteMessage",
    (State.VISIBLE, State.EXPIRED): "retention ends",
    (State.VISIBLE, State.DEAD_LETTERED): "one receive too many",
    (State.IN_FLIGHT, State.IN_FLIGHT): "ChangeMessageVisibility",
    (State.IN_FLIGHT, State.VISIBLE): "the visibility timeout ends",
    (State.IN_FLIGHT, State.DELETED): "DeleteMessage, a move task",
    (State.IN_FLIGHT, State.EXPIRED): "retention ends",
}


def architecture() -> str:
    """Returns the rooms, each with an arrow to those that it stands on directly."""
    reached = {name: _below(name) for name in ROOMS}
    lines = ["flowchart BT", *(f'    {_node(name)}["{_short(name)}"]' for name in ROOMS)]
    for name in ROOMS:
        direct = reached[name].difference(*(reached[other] for other in reached[name]))
        lines += [f"    {_node(name)} --> {_node(other)}" for other in sorted(direct, key=ROOMS.index)]
    return _mermaid(lines)


@cache
def _below(name: str) -> frozenset[str]:
    """Returns the rooms that a room imports from, directly or by way of others."""
    imported = {room(other) for module in MODULES if room(module) == name for other in imports(module)}
    direct = frozenset(imported - {name})
    return direct.union(*(_below(other) for other in direct))


def life_of_a_message() -> str:
    """Returns the states of a message and its moves between them, each with what causes it."""
    lines = ["stateDiagram-v2", *(f"    [*] --> {state.name}: {_ENTRIES[state]}" for state in sorted(ENTRY))]
    for state, targets in MOVES.items():
        lines += [f"    {state.name} --> {target.name}: {_CAUSES[state, target]}" for target in sorted(targets)]
    lines += [f"    {state.name} --> [*]" for state, targets in MOVES.items() if not targets]
    return _mermaid(lines)


def _short(name: str) -> str:
    return name.removeprefix("decaf.")


def _node(name: str) -> str:
    return _short(name).strip("_")


def _mermaid(lines: list[str]) -> str:
    return "\n".join(["```mermaid", *lines, "```", ""])


DIAGRAMS = {DOCS / "architecture.md": architecture, DOCS / "life-of-a-message.md": life_of_a_message}


def drawn(page: Path) -> str:
    """Returns the text of a page with its diagram as it has to be now."""
    return _BLOCK.sub(lambda _: DIAGRAMS[page](), page.read_text(encoding="utf-8"), count=1)


if __name__ == "__main__":
    for page in DIAGRAMS:
        page.write_text(drawn(page), encoding="utf-8")
