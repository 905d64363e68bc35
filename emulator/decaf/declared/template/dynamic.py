"""Dynamic references: {{resolve:ssm:name}} in a text stands for the value of a parameter in the Parameter Store.

Source: CloudFormation User Guide, "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from decaf.declared.template.node import BadTemplate

_REFERENCE = re.compile(r"\{\{resolve:([^{}]*)\}\}")
_SERVICES = ("ssm", "ssm-secure")


def resolved(text: str, values: Mapping[str, str], line: int) -> str:
    """Return `text` with the values, by name, in the place of its references. Raises BadTemplate for one not given."""

    def value(reference: re.Match[str]) -> str:
        service, _, key = reference[1].partition(":")
        if service not in _SERVICES:
            raise BadTemplate(line, f"dynamic references to {service} cannot be resolved here, only those to ssm")
        name = re.sub(r":\d+$", "", key)  # without the version
        if name not in values:
            raise BadTemplate(line, not_given(name))
        return values[name]

    return _REFERENCE.sub(value, text)


def not_given(name: str) -> str:
    """Return what to say about an SSM parameter without a value."""
    return f"the SSM parameter {name} has no value: give one by --ssm-parameter {name}=..."
