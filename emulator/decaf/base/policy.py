"""Resource policies: the JSON documents that grant access to a queue or a topic.

Rule: a policy is checked here as AWS checks it when it is set: its form, that its actions are the service's own,
and its limits. AWS keeps what a policy says and not its text: `write` writes it as AWS does.

Source: the IAM User Guide, "IAM JSON policy reference"; Amazon SQS Developer Guide, "Quotas related to policies";
recorded answers of both services, 2017 to 2025-12, for how a policy is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from decaf_protocol import is_account

Document = dict[str, Any]
Statement = dict[str, Any]

DEFAULT_VERSION = "2008-10-17"
_VERSIONS = (DEFAULT_VERSION, "2012-10-17")
_FIELDS = ("Version", "Id", "Statement")  # in the order in which AWS writes them
_NEEDED = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_STATEMENT_FIELDS = ("Sid", "Effect", *(field for either in _NEEDED for field in either), "Condition")
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_COMPARISONS = ("equals", "notequals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
# Of conditions, in lower case, without what may stand before and behind them: "Condition operators" of the IAM guide.
CONDITION_OPERATORS = frozenset(
    {
        *(f"string{negation}{how}" for negation in ("", "not") for how in ("equals", "equalsignorecase", "like")),
        *(f"arn{negation}{how}" for negation in ("", "not") for how in ("equals", "like")),
        *(f"{kind}{how}" for kind in ("numeric", "date") for how in _COMPARISONS),
        *("bool", "binaryequals", "ipaddress", "notipaddress", "null"),
    }
)
_IDENTITY = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([^:]*):.+", re.DOTALL)  # a user, a role, an account's root
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")  # AIDA..., AROA...: what AWS writes for a principal that was deleted


class BadPolicy(Exception):
    """The text is not a policy."""


class PrincipalNotFound(BadPolicy):
    """The policy names a principal that cannot be."""


class PolicyOverLimit(Exception):
    """A policy exceeds a limit: it has `found` of `what` (such as "statements"), where `most` are allowed."""

    def __init__(self, found: int, what: str, most: int) -> None:
        super().__init__(found, what, most)
        self.found, self.what, self.most = found, what, most


class Limits(msgspec.Struct, frozen=True):
    """The limits of a policy: its size in bytes, and how many statements, principals and conditions it may have.

    `actions` is the limit of one statement, None for no limit.
    """

    size: int
    statements: int
    principals: int
    conditions: int
    actions: int | None = None


def parse(text: str, service: str, limits: Limits) -> Document:
    """Return the policy in `text`, for a resource of `service` ("sqs", "sns").

    Raises BadPolicy when the text is not a policy, PrincipalNotFound for a principal that cannot exist,
    PolicyOverLimit when it exceeds `limits`.
    """
    document = read(text)
    found = statements(document)
    if document.keys() - set(_FIELDS) or document.get("Version", DEFAULT_VERSION) not in _VERSIONS or not found:
        raise BadPolicy
    for statement in found:
        _check(statement, service)
    for count, what, most in (
        (len(text.encode(errors="surrogatepass")), "bytes", limits.size),
        (len(found), "statements", limits.statements),
        (sum(map(_count_principals, found)), "principals", limits.principals),
        (sum(map(_count_conditions, found)), "conditions", limits.conditions),
        (max(len(actions(statement)) for statement in found), "actions", limits.actions),
    ):
        if most is not None and count > most:
            raise PolicyOverLimit(count, what, most)
    return document


def check_form(document: Any, of_resource: bool) -> None:
    """Check a policy of any service: a resource's, or that of a user or role, which says nothing of principals.

    Raises BadPolicy when it is none.
    """
    if not isinstance(document, dict) or document.keys() - set(_FIELDS):
        raise BadPolicy
    found = statements(document)
    if document.get("Version", DEFAULT_VERSION) not in _VERSIONS or not found:
        raise BadPolicy
    for statement in found:
        _check_form(statement, _NEEDED if of_resource else _NEEDED[1:])
        actions(statement)
        if of_resource:
            _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
        elif not statement.keys().isdisjoint(_NEEDED[0]):
            raise BadPolicy


def read(text: str) -> Document:
    """Return the JSON object in `text`, unchecked. Raises BadPolicy when it is not one."""
    try:
        document = msgspec.json.decode(text)  # json.loads takes half a surrogate pair, and no number for one
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


def actions(statement: Statement) -> list[str]:
    """The actions that a statement names, to be allowed, denied, or left out. Raises BadPolicy for what is no text."""
    return _texts(statement.get("Action", statement.get("NotAction")))


def write(document: Document) -> str:
    """Returns the text of a policy as AWS writes it: compact, its members in AWS's order, a list of one as its value.

    It always states its version and has its statements in a list, and an account is the ARN of the account's root.
    """
    written = {"Version": DEFAULT_VERSION} | document | {"Statement": list(map(_written, statements(document)))}
    return json.dumps(_ordered(written, _FIELDS), separators=(",", ":"), ensure_ascii=False)


def _written(statement: Statement) -> Statement:
    fields = _ordered(statement, _STATEMENT_FIELDS)
    return {field: _WRITE.get(field, _shortest)(value) for field, value in fields.items()}


def _ordered(members: Mapping[str, Any], order: Iterable[str]) -> dict[str, Any]:
    return {name: members[name] for name in order if name in members}


def _write_principal(principal: Any) -> Any:
    """Source: the Terraform provider's page on topic policies, for accounts: AWS turns the id into an ARN silently."""
    if not isinstance(principal, Mapping):
        return principal
    return {kind: _shortest(list(map(_root, _texts(names)))) for kind, names in principal.items()}


