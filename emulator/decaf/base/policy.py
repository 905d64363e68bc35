"""Resource policies: the JSON documents that grant access to a queue or a topic.

Rule: a policy is checked here as AWS checks it when it is set: its form, that its actions are the service's own,
and its limits. A policy that was read is plain JSON, so it is written as it was read.

Source: the IAM User Guide, "IAM JSON policy reference"; Amazon SQS Developer Guide, "Quotas related to policies".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Statement = dict[str, Any]

DEFAULT_VERSION = "2008-10-17"
_VERSIONS = (DEFAULT_VERSION, "2012-10-17")
_FIELDS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_FIELDS = frozenset({"Sid", "Effect", "Condition"})
_NEEDED = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class BadPolicy(Exception):
    """The text is not a policy."""


class PolicyOverLimit(Exception):
    """A policy exceeds a limit: it has `found` of `what` (such as "statements"), where `most` are allowed."""

    def __init__(self, found: int, what: str, most: int) -> None:
        super().__init__(found, what, most)
        self.found, self.what, self.most = found, what, most


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a policy: its size in bytes, and how many statements, principals and conditions it may have."""

    size: int
    statements: int
    principals: int
    conditions: int


def parse(text: str, service: str, limits: Limits) -> Document:
    """Return the policy in `text`, for a resource of `service` ("sqs", "sns").

    Raises BadPolicy when the text is not a policy, PolicyOverLimit when it exceeds `limits`.
    """
    document = read(text)
    found = statements(document)
    if document.keys() - _FIELDS or document.get("Version", DEFAULT_VERSION) not in _VERSIONS or not found:
        raise BadPolicy
    for statement in found:
        _check(statement, service)
    for count, what, most in (
        (len(text.encode(errors="surrogatepass")), "bytes", limits.size),
        (len(found), "statements", limits.statements),
        (sum(map(_count_principals, found)), "principals", limits.principals),
        (sum(map(_count_conditions, found)), "conditions", limits.conditions),
    ):
        if count > most:
            raise PolicyOverLimit(count, what, most)
    return document


def read(text: str) -> Document:
    """Return the JSON object in `text`, unchecked. Raises BadPolicy when it is not one."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadPolicy from None
    if not isinstance(document, dict):
        raise BadPolicy
    return document


def statements(document: Document) -> list[Statement]:
    """Return a document's statements; a single one may stand without a list."""
    found = document.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def with_statement(document: Document, statement: Statement) -> Document:
    """Return `document` with one more statement."""
    return document | {"Statement": [*statements(document), statement]}


def without_statement(document: Document, sid: str) -> Document:
    """Return `document` without the statements whose Sid is `sid`."""
    return document | {"Statement": [s for s in statements(document) if s.get("Sid") != sid]}


def has_statement(document: Document, sid: str) -> bool:
    return any(statement.get("Sid") == sid for statement in statements(document))


def write(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def one_or_list(values: Iterable[str]) -> str | list[str]:
    """Return a single value alone, several in a list: so AWS writes principals and actions."""
    listed = list(values)
    return listed[0] if len(listed) == 1 else listed


def _check(statement: Any, service: str) -> None:
    if not isinstance(statement, dict):
        raise BadPolicy
    fields = set(statement) - _STATEMENT_FIELDS
    for either in _NEEDED:
        if len(fields.intersection(either)) != 1:
            raise BadPolicy
        fields.difference_update(either)
    if fields or statement.get("Effect") not in ("Allow", "Deny") or not isinstance(statement.get("Sid", ""), str):
        raise BadPolicy
    _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
    for action in _texts(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and not action.lower().startswith(f"{service}:"):
            raise BadPolicy
    _texts(statement.get("Resource", statement.get("NotResource")))
    _check_condition(statement.get("Condition", {}))


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or principal.keys() - _PRINCIPAL_KINDS:
        raise BadPolicy
    for names in principal.values():
        _texts(names)


def _check_condition(condition: Any) -> None:
    if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
        raise BadPolicy


def _texts(value: Any) -> list[str]:
    """Return one text, or a list of texts, as a list. Raises BadPolicy for anything else, or if one is empty."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(text, str) and text for text in values):
        raise BadPolicy
    return values


def _count_principals(statement: Statement) -> int:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    return sum(len(_texts(names)) for names in principal.values()) if isinstance(principal, dict) else 1


def _count_conditions(statement: Statement) -> int:
    return sum(len(keys) for keys in statement.get("Condition", {}).values())
