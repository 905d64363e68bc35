"""The parameters of a template and the pseudo parameters of CloudFormation, for `Ref`.

Rule: a parameter is looked at when something refers to it, so that one which only skipped resources need may be left
without a value.

Source: CloudFormation User Guide, "Parameters" and "Pseudo parameters reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from decaf.declared.calls import Place
from decaf.declared.template.node import BadTemplate, Node

NO_VALUE = object()  # the value of AWS::NoValue: a property with this value counts as absent
PARTITION = "aws"
URL_SUFFIX = "amazonaws.com"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its name, its account and region, and the values given for the template's parameters.

    `imports` are the exports of the templates before it, by name; a value is evaluated when it is imported.
    """

    name: str
    place: Place
    given: Mapping[str, str]
    imports: Mapping[str, Callable[[], Any]] = field(default_factory=dict)

    def suffix(self, logical_id: str) -> str:
        """Return twelve letters and digits; random in CloudFormation, here always the same for the same resource."""
        named = f"{self.place.account}/{self.place.region}/{self.name}/{logical_id}"
        number = int.from_bytes(sha256(named.encode(errors="surrogatepass")).digest())
        return "".join(_LETTERS[number // len(_LETTERS) ** at % len(_LETTERS)] for at in range(12))

    def pseudo_parameters(self) -> dict[str, Any]:
        """Return the values of CloudFormation's pseudo parameters."""
        unique = UUID(bytes=sha256(self.suffix("").encode()).digest()[:16])
        region, account = self.place.region, self.place.account
        return {
            "AWS::AccountId": account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": PARTITION,
            "AWS::Region": region,
            "AWS::StackId": f"arn:{PARTITION}:cloudformation:{region}:{account}:stack/{self.name}/{unique}",
            "AWS::StackName": self.name,
            "AWS::URLSuffix": URL_SUFFIX,
        }


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def parameter(name: str, declared: Node, given: Mapping[str, str]) -> Any:
    """Return the value of a template's parameter: text, or a list of texts. Raises BadTemplate."""
    facts = declared.mapping(f"the parameter {name}")
    kind = facts["Type"].value if "Type" in facts else "String"
    if name in given:
        text = given[name]
    elif "Default" not in facts or str(kind).startswith("AWS::SSM::"):
        raise BadTemplate(declared.line, f"the parameter {name} has no value: give one by --parameter {name}=...")
    else:
        text = _text(facts["Default"].value)
    values = [each.strip() for each in text.split(",")] if _is_list(kind) else [text]
    for value in values:
        _check(name, value, facts, declared.line)
    return values if _is_list(kind) else text


def _is_list(kind: Any) -> bool:
    return kind == "CommaDelimitedList" or str(kind).startswith("List<")


def _check(name: str, value: str, facts: Mapping[str, Node], line: int) -> None:
    if facts["Type"].value == "Number" if "Type" in facts else False:
        try:
            float(value)
        except ValueError:
            raise BadTemplate(line, f"the parameter {name} is {value!r}, which is not a number") from None
    if "AllowedValues" in facts:
        allowed = [_text(one.value) for one in facts["AllowedValues"].sequence(f"AllowedValues of {name}")]
        if value not in allowed:
            raise BadTemplate(line, f"the parameter {name} is {value!r}, and must be one of {', '.join(allowed)}")
    pattern = facts["AllowedPattern"].value if "AllowedPattern" in facts else None
    if isinstance(pattern, str) and _fullmatch(pattern, value) is False:
        raise BadTemplate(line, f"the parameter {name} is {value!r}, and must match {pattern}")


def _fullmatch(pattern: str, value: str) -> bool | None:
    """Whether `value` matches; None for a pattern that only Java understands."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
