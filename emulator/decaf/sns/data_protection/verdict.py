"""What a data protection policy does to one message.

Rule: every statement looks at the message as it came; only then is anything masked or removed.
Source: SNS Developer Guide, "Data protection policy operations".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decaf.sns.data_protection.policy import DataProtectionPolicy, Direction, OperationName, Statement

if TYPE_CHECKING:
    from decaf.sns.data_protection.identifiers import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """Sensitive data of one kind, found by one statement. `spans` are places in the message as it came."""

    operation: OperationName
    identifier: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The message as it goes on, unless it is `denied`. Which findings of an audit are reported is for the caller."""

    text: str
    denied: bool
    findings: tuple[Finding, ...]


def apply(policy: DataProtectionPolicy, direction: Direction, principal: str, text: str) -> Verdict:
    """The verdict on a message that is published (Inbound) or delivered (Outbound) on behalf of `principal`.

    A message of which removing leaves nothing is denied too.
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
    """`text` with each span masked or removed. Where spans overlap, the first keeps what it covers."""
    parts: list[str] = []
    done = 0
    for (start, end), mask in sorted(changes):
        start = max(start, done)
        if start < end:
            parts += text[done:start], mask * (end - start)
            done = end
    return "".join(parts) + text[done:]
