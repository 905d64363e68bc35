"""A second evaluator, slow and plain: it reads policies anew for each request, word by word as IAM's guide has them."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from decaf.access.caller import Caller, Kind
from tests.decaf.access.table import ALLOWED, BY_IDENTITY, BY_RESOURCE, NO_IDENTITY, NO_RESOURCE

Context = Mapping[str, Any]
Document = Mapping[str, Any]

OWNERS = [
    "addpermission",
    "cancelmessagemovetask",
    "createqueue",
    "deletequeue",
    "listmessagemovetasks",
    "listqueues",
    "listqueuetags",
    "removepermission",
    "setqueueattributes",
    "startmessagemovetask",
    "tagqueue",
    "untagqueue",
]


def judge(
    caller: Caller, action: str, resource: str, context: Context, own: Document | None, policy: Document | None
) -> str:
    """Returns the decision in the words of the table."""
    account = resource.split(":")[4]
    of_resource = [(s, _who(s, caller)) for s in _statements(policy) if _applies(policy, s, action, resource, context)]
    of_caller = [s for s in _statements(own) if _applies(own, s, action, resource, context)]
    if any(s["Effect"] == "Deny" and who != "nobody" for s, who in of_resource):
        return BY_RESOURCE
    if any(s["Effect"] == "Deny" for s in of_caller):
        return BY_IDENTITY
    allowed_itself = any(s["Effect"] == "Allow" for s in of_caller) or caller.kind is Kind.ROOT
    grants = {who for s, who in of_resource if s["Effect"] == "Allow"} - {"nobody"}
    if caller.account == account:
        return ALLOWED if allowed_itself or "it" in grants else NO_IDENTITY
    if not grants or action.lower().removeprefix("sqs:") in OWNERS:
        return NO_RESOURCE
    needs_own = caller.kind in (Kind.USER, Kind.SESSION)
    return NO_IDENTITY if needs_own and not allowed_itself else ALLOWED


def _statements(document: Document | None) -> list[Mapping[str, Any]]:
    found = (document or {}).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _who(statement: Mapping[str, Any], caller: Caller) -> str:
    """Returns whom of "it", its "account" and "nobody" the principals mean."""
    written = statement.get("Principal", statement.get("NotPrincipal"))
    by_kind = {"AWS": "*"} if written == "*" else written
    names = [f"arn:aws:iam::{n}:root" if re.fullmatch("[0-9]{12}", n) else n for n in _list(by_kind.get("AWS", []))]
    services = _list(by_kind.get("Service", []))
    if "NotPrincipal" in statement:
        if caller.kind is Kind.SERVICE:
            left_out = caller.id in services
        elif caller.kind is Kind.ANONYMOUS:
            left_out = False
        else:
            left_out = all(n in names for n in (f"arn:aws:iam::{caller.account}:root", caller.principal, caller.arn))
        return "nobody" if left_out or "*" in names else "it"
    if "*" in names or (caller.kind is Kind.SERVICE and caller.id in services):
        return "it"
    if caller.kind not in (Kind.SERVICE, Kind.ANONYMOUS) and any(n in caller.names for n in names):
        return "it"
    return "account" if caller.account and f"arn:aws:iam::{caller.account}:root" in names else "nobody"


def _applies(
    document: Document | None, statement: Mapping[str, Any], action: str, resource: str, context: Context
) -> bool:
    new = (document or {}).get("Version") == "2012-10-17"
    if "Action" in statement:
        if not any(_like(a.lower(), action.lower(), {}, False) for a in _list(statement["Action"])):
            return False
    elif any(_like(a.lower(), action.lower(), {}, False) for a in _list(statement["NotAction"])):
        return False
    if "Resource" in statement:
        if not any(_like(r, resource, context, new) for r in _list(statement["Resource"])):
            return False
    elif any(_like(r, resource, context, new) for r in _list(statement["NotResource"])):
        return False
    block = statement.get("Condition", {})
    return all(
        _holds(operator, key, _list(values), context, new)
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def _expression(pattern: str, context: Context, new: bool, wild: bool) -> str | None:
    """Returns a regular expression for a pattern; None when a variable in it has no value."""
    found = ""
    for piece in re.split(r"(\$\{[^{}]*\})", pattern):
        if new and re.fullmatch(r"\$\{[^{}]*\}", piece):
            name, _, default = piece[2:-1].partition(",")
            if name in "*?$":
                found += re.escape(name)
                continue
            value = context.get(name.strip().lower())
            if value is None and re.fullmatch(r"'.*'", default.strip()):
                value = default.strip()[1:-1]
            if not isinstance(value, str):
                return None
            found += re.escape(value)
        else:
            text = re.escape(piece)
            found += text.replace(r"\*", ".*").replace(r"\?", ".") if wild else text
    return found


def _like(pattern: str, text: str, context: Context, new: bool, wild: bool = True, flags: int = 0) -> bool:
    expression = _expression(pattern, context, new, wild)
    return expression is not None and re.fullmatch(expression, text, flags | re.DOTALL) is not None


def _holds(operator: str, key: str, wanted: list[Any], context: Context, new: bool) -> bool:
    name = operator
    value = context.get(key.lower())
    if value == ():
        value = None
    if name == "Null":
        return any((value is None or value == "") == (str(each).lower() == "true") for each in wanted)
    every, some = name.startswith("ForAllValues:"), name.startswith("ForAnyValue:")
    name = name.split(":")[-1]
    if name.endswith("IfExists"):
        if value is None:
            return True
        name = name.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        return every or (negated and not some)
    values = [value] if isinstance(value, str) else list(value)
    base = name.replace("Not", "")
    wanted = [str(w).lower() if isinstance(w, bool) else str(w) for w in wanted]
    fits = [any(_fits(base, v, w, context, new) for w in wanted) for v in values]
    if every:
        return all(fit != negated for fit in fits)
    if some:
        return any(fit != negated for fit in fits)
    return any(fits) != negated


def _fits(base: str, value: str, wanted: str, context: Context, new: bool) -> bool:
    if base == "StringEquals":
        return _like(wanted, value, context, new, wild=False)
    if base == "StringEqualsIgnoreCase":
        return _like(wanted, value, context, new, wild=False, flags=re.IGNORECASE)
    if base == "StringLike":
        return _like(wanted, value, context, new)
    if base in ("ArnEquals", "ArnLike"):
        return _like_arn(wanted, value, context, new)
    if base == "Bool":
        return value.lower() == wanted.lower() and value.lower() in ("true", "false")
    try:
        if base == "BinaryEquals":
            return base64.b64decode(value, validate=True) == base64.b64decode(wanted, validate=True)
        if base == "IpAddress":
            return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
        read = _moment if base.startswith("Date") else Decimal
        left, right = read(value), read(wanted)
        if not (left.is_finite() and right.is_finite()):
            return False
    except (ValueError, InvalidOperation):
        return False
    how = base.removeprefix("Date").removeprefix("Numeric")
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[how]


def _like_arn(wanted: str, value: str, context: Context, new: bool) -> bool:
    whole = _expression(wanted, context, new, wild=True)
    if whole is None:
        return False
    parts, values = whole.split(":", 5), value.split(":", 5)
    if len(parts) < 6:
        return whole.endswith(".*") and _each(parts, value.split(":", len(parts) - 1))
    return _each(parts, values)


def _each(expressions: list[str], texts: list[str]) -> bool:
    return len(expressions) == len(texts) and all(
        re.fullmatch(expression, text, re.DOTALL) for expression, text in zip(expressions, texts, strict=True)
    )


def _moment(text: str) -> Decimal:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Decimal(text)
    return Decimal((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
