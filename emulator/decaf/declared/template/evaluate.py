"""Intrinsic functions: evaluates the values of a template to plain JSON values.

Rule: a value is evaluated only when it is needed. A function that is not in the table is an error, never text.

Source: CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from decaf.declared.template.dynamic import resolved
from decaf.declared.template.node import BadTemplate, Node
from decaf.declared.template.parameters import NO_VALUE, Stack, parameter
from decaf.declared.value import as_text

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_HOLE = re.compile(r"\$\{([^{}]*)\}")


class Resources(Protocol):
    """The names and ARNs by which a template refers to its resources."""

    def ref(self, logical_id: str, line: int) -> Any:
        """Return the Ref of a resource, None if there is no such resource. Raises BadTemplate if it is unknown yet."""

    def attribute(self, logical_id: str, name: str, line: int) -> Any:
        """Return the Fn::GetAtt of a resource. Raises BadTemplate if it is unknown yet."""


class Evaluator:
    """Evaluates a template's values in a stack."""

    def __init__(self, sections: Mapping[str, Node], stack: Stack, resources: Resources) -> None:
        self._parameters = _section(sections, "Parameters")
        self._mappings = _section(sections, "Mappings")
        self._conditions = _section(sections, "Conditions")
        self._extended = LANGUAGE_EXTENSIONS in transforms(sections)
        self._stack = stack
        self._pseudo = stack.pseudo_parameters()
        self._resources = resources
        self._under_way: set[str] = set()  # conditions that are being evaluated

    def value(self, node: Node) -> Any:
        """Return the value of a node; NO_VALUE for one that counts as absent. Raises BadTemplate."""
        found = self._unresolved(node)
        # Only now, as functions may have put a reference together.
        return resolved(found, self._stack.ssm, node.line) if isinstance(found, str) else found

    def _unresolved(self, node: Node) -> Any:
        if isinstance(node.value, list):
            return [value for value in map(self.value, node.value) if value is not NO_VALUE]
        if isinstance(node.value, dict):
            return self._mapping(node.value)
        if node.value is None:
            raise BadTemplate(node.line, "there is no value, and templates have no null")
        return node.value

    def holds(self, condition: Node) -> bool:
        """Whether a condition holds, given by its name or as a mapping. Raises BadTemplate."""
        if isinstance(condition.value, dict):
            return self._truth(condition)
        return self._condition(condition.text("Condition"), condition.line)

    def _condition(self, name: str, line: int) -> bool:
        if name not in self._conditions:
            raise BadTemplate(line, f"there is no condition {name}")
        if name in self._under_way:
            raise BadTemplate(line, f"the condition {name} depends on itself")
        self._under_way.add(name)
        try:
            return self._truth(self._conditions[name])
        finally:
            self._under_way.discard(name)

    def _mapping(self, mapping: Mapping[str, Node]) -> Any:
        (name, argument), *others = mapping.items() if mapping else [("", None)]
        if argument is not None and not others and (name == "Ref" or name.startswith("Fn::")):
            if name in _EXTENSIONS and not self._extended:
                raise BadTemplate(argument.line, f"{name} needs the transform {LANGUAGE_EXTENSIONS}")
            function = _FUNCTIONS.get(name)
            if function is None:
                raise BadTemplate(argument.line, f"{name} cannot be evaluated here")
            return function(self, argument)
        found = {key: self.value(node) for key, node in mapping.items()}
        return {key: value for key, value in found.items() if value is not NO_VALUE}

    def _ref(self, argument: Node) -> Any:
        return self._named(argument.text("Ref"), argument.line)

    def _named(self, name: str, line: int) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return parameter(name, self._parameters[name], self._stack)
        found = self._resources.ref(name, line)
        if found is None:
            raise BadTemplate(line, f"there is neither a parameter nor a resource {name}")
        return found

    def _get_att(self, argument: Node) -> Any:
        if isinstance(argument.value, str):
            logical_id, _, name = argument.value.partition(".")
        else:
            logical_id, name = (self._text(part, "Fn::GetAtt") for part in self._parts(argument, "Fn::GetAtt", 2))
        return self._resources.attribute(logical_id, name, argument.line)

    def _sub(self, argument: Node) -> str:
        text, values = argument, dict[str, Node]()
        if isinstance(argument.value, list):
            text, given = self._parts(argument, "Fn::Sub", 2)
            values = given.mapping("the second part of Fn::Sub")

        def fill(hole: re.Match[str]) -> str:
            name = hole[1].strip()
            if hole[1].startswith("!"):
                return "${" + hole[1][1:] + "}"
            if name in values:
                return self._text(values[name], name)
            logical_id, dot, attribute = name.partition(".")
            found = self._resources.attribute(logical_id, attribute, text.line) if dot else self._named(name, text.line)
            return _as_text(found, name, text.line)

        return _HOLE.sub(fill, text.text("Fn::Sub"))

    def _join(self, argument: Node) -> str:
        separator, listed = self._parts(argument, "Fn::Join", 2)
        return separator.text("the separator of Fn::Join").join(
            _as_text(value, "Fn::Join", argument.line) for value in self._list(listed, "Fn::Join")
        )

    def _split(self, argument: Node) -> list[str]:
        separator, text = self._parts(argument, "Fn::Split", 2)
        if not separator.text("the separator of Fn::Split"):
            raise BadTemplate(argument.line, "the separator of Fn::Split is empty")
        return self._text(text, "Fn::Split").split(separator.text("the separator of Fn::Split"))

    def _select(self, argument: Node) -> Any:
        index, listed = self._parts(argument, "Fn::Select", 2)
        number, values = self._text(index, "Fn::Select"), self._list(listed, "Fn::Select")
        if not (number.isascii() and number.isdigit() and int(number[:9]) < len(values)):
            raise BadTemplate(argument.line, f"Fn::Select finds no value number {number} among {len(values)}")
        return values[int(number)]

    def _find_in_map(self, argument: Node) -> Any:
        parts = argument.sequence("the argument of Fn::FindInMap")
        default = self._default(parts[3]) if len(parts) == 4 else None
        if default is None:
            parts = self._parts(argument, "Fn::FindInMap", 3)
        keys = [self._text(part, "Fn::FindInMap") for part in parts[:3]]
        found: Node | None = Node(dict(self._mappings), argument.line)
        for key in keys:
            found = None if found is None else found.mapping("the map of Fn::FindInMap").get(key)
        if found is None and default is None:
            raise BadTemplate(argument.line, f"Fn::FindInMap finds nothing at {'.'.join(keys)}")
        return self.value(found or default)  # type: ignore[arg-type]

    def _default(self, part: Node) -> Node:
        if not self._extended:
            raise BadTemplate(part.line, f"DefaultValue of Fn::FindInMap needs the transform {LANGUAGE_EXTENSIONS}")
        default = part.mapping("the fourth value of Fn::FindInMap").get("DefaultValue")
        if default is None:
            raise BadTemplate(part.line, "the fourth value of Fn::FindInMap is a DefaultValue")
        return default

    def _length(self, argument: Node) -> int:
        return len(self._list(argument, "Fn::Length"))

    def _to_json_string(self, argument: Node) -> str:
        value = self.value(argument)
        if not isinstance(value, list | dict):
            raise BadTemplate(argument.line, "Fn::ToJsonString takes a mapping or a list")
        return as_text(value)

    def _base64(self, argument: Node) -> str:
        return b64encode(self._text(argument, "Fn::Base64").encode(errors="surrogatepass")).decode()

    def _import_value(self, argument: Node) -> Any:
        name = self._text(argument, "Fn::ImportValue")
        if name not in self._stack.imports:
            raise BadTemplate(argument.line, f"no template before this one exports {name}")
        try:
            return self._stack.imports[name]()
        except BadTemplate as bad:
            raise BadTemplate(argument.line, f"the value of the export {name} is not known: {bad.reason}") from None

    def _if(self, argument: Node) -> Any:
        condition, then, other = self._parts(argument, "Fn::If", 3)
        return self.value(then if self.holds(condition) else other)

    def _truth(self, node: Node) -> bool:
        mapping = node.mapping("a condition")
        if len(mapping) == 1:
            ((name, argument),) = mapping.items()
            if name == "Condition":
                return self.holds(argument)
            if name in _CONDITIONS:
                return _CONDITIONS[name](self, argument)
        raise BadTemplate(node.line, "this is not a condition")

    def _equals(self, argument: Node) -> bool:
        one, other = (self.value(part) for part in self._parts(argument, "Fn::Equals", 2))
        return bool(_comparable(one) == _comparable(other))

    def _and(self, argument: Node) -> bool:
        return all(map(self._truth, argument.sequence("Fn::And")))

    def _or(self, argument: Node) -> bool:
        return any(map(self._truth, argument.sequence("Fn::Or")))

    def _not(self, argument: Node) -> bool:
        return not self._truth(self._parts(argument, "Fn::Not", 1)[0])

    def _parts(self, argument: Node, name: str, count: int) -> list[Node]:
        parts = argument.sequence(f"the argument of {name}")
        if len(parts) != count:
            raise BadTemplate(argument.line, f"{name} takes {count} values, not {len(parts)}")
        return parts

    def _text(self, node: Node, what: str) -> str:
        return _as_text(self.value(node), what, node.line)

    def _list(self, node: Node, what: str) -> list[Any]:
        values = self.value(node)
        if not isinstance(values, list):
            raise BadTemplate(node.line, f"{what} takes a list")
        return values


