"""What a client saw: every call's result, or its error, as plain JSON data.

Rule: a scenario never judges. It calls boto3 clients and returns a Trace; whether the trace is right is
decided elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

Client = Any  # a boto3 client: its methods are made at run time
Trace = dict[str, Any]  # step -> what came of it, in the order of the calls


def saw(call: Callable[..., dict[str, Any]], **params: Any) -> Trace:
    """One call as its client sees it.

    A result: `{"status": 200, <members of the result>}`, bytes as `{"base64": text}`. An error:
    `{"status", "error": its code, "message", "exception": class a client would catch, "type", "shape"}`,
    the last two only when the service says them (`Sender`, and SQS's second name for an error).
    """
    try:
        result = dict(call(**params))
    except ClientError as error:
        return _error(error)
    except (BotoCoreError, ResponseParserError) as error:
        return {"unreadable": type(error).__name__}
    status = result.pop("ResponseMetadata")["HTTPStatusCode"]
    plain: Trace = json.loads(json.dumps({"status": status, **result}, default=_bytes))
    return plain


def told(message: dict[str, Any]) -> Trace:
    """A received message that SNS wrapped: its envelope, and whether the MD5 is the body's.

    The MD5 itself would differ each time, for the envelope holds a timestamp and a signature.
    """
    body: str = message["Body"]
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {
        "Envelope": json.loads(body),
        "MD5 fits": digest == message["MD5OfBody"],
        **{name: value for name, value in message.items() if name not in ("Body", "MD5OfBody")},
    }


def _error(error: ClientError) -> Trace:
    described = error.response["Error"]
    trace = {
        "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        "error": described["Code"],
        "message": described.get("Message", ""),
        "exception": type(error).__name__,
    }
    for key, member in (("type", "Type"), ("shape", "QueryErrorCode")):
        if member in described:
            trace[key] = described[member]
    return trace


def _bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value)} has no place in a trace")