def _root(principal: str) -> str:
    return f"arn:aws:iam::{principal}:root" if is_account(principal) else principal


def _write_condition(condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        operator: {key: _shortest(_as_texts(values)) for key, values in keys.items()}
        for operator, keys in condition.items()
    }


def _as_texts(values: Any) -> Any:
    """The values of a condition are texts: `true` and `5` are written as "true" and "5"."""
    if isinstance(values, list):
        return list(map(_as_texts, values))
    return values if isinstance(values, str) else json.dumps(values)


def _shortest(values: Any) -> Any:
    """A single value stands alone, several in a list."""
    return values[0] if isinstance(values, list) and len(values) == 1 else values


_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "Principal": _write_principal,
    "NotPrincipal": _write_principal,
    "Condition": _write_condition,
}


def _check(statement: Any, service: str) -> None:
    """Check a statement of a resource's policy."""
    _check_form(statement, _NEEDED)
    _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
    for action in actions(statement):
        if action != "*" and not action.lower().startswith(f"{service}:"):
            raise BadPolicy


def _check_form(statement: Any, needed: Sequence[tuple[str, str]]) -> None:
    """Check all of a statement but its principals; it has one of each pair of elements in `needed`."""
    if not isinstance(statement, dict):
        raise BadPolicy
    if any(len(statement.keys() & set(either)) != 1 for either in needed) or statement.keys() - set(_STATEMENT_FIELDS):
        raise BadPolicy
    if statement.get("Effect") not in ("Allow", "Deny") or not isinstance(statement.get("Sid", ""), str):
        raise BadPolicy
    _texts(statement.get("Resource", statement.get("NotResource")))
    _check_condition(statement.get("Condition", {}))


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or principal.keys() - _PRINCIPAL_KINDS:
        raise BadPolicy
    for kind, names in principal.items():
        for name in _texts(names):
            if kind == "AWS" and not _can_be(name):
                raise PrincipalNotFound


def _can_be(principal: str) -> bool:
    """Whether there can be such an account, user or role: whether there is one is not known here."""
    identity = _IDENTITY.fullmatch(principal)
    account = principal if identity is None else identity[1]
    return principal == "*" or is_account(account) or _UNIQUE_ID.fullmatch(principal) is not None


def _check_condition(condition: Any) -> None:
    if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
        raise BadPolicy
    if not all(map(_is_operator, condition)):
        raise BadPolicy


def _is_operator(name: str) -> bool:
    bare = name.lower().removeprefix("forallvalues:").removeprefix("foranyvalue:")
    return bare in CONDITION_OPERATORS or bare.removesuffix("ifexists") in CONDITION_OPERATORS - {"null"}


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
