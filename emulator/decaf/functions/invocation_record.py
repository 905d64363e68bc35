"""What Lambda sends to destinations and dead-letter queues about an asynchronous invocation.

Source: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations" and "Adding a dead-letter
queue"; the attributes of dead letters as recorded.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from decaf.base.printable import encodable
from decaf.functions.function import LATEST, unqualified
from decaf.functions.invocation import Invocation
from decaf.sns.notification import timestamp

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded"]

_INVOKED = 200
_THROTTLED = 429
_NOT_INVOKED = 500
_LONGEST_REASON = 1_024  # characters of an error that a dead letter has


def record_of(condition: Condition, event: bytes, invocation: Invocation, count: int, now: float) -> str:
    """Returns the record of an event for which a function was invoked `count` times, lastly with `invocation`."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": timestamp(now),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": _qualified(invocation.arn),
            "condition": condition,
            "approximateInvokeCount": count,
        },
        "requestPayload": _value(event),
    }
    if invocation.obstacle is None:
        context: dict[str, Any] = {"statusCode": _INVOKED, "executedVersion": invocation.version}
        if invocation.error is not None:
            context["functionError"] = invocation.error
        record |= {"responseContext": context, "responsePayload": _value(invocation.payload)}
    return encodable(json.dumps(record, ensure_ascii=False, separators=(",", ":")))


def attributes_of(invocation: Invocation) -> dict[str, dict[str, str]]:
    """Returns the message attributes of a dead letter, which has the event itself as its body."""
    code = _INVOKED
    if invocation.obstacle is not None:
        code = _THROTTLED if invocation.obstacle == "throttled" else invocation.status or _NOT_INVOKED
    return {
        "RequestID": {"DataType": "String", "StringValue": invocation.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(code)},
        "ErrorMessage": {"DataType": "String", "StringValue": _message(invocation)},
    }


def _message(invocation: Invocation) -> str:
    document = _value(invocation.payload)
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return encodable(str(message or invocation.reason or "unknown")[:_LONGEST_REASON])


def _value(payload: bytes) -> Any:
    """Returns the value of a payload; one that is no JSON as its text."""
    try:
        return json.loads(payload) if payload else None
    except (ValueError, RecursionError):
        return payload.decode("utf-8", "replace")


def _qualified(arn: str) -> str:
    return f"{arn}:{LATEST}" if arn == unqualified(arn) else arn
