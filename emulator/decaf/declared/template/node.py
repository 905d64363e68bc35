"""The text of a template, YAML or JSON, read into nodes that know their lines.

Rule: only the YAML that CloudFormation accepts is accepted; text that looks like a date or an octal number stays text.
A short tag, `!Ref x`, is read as the mapping it stands for. JSON is read as YAML, which includes it.

Source: CloudFormation User Guide, "Template formats".
"""

from __future__ import annotations

from collections.abc import Mapping as ReadableMapping
from collections.abc import Set
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import yaml

Mapping = dict[str, "Node"]
Scalar = str | int | float | bool | None


class BadTemplate(Exception):
    """A template has an error at a line, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason


class Node(msgspec.Struct, frozen=True):
    """A value, and the line where it begins."""

    value: Mapping | list[Node] | Scalar
    line: int

    def mapping(self, what: str) -> Mapping:
        """Return the value, which must be a mapping. Raises BadTemplate, in which it is named `what`."""
        if not isinstance(self.value, dict):
            raise BadTemplate(self.line, f"{what} is not a mapping")
        return self.value

    def sequence(self, what: str) -> list[Node]:
        """Return the value, which must be a list. Raises BadTemplate, in which it is named `what`."""
        if not isinstance(self.value, list):
            raise BadTemplate(self.line, f"{what} is not a list")
        return self.value

    def text(self, what: str) -> str:
        """Return the value, which must be text. Raises BadTemplate, in which it is named `what`."""
        if not isinstance(self.value, str):
            raise BadTemplate(self.line, f"{what} is not text")
        return self.value


def check_properties(what: str, given: ReadableMapping[str, Node], known: Set[str]) -> None:
    """Raise BadTemplate for a property that `what` does not have."""
    for name, value in given.items():
        if name not in known:
            raise BadTemplate(value.line, f"{what} has no property {name}")


def read(text: str) -> Node:
    """Return the root of the template in `text`. Raises BadTemplate."""
    import yaml

    try:
        return _Reader(yaml.SafeLoader(_as_yaml(text))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadTemplate(1 if mark is None else mark.line + 1, str(error.problem)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two for escapes that are no characters
        raise BadTemplate(1, " ".join(str(error).split())) from None
    except RecursionError:
        raise BadTemplate(1, "values are nested too deeply") from None


def _as_yaml(text: str) -> str:
    """Return `text` without tabs if it is JSON, whose texts cannot have any: YAML may not be indented by tabs."""
    return text.replace("\t", " ") if text.lstrip("\ufeff \t\r\n").startswith("{") else text


class _Reader:
    """Turns the nodes of a YAML loader into ours."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._seen: set[int] = set()

    def document(self) -> Node:
        root = self._loader.get_single_node()
        if root is None:
            raise BadTemplate(1, "the template is empty")
        return self._read(root)

    def _read(self, node: Any, key_line: int | None = None) -> Node:
        line = node.start_mark.line + 1
        if id(node) in self._seen:  # an alias; the node's own line is that of its anchor
            raise BadTemplate(key_line or line, "CloudFormation accepts no aliases (*name)")
        self._seen.add(id(node))
        if node.tag.startswith("!"):
            return _intrinsic(node.tag[1:], Node(self._value(node, tagged=True), line))
        return Node(self._value(node), line)

    def _value(self, node: Any, tagged: bool = False) -> Any:
        if node.id == "mapping":
            return self._mapping(node)
        if node.id == "sequence":
            return [self._read(inner) for inner in node.value]
        return _joined(node.value) if tagged else _scalar(node.tag.rpartition(":")[2], _joined(node.value))

    def _mapping(self, node: Any) -> Mapping:
        found: Mapping = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.id != "scalar" or key.tag.endswith(":merge"):
                raise BadTemplate(line, "a key is not text")
            name = _joined(key.value)
            if name in found and found[name].value is not None:  # an empty one beside it is common, and harmless
                raise BadTemplate(line, f"{name} is there twice")
            read = self._read(value, line)
            found[name] = Node(read.value, read.line if isinstance(read.value, str) else line)
        return found


def _intrinsic(tag: str, argument: Node) -> Node:
    """Return the mapping that a short tag stands for; `!GetAtt a.b` and `!Condition x` have forms of their own."""
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if tag == "GetAtt" and isinstance(argument.value, str):
        logical_id, _, attribute = argument.value.partition(".")
        argument = Node([Node(logical_id, argument.line), Node(attribute, argument.line)], argument.line)
    return Node({name: argument}, argument.line)


def _joined(text: str) -> str:
    """Return `text` with its surrogate pairs joined, in which JSON escapes characters beyond the basic plane."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _scalar(kind: str, text: str) -> Scalar:
    """Return the value of a plain scalar: text, unless JSON has the form, too."""
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "int" and len(text) < 20 and text.lstrip("+-").isdigit() and str(int(text)) == text:
        return int(text)
    if kind == "float":
        try:
            number = float(text)
        except ValueError:
            return text
        return number if number - number == 0 else text  # text for infinity and nan
    return text
