"""A template as it is written: YAML or JSON, with the line of everything in it.

Rule: only what CloudFormation takes of YAML is taken; text that merely looks like a date or an octal number stays
text. A short tag, `!Ref x`, is the mapping it stands for. JSON is read as the YAML that it is.

Source: CloudFormation User Guide, "Template formats".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

Mapping = dict[str, "Node"]
Scalar = str | int | float | bool | None


class BadTemplate(Exception):
    """A template cannot be read as one, or not be honoured, because of what is at a line (counted from 1)."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Node:
    """A value, and the line where it begins."""

    value: Mapping | list[Node] | Scalar
    line: int

    def mapping(self, what: str) -> Mapping:
        """The value, if it is a mapping. Raises BadTemplate, calling it `what`."""
        if not isinstance(self.value, dict):
            raise BadTemplate(self.line, f"{what} is no mapping")
        return self.value

    def sequence(self, what: str) -> list[Node]:
        """The value, if it is a list. Raises BadTemplate, calling it `what`."""
        if not isinstance(self.value, list):
            raise BadTemplate(self.line, f"{what} is no list")
        return self.value

    def text(self, what: str) -> str:
        """The value, if it is text. Raises BadTemplate, calling it `what`."""
        if not isinstance(self.value, str):
            raise BadTemplate(self.line, f"{what} is no text")
        return self.value


def read(text: str) -> Node:
    """The template that `text` is. Raises BadTemplate."""
    import yaml

    try:
        return _Reader(yaml.SafeLoader(_as_yaml(text))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadTemplate(1 if mark is None else mark.line + 1, str(error.problem)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two for escapes of no character
        raise BadTemplate(1, " ".join(str(error).split())) from None
    except RecursionError:
        raise BadTemplate(1, "values are nested too deeply") from None


def _as_yaml(text: str) -> str:
    """JSON may be indented by tabs, which stand in no text of it; YAML may not."""
    return text.replace("\t", " ") if text.lstrip("\ufeff \t\r\n").startswith("{") else text


class _Reader:
    """Turns a loader's nodes into ours."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._seen: set[int] = set()

    def document(self) -> Node:
        root = self._loader.get_single_node()
        if root is None:
            raise BadTemplate(1, "there is nothing in it")
        return self._read(root)

    def _read(self, node: Any, key_line: int | None = None) -> Node:
        line = node.start_mark.line + 1
        if id(node) in self._seen:  # its line is that of what the alias stands for
            raise BadTemplate(key_line or line, "CloudFormation takes no aliases (*name)")
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
                raise BadTemplate(line, "a key is no text")
            name = _joined(key.value)
            if name in found and found[name].value is not None:  # an empty one beside it is usual, and does no harm
                raise BadTemplate(line, f"there are two of {name}")
            read = self._read(value, line)
            found[name] = Node(read.value, read.line if isinstance(read.value, str) else line)
        return found


def _intrinsic(tag: str, argument: Node) -> Node:
    """What a short tag stands for; `!GetAtt a.b` and `!Condition x` have forms of their own."""
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if tag == "GetAtt" and isinstance(argument.value, str):
        logical_id, _, attribute = argument.value.partition(".")
        argument = Node([Node(logical_id, argument.line), Node(attribute, argument.line)], argument.line)
    return Node({name: argument}, argument.line)


def _joined(text: str) -> str:
    """`text`, its pairs of surrogates joined: JSON has such pairs for what is beyond the basic plane."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _scalar(kind: str, text: str) -> Scalar:
    """The value of a plain scalar: only what JSON has too is more than text."""
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
        return number if number - number == 0 else text  # neither infinite nor no number
    return text
