"""The ARNs in SNS requests: AWS checks their form before anything else, also before what the model demands.

Source: recorded answers of the real service, to 2026-01.
"""

from __future__ import annotations

from decaf_protocol.form import Form, text_of
from decaf_protocol.models import service
from decaf_protocol.wire import AWSError

_ELEMENTS = 6


def check(operation: str, form: Form) -> None:
    """Raises AWSError when an ARN that the operation demands is missing, or one that it takes is no ARN."""
    shape = service("sns").operations[operation].input
    for member in shape.members:
        text = text_of(form, member)
        if member.endswith("Arn") and (text is not None or member in shape.required):
            check_arn_form(member, text)


def check_arn_form(parameter: str, text: str | None) -> None:
    """Raises AWSError when `text`, the value of a parameter, has not the elements of an ARN, or is missing."""
    reason = "no value for required parameter"
    if text is not None:
        elements = text.count(":") + 1
        if elements >= _ELEMENTS:
            return
        reason = f"An ARN must have at least {_ELEMENTS} elements, not {elements}"
    raise AWSError("InvalidParameterException", f"Invalid parameter: {parameter} Reason: {reason}")
