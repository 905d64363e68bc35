"""The documents by which Lambda says that a function failed.

Source: AWS Lambda Developer Guide, "Using Lambda function errors"; the runtime interface emulator of AWS.
"""

from __future__ import annotations

import json


def is_error(body: bytes) -> bool:
    """Whether a result is the error document that runtimes return."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "errorMessage" in document and "errorType" in document


def reason_of(body: bytes) -> str:
    """Returns the error of a document in words; other bodies as they are."""
    if is_error(body):
        document = json.loads(body)
        return f"{document['errorType']}: {document['errorMessage']}"
    return body.decode("utf-8", "replace")


def of_the_runtime(kind: str, reason: str, request_id: str) -> bytes:
    """Returns the document of an error that the handler did not raise itself: it timed out, or its process ended."""
    document = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {reason}"}
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
