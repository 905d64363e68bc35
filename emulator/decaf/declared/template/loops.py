"""Loops of a template: each Fn::ForEach is replaced by what it stands for, before anything else is read.

Source: CloudFormation Template Reference, "Fn::ForEach".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from decaf.declared.template.node import BadTemplate, Mapping, Node

_LOOP = "Fn::ForEach::"
_MOST_ROUNDS = 10_000  # of all loops together; a template may have 500 resources


@dataclass(slots=True)
class Loops:
    """Runs loops; `evaluate` returns the value of a collection. `allowed` is whether the template may have any."""

    evaluate: Callable[[Node], Any]
    allowed: bool
    _rounds_done: int = field(default=0, init=False)

    def run(self, node: Node) -> Node:
        """Return `node` without loops. Raises BadTemplate."""
        if isinstance(node.value, list):
            return Node([self.run(inner) for inner in node.value], node.line)
        if not isinstance(node.value, dict):
            return node
        found: Mapping = {}
        for name, inner in self._members(node.value):
            if name in found:
                raise BadTemplate(inner.line, f"{name} is there twice")
            found[name] = inner
        return Node(found, node.line)

    def _members(self, mapping: Mapping) -> Iterator[tuple[str, Node]]:
        for name, inner in mapping.items():
            if name.startswith(_LOOP):
                yield from self._rounds(name, inner)
            else:
                yield name, self.run(inner)

    def _rounds(self, name: str, loop: Node) -> Iterator[tuple[str, Node]]:
        if not self.allowed:
            raise BadTemplate(loop.line, f"{name} needs the transform AWS::LanguageExtensions")
        parts = loop.sequence(f"the argument of {name}")
        if len(parts) != 3:
            raise BadTemplate(loop.line, f"{name} takes 3 values, not {len(parts)}")
        identifier, collection, fragment = parts
        for value in self._collection(name, collection):
            self._rounds_done += 1
            if self._rounds_done > _MOST_ROUNDS:
                raise BadTemplate(loop.line, f"the loops have more than {_MOST_ROUNDS} rounds")
            filled = _filled(fragment, identifier.text(f"the identifier of {name}"), value)
            yield from self.run(filled).mapping(f"the output of {name}").items()

    def _collection(self, name: str, node: Node) -> list[str]:
        values = self.evaluate(node)
        if not isinstance(values, list) or any(isinstance(value, list | dict) for value in values):
            raise BadTemplate(node.line, f"the collection of {name} is not a list of texts")
        return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def _filled(node: Node, identifier: str, value: str) -> Node:
    """Return a copy of `node` with `value` for the identifier: in ${it}, &{it} and Ref."""
    if isinstance(node.value, list):
        return Node([_filled(inner, identifier, value) for inner in node.value], node.line)
    if isinstance(node.value, str):
        return Node(_replaced(node.value, identifier, value), node.line)
    if not isinstance(node.value, dict):
        return node
    if set(node.value) == {"Ref"} and node.value["Ref"].value == identifier:
        return Node(value, node.line)
    return Node(
        {_replaced(key, identifier, value): _filled(inner, identifier, value) for key, inner in node.value.items()},
        node.line,
    )


def _replaced(text: str, identifier: str, value: str) -> str:
    """Return `text` with the value; &{it} takes only its letters and digits, which logical ids consist of."""
    letters = "".join(each for each in value if each.isascii() and each.isalnum())
    return text.replace(f"${{{identifier}}}", value).replace(f"&{{{identifier}}}", letters)
