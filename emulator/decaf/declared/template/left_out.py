"""What is left out of a template: a note sums up the resources of other services, another one the functions.

Rule: what would have received from a queue or a stream is named with it, since its messages will wait there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from decaf.declared.template.node import BadTemplate, Node

_NAMED = 5  # logical ids of each type
_LISTENERS = {  # types that receive messages: the properties for who does, and from what
    "AWS::Lambda::EventSourceMapping": ("FunctionName", "EventSourceArn"),
    "AWS::Pipes::Pipe": ("Target", "Source"),
}


@dataclass(slots=True)
class LeftOut:
    """The resources left out so far. `evaluate` returns the value of a node."""

    evaluate: Callable[[Node], Any]
    _by_type: dict[str, list[str]] = field(default_factory=dict)
    _functions: dict[str, list[str]] = field(default_factory=dict)  # by the reason
    _listening: dict[str, None] = field(default_factory=dict)

    def add(self, logical_id: str, kind: str) -> None:
        self._by_type.setdefault(kind, []).append(logical_id)

    def add_function(self, logical_id: str, reason: str) -> None:
        self._functions.setdefault(reason, []).append(logical_id)

    def listen(self, kind: str, properties: Node | None) -> None:
        """Note who would have listened to what, if resources of this type do."""
        if kind in _LISTENERS and properties is not None and isinstance(properties.value, dict):
            who, what = (self._short(properties.value.get(name)) for name in _LISTENERS[kind])
            if who and what:
                self._listening[f"{who} would have received from {what}"] = None

    def _short(self, node: Node | None) -> str | None:
        """Return the last part of an ARN or name, None if it cannot be known."""
        try:
            value = None if node is None else self.evaluate(node)
        except BadTemplate:
            return None
        return value.rpartition(":")[2] if isinstance(value, str) else None

    def notes(self, source: str) -> tuple[str, ...]:
        """Return the notes about them, none if nothing was left out."""
        listening = [f"{source}: {'; '.join(self._listening)}"] if self._listening else []
        return (*self._of_types(source), *self._of_functions(source), *listening)

    def _of_types(self, source: str) -> Iterator[str]:
        if self._by_type:
            count = sum(map(len, self._by_type.values()))
            types = ", ".join(f"{kind} ({_listed(ids)})" for kind, ids in sorted(self._by_type.items()))
            what = "1 resource of another service is" if count == 1 else f"{count} resources of other services are"
            yield f"{source}: {what} skipped: {types}"

    def _of_functions(self, source: str) -> Iterator[str]:
        if self._functions:
            reasons = "; ".join(f"{_listed(ids)}: {reason}" for reason, ids in self._functions.items())
            yield (
                f"{source}: functions are left out, as nothing here can run them ({reasons}). "
                "To run one, register a function under its logical id"
            )


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
