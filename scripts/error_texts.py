"""Writes docs/errors.md: every text that an error can have, and how it is known that AWS words it so.

Rule: the texts are read from the source: what is passed to AWSError, and to the functions that put a text into one. The
evidence is by hand, in the errors.toml beside each errors.py: a text is recorded (an answer of AWS, or a report that
quotes one), documented (a page of AWS has it), or ours.

    python -m scripts.error_texts
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "errors.md"

KINDS = ("recorded", "documented", "ours")

# Functions and exceptions that put a text into an error, and which argument it is.
_WORDED = {
    "AWSError": 1,
    "BadAttribute": 0,
    "conflict": 0,
    "DataProtectionError": 0,
    "FilterPolicyError": 0,
    "incomplete_signature": 0,
    "invalid": 0,
    "invalid_attribute_value": 1,
    "invalid_mapping": 0,
    "invalid_message_attribute": 0,
    "invalid_parameter": 2,
    "invalid_signature": 0,
    "invalid_value": 0,
    "not_found": 0,
    "over_limit": 0,
    "refuse": 0,
    "refused": 1,
    "throttled": 0,
    "user_error": 0,
    "violation": 3,
    "_not_allowed": 1,
}


@dataclass(frozen=True, slots=True)
class Service:
    """Whose texts they are: the folders whose source has them, and the table of their evidence."""

    name: str
    folders: tuple[str, ...]
    evidence: Path


SERVICES = (
    Service("SQS", ("emulator/decaf/sqs", "emulator/decaf/api/sqs"), ROOT / "emulator/decaf/sqs/errors.toml"),
    Service("SNS", ("emulator/decaf/sns", "emulator/decaf/api/sns"), ROOT / "emulator/decaf/sns/errors.toml"),
    Service(
        "Lambda",
        ("emulator/decaf/functions", "emulator/decaf/api/lambda_"),
        ROOT / "emulator/decaf/functions/errors.toml",
    ),
    Service(
        "All services",
        (
            "protocol/decaf_protocol",
            "emulator/decaf/base",
            "emulator/decaf/access",
            "emulator/decaf/handling.py",
            "emulator/decaf/api/sts.py",
        ),
        ROOT / "emulator/decaf/base/errors.toml",
    ),
)


_INTRODUCTION = (
    "# Texts of errors",
    "",
    "For those who got an error, and ask what it means and whether AWS would say the same.",
    "",
    "Every text that an error of Decaf can have, and how it is known that AWS words it so: *recorded*, in an answer",
    "of AWS or a report that quotes one; *documented*, on a page of AWS; or *ours*, where neither is known. What",
    "varies in a text is in braces. This page is made by `python -m scripts.error_texts`.",
    "",
)


def texts_of(service: Service) -> list[str]:
    """The texts of a service's errors, in order; what varies in one is in braces."""
    files = (file for folder in service.folders for file in _files(ROOT / folder))
    return sorted({text for file in files for text in _texts(ast.parse(file.read_text(encoding="utf-8")))})


def evidence_of(service: Service) -> dict[str, tuple[str, str]]:
    """Text, as `plain` makes it -> its kind of evidence, and the source; of what is ours there may be none."""
    table = tomllib.loads(service.evidence.read_text(encoding="utf-8"))
    return {plain(text): (kind, source) for kind in KINDS for text, source in table.get(kind, {}).items()}


def plain(text: str) -> str:
    """A text without the names of what varies in it, which are the source's own."""
    return _VARYING.sub("{}", text)


_VARYING = re.compile(r"\{[^{}]*\}")


def render() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from _INTRODUCTION
    yield "| | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---:|" * len(KINDS)
    for service in SERVICES:
        found = [kind for kind, _ in evidence_of(service).values()]
        yield f"| {service.name} | " + " | ".join(str(found.count(kind)) for kind in KINDS) + " |"
    for service in SERVICES:
        evidence = evidence_of(service)
        yield from ("", f"## {service.name}", "", "| Text | Evidence | Source |", "|---|---|---|")
        for text in texts_of(service):
            kind, source = evidence.get(plain(text), ("", ""))
            yield f"| {_cell(text)} | {kind} | {_cell(source)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").replace("*", "\\*")


def _files(path: Path) -> Iterable[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def _texts(module: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (place := _WORDED.get(_called(node))) is not None and len(node.args) > place:
            yield from _worded(node.args[place], constants)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _worded(node: ast.expr, constants: dict[str, ast.expr]) -> Iterator[str]:
    """The texts that an argument can be; none where it is only passed on."""
    if isinstance(node, ast.Name) and node.id in constants:
        yield from _worded(constants[node.id], constants)
    elif isinstance(node, ast.IfExp):
        yield from _worded(node.body, constants)
        yield from _worded(node.orelse, constants)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(_part(part) for part in node.values)


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return "{" + (ast.unparse(part.value).rpartition(".")[2] if _is_name(part.value) else "...") + "}"
    return str(part.value) if isinstance(part, ast.Constant) else ""


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    for each in SERVICES:
        for text in sorted(set(map(plain, texts_of(each))) - evidence_of(each).keys()):
            print(f"{each.evidence.relative_to(ROOT)}: no evidence for {text!r}")
