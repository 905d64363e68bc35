"""The parameters of a template and the pseudo parameters of CloudFormation, for `Ref`.

Rule: a parameter is looked at when something refers to it, so that one which only skipped resources need may be left
without a value.

Source: CloudFormation User Guide, "Parameters" and "Pseudo parameters reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from decaf.base.linear_pattern import NotLinear, compile_linear
from decaf.declared.calls import Place
from decaf.declared.template.dynamic import not_given
from decaf.declared.template.node import BadTemplate, Node

_SSM_VALUE = re.compile("AWS::SSM::Parameter::Value<(.*)>")
NO_VALUE = object()  # the value of AWS::NoValue: a property with this value counts as absent
PARTITION = "aws"
URL_SUFFIX = "amazonaws.com"


class Stack(msgspec.Struct, frozen=True):
    """A stack: its name, its account and region, and the values given for the template's parameters.

    `imports` are the exports of the templates before it, by name; a value is evaluated when it is imported. `ssm` are
    the values of parameters in the SSM Parameter Store, by name.
    """

    name: str
    place: Place
    given: Mapping[str, str]
    imports: Mapping[str, Callable[[], Any]] = msgspec.field(default_factory=dict)
    ssm: Mapping[str, str] = msgspec.field(default_factory=dict)

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


def parameter(name: str, declared: Node, stack: Stack) -> Any:
    """Return the value of a template's parameter: text, or a list of texts. Raises BadTemplate."""
    facts = declared.mapping(f"the parameter {name}")
    kind = str(facts["Type"].value) if "Type" in facts else "String"
    if name in stack.given:
        text = stack.given[name]
    elif "Default" in facts:
        text = _text(facts["Default"].value)
    else:
        raise BadTemplate(declared.line, f"the parameter {name} has no value: give one by --parameter {name}=...")
    inner = _SSM_VALUE.fullmatch(kind)
    if inner is not None:
        text, kind = _ssm_value(name, text, stack, declared.line), inner[1]
    values = [each.strip() for each in text.split(",")] if _is_list(kind) else [text]
    for value in values if inner is None else ():  # AWS checks the names of SSM parameters, not their values
        _check(name, value, facts, declared.line)
    return values if _is_list(kind) else text


def _ssm_value(name: str, key: str, stack: Stack, line: int) -> str:
    """Return the value of the SSM parameter `key`. What is given by --parameter may be the value itself."""
    if key in stack.ssm:
        return stack.ssm[key]
    if name in stack.given:
        return key
    raise BadTemplate(line, f"the parameter {name} has no value: {not_given(key)}, or --parameter {name}=...")


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


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
    """Whether `value` matches; None for a pattern that only Java understands, or that may take too long."""
    try:
        return compile_linear(pattern).fullmatch(value) is not None
    except (re.error, NotLinear):
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
