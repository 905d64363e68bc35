"""A data protection policy applied to the text of one message.

Rule: every statement searches the original text; only then is anything masked or removed.
Source: SNS Developer Guide, "Data protection policy operations".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from decaf.sns.data_protection.policy import DataProtectionPolicy, Direction, OperationName, Statement

if TYPE_CHECKING:
    from decaf.sns.data_protection.identifiers import Span


class Finding(msgspec.Struct, frozen=True):
    """Sensitive data of one kind, found by one statement. `spans` are places in the original text."""

    operation: OperationName
    identifier: str
    spans: tuple[Span, ...]


class Verdict(msgspec.Struct, frozen=True):
    """The `text` to pass on, unless the message is `denied`. The caller decides which audit findings are reported."""

    text: str
    denied: bool
    findings: tuple[Finding, ...]


def apply(policy: DataProtectionPolicy, direction: Direction, principal: str, text: str) -> Verdict:
    """Returns the verdict on a message published (Inbound) or delivered (Outbound) on behalf of `principal`, an ARN.

    A message that is empty once the data is removed is denied, too.
    """
    findings: list[Finding] = []
    changes: list[tuple[Span, str]] = []
    for statement in policy.statements:
        if statement.concerns(direction, principal):
            found = _search(statement, text)
            findings += found
            if statement.operation == "Deidentify":
                changes += ((span, statement.mask) for finding in found for span in finding.spans)
    changed = _replace(text, changes)
    denied = any(finding.operation == "Deny" for finding in findings) or (not changed.strip() and bool(text.strip()))
    return Verdict(changed, denied, tuple(findings))


def _search(statement: Statement, text: str) -> list[Finding]:
    found = ((name, tuple(search(text))) for name, search in statement.identifiers)
    return [Finding(statement.operation, name, spans) for name, spans in found if spans]


def _replace(text: str, changes: Iterable[tuple[Span, str]]) -> str:
    """Returns `text` with each span masked or removed. Where spans overlap, the first one counts."""
    parts: list[str] = []
    done = 0
    for (start, end), mask in sorted(changes):
        start = max(start, done)
        if start < end:
            parts += text[done:start], mask * (end - start)
            done = end
    return "".join(parts) + text[done:]
