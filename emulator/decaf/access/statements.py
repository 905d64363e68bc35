"""A policy compiled: its statements in the form in which requests are compared with them.

Rule: a text is compiled once, and the result is shared. What cannot be read grants nothing; a policy is checked when it
is set (base/policy.py).

Source: IAM User Guide, "IAM JSON policy elements reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec

from decaf.access.caller import Caller, Kind
from decaf.access.condition import Absence, Condition, read_conditions
from decaf.access.pattern import Context, NoValue, Pattern, matches, read_pattern
from decaf.base.policy import BadPolicy, Document, read, statements
from decaf_protocol import is_account

_WITH_VARIABLES = "2012-10-17"  # the version of policies in which `${...}` is a variable


class AccessRequest(msgspec.Struct, frozen=True):
    """What is judged: who wants to do what (`sqs:SendMessage`) to which resource, an ARN.

    `context` has the values of all condition keys, by name in lower case; those about the caller too.
    """

    caller: Caller
    action: str
    resource: str
    context: Context


class Grant(Enum):
    """What a statement's principals say of a caller: nothing, its account, or the caller itself."""

    NONE = 0
    ACCOUNT = 1
    CALLER = 2


class Principals(msgspec.Struct, frozen=True):
    """The principals of a statement of a resource's policy: `everybody` for `*`, else by name."""

    everybody: bool
    names: frozenset[str]
    services: frozenset[str]
    negated: bool

    def grant(self, caller: Caller) -> Grant:
        if self.negated:
            return Grant.NONE if self._are_all_listed(caller) else Grant.CALLER
        if self.everybody:
            return Grant.CALLER
        if caller.kind is Kind.SERVICE:
            return Grant.NONE if self.services.isdisjoint(caller.names) else Grant.CALLER
        if not self.names.isdisjoint(caller.names):
            return Grant.CALLER
        return Grant.ACCOUNT if caller.root in self.names else Grant.NONE

    def _are_all_listed(self, caller: Caller) -> bool:
        """Returns whether NotPrincipal leaves the caller out: its account must be listed too, and a session's role."""
        if self.everybody:
            return True
        if caller.kind is Kind.SERVICE:
            return not self.services.isdisjoint(caller.names)
        needed = {caller.root, caller.principal, caller.arn} - {""}
        return caller.kind is not Kind.ANONYMOUS and needed <= self.names


class Statement(msgspec.Struct, frozen=True):
    """One statement; `number` counts from 1. Without `principals`, those of an identity's policy, it is for its owner.

    `keys` are the condition keys that it looks at.
    """

    sid: str
    number: int
    allows: bool
    principals: Principals | None
    actions: tuple[Pattern, ...]
    other_actions: bool  # NotAction
    resources: tuple[Pattern, ...]
    other_resources: bool  # NotResource
    conditions: tuple[Condition | Absence, ...]
    keys: frozenset[str]

    @property
    def name(self) -> str:
        """How people find the statement: by its Sid, or by its number."""
        return self.sid or f"statement {self.number}"

    def grant(self, request: AccessRequest) -> Grant:
        """Returns for whom the statement applies to a request, by its principals and all the rest of it."""
        grant = Grant.CALLER if self.principals is None else self.principals.grant(request.caller)
        if grant is Grant.NONE or not self._covers(request):
            return Grant.NONE
        return grant

    def _covers(self, request: AccessRequest) -> bool:
        return (
            _any(self.actions, request.action.lower(), {}) is not self.other_actions
            and _any(self.resources, request.resource, request.context) is not self.other_resources
            and all(condition.holds(request.context) for condition in self.conditions)
        )


class Policy(msgspec.Struct, frozen=True):
    """A compiled policy; `keys` are the condition keys that its statements look at."""

    statements: tuple[Statement, ...]
    keys: frozenset[str]


EMPTY = Policy((), frozenset())


@lru_cache(maxsize=4096)
def compile_policy(text: str) -> Policy:
    """Returns the policy in `text`, compiled. One that cannot be read has no statements."""
    try:
        return compile_document(read(text))
    except BadPolicy:
        return EMPTY


def compile_document(document: Document) -> Policy:
    """Returns a policy compiled. Raises BadPolicy for one that cannot be read."""
    variables = document.get("Version") == _WITH_VARIABLES
    found = tuple(_statement(each, number, variables) for number, each in enumerate(statements(document), 1))
    return Policy(found, frozenset().union(*(statement.keys for statement in found)))


def _statement(written: Any, number: int, variables: bool) -> Statement:
    if not isinstance(written, Mapping):
        raise BadPolicy
    resources = _patterns(_texts(written.get("Resource", written.get("NotResource", ()))), variables)
    conditions = read_conditions(written.get("Condition", {}), variables)
    looking: Iterable[Pattern | Condition | Absence] = (*resources, *conditions)
    return Statement(
        sid=str(written.get("Sid", "")),
        number=number,
        allows=written.get("Effect") == "Allow",
        principals=_principals(written),
        actions=_patterns([text.lower() for text in _texts(written.get("Action", written.get("NotAction", ())))]),
        other_actions="NotAction" in written,
        resources=resources,
        other_resources="NotResource" in written,
        conditions=conditions,
        keys=frozenset().union(*(each.keys for each in looking)),
    )


def _principals(written: Mapping[str, Any]) -> Principals | None:
    negated = "NotPrincipal" in written
    if not negated and "Principal" not in written:
        return None
    value = written["NotPrincipal" if negated else "Principal"]
    by_kind = {"AWS": "*"} if value == "*" else value
    if not isinstance(by_kind, Mapping):
        raise BadPolicy
    names = frozenset(map(_whole_account, _texts(by_kind.get("AWS", ()))))
    services = frozenset(_texts(by_kind.get("Service", ())))
    return Principals("*" in names, names, services, negated)


def _whole_account(name: str) -> str:
    """An account's id stands for the ARN of its root."""
    return f"arn:aws:iam::{name}:root" if is_account(name) else name


def _patterns(texts: Iterable[str], variables: bool = False) -> tuple[Pattern, ...]:
    return tuple(read_pattern(text, variables) for text in texts)


def _any(patterns: Iterable[Pattern], text: str, context: Context) -> bool:
    return any(_matches(pattern, text, context) for pattern in patterns)


def _matches(pattern: Pattern, text: str, context: Context) -> bool:
    try:
        return matches(pattern.characters(context), text)
    except NoValue:
        return False


def _texts(value: Any) -> list[str]:
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not all(isinstance(text, str) for text in values):
        raise BadPolicy
    return values