_FUNCTIONS: Mapping[str, Callable[[Evaluator, Node], Any]] = {
    "Ref": Evaluator._ref,
    "Fn::Base64": Evaluator._base64,
    "Fn::FindInMap": Evaluator._find_in_map,
    "Fn::GetAtt": Evaluator._get_att,
    "Fn::If": Evaluator._if,
    "Fn::ImportValue": Evaluator._import_value,
    "Fn::Join": Evaluator._join,
    "Fn::Length": Evaluator._length,
    "Fn::Select": Evaluator._select,
    "Fn::Split": Evaluator._split,
    "Fn::Sub": Evaluator._sub,
    "Fn::ToJsonString": Evaluator._to_json_string,
}
_EXTENSIONS = ("Fn::Length", "Fn::ToJsonString")

_CONDITIONS: Mapping[str, Callable[[Evaluator, Node], bool]] = {
    "Fn::And": Evaluator._and,
    "Fn::Equals": Evaluator._equals,
    "Fn::Not": Evaluator._not,
    "Fn::Or": Evaluator._or,
}


def transforms(sections: Mapping[str, Node]) -> list[Any]:
    """Return what a template names as its transforms."""
    named = sections.get("Transform", Node([], 1))
    return [one.value for one in (named.value if isinstance(named.value, list) else [named])]


def _section(sections: Mapping[str, Node], name: str) -> Mapping[str, Node]:
    return sections[name].mapping(name) if name in sections else {}


def _comparable(value: Any) -> Any:
    """Return a value as CloudFormation compares it: true as "true", 1 as "1"."""
    return value if isinstance(value, list | dict) else _plain(value)


def _as_text(value: Any, what: str, line: int) -> str:
    if isinstance(value, list | dict) or value is NO_VALUE:
        raise BadTemplate(line, f"{what} takes text, and this is not text")
    return _plain(value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
