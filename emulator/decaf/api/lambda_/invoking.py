"""Invoke: a function is run, and its result returned; or it is run soon, or not at all.

Source: Lambda API Reference, Invoke, and Developer Guide, "Lambda quotas", for the limits (6 MB, and 1 MB for events
since 2025-10); recorded answers for texts.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable

from decaf.api.lambda_.service import Lambda, Named
from decaf.functions.errors import bad_client_context, bad_payload, event_too_large, request_too_large, throttled
from decaf.functions.function import Function
from decaf.functions.invocation import Invocation
from decaf_protocol import Call, Result

_MOST = 6_291_456  # bytes
_MOST_OF_AN_EVENT = 1_048_576
_LONGEST_LOG = 4_096  # bytes of the end of a log: LogType


def invoke(lambda_: Lambda, call: Call, now: float) -> Result | Awaitable[Result]:
    function, named = lambda_.function(call)
    kind = call.params.get("InvocationType", "RequestResponse")
    payload = _payload(call.params.get("Payload", b""), is_event=kind == "Event")
    client_context = _client_context(call.params.get("ClientContext"))
    if kind == "DryRun":
        return {"StatusCode": 204}
    if kind == "Event":
        lambda_.asynchronous.accept(named.qualified, payload, now, trace_header=call.trace_header)
        return {"StatusCode": 202}
    return _invoke(lambda_, call, function, named, payload, client_context)


async def _invoke(
    lambda_: Lambda, call: Call, function: Function, named: Named, payload: bytes, client_context: str | None
) -> Result:
    invocation = await lambda_.runner.invoke(
        function,
        payload,
        request_id=lambda_.ids.uuid(),
        arn=named.qualified,
        trace_header=call.trace_header,
        client_context=client_context,
    )
    if invocation.obstacle == "throttled":
        raise throttled()
    result: Result = {"StatusCode": 200, "ExecutedVersion": invocation.version, **_outcome(invocation)}
    if call.params.get("LogType") == "Tail":
        log = "".join(entry.text for entry in lambda_.log.find(request_id=invocation.request_id))
        result["LogResult"] = b64encode(log.encode()[-_LONGEST_LOG:]).decode()
    return result


def _outcome(invocation: Invocation) -> Result:
    if invocation.obstacle is not None:
        error = {"errorMessage": invocation.reason, "errorType": "Runtime.InvalidEntrypoint"}
        return {"Payload": json.dumps(error).encode(), "FunctionError": "Unhandled"}
    if invocation.error is not None:
        return {"Payload": invocation.payload, "FunctionError": invocation.error}
    return {"Payload": invocation.payload}


def _payload(payload: bytes, is_event: bool) -> bytes:
    """Returns the event of a function, `{}` where a call has none. Raises AWSError for what is too long or no JSON."""
    if is_event and len(payload) > _MOST_OF_AN_EVENT:
        raise event_too_large(len(payload), _MOST_OF_AN_EVENT)
    if len(payload) > _MOST:
        raise request_too_large("InvokeFunction", _MOST)
    try:
        if payload:
            json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise bad_payload(str(error)) from None
    return payload or b"{}"


def _client_context(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        context = b64decode(text, validate=True).decode()
        if isinstance(json.loads(context), dict):
            return context
    except (ValueError, RecursionError):
        pass
    raise bad_client_context()
