"""What becomes of asynchronous invocations: retries, the age of events, destinations.

Source: Lambda API Reference, PutFunctionEventInvokeConfig, UpdateFunctionEventInvokeConfig and the like.
"""

from __future__ import annotations

from typing import Any

from decaf.api.lambda_.service import Lambda, Named
from decaf.functions.errors import bad_destination, not_found
from decaf.functions.function import Function, is_fifo
from decaf_protocol import Call, Params, Result

_SET_AT = "EventInvokeConfig"  # among a function's others: when it was set, in epoch seconds
_FIELDS = ("maximum_retry_attempts", "maximum_event_age", "on_success", "on_failure")
_DEFAULTS = dict(zip(Function.__struct_fields__[1:], Function.__struct_defaults__, strict=True))
_USUAL = {name: _DEFAULTS[name] for name in _FIELDS}


def put_function_event_invoke_config(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = lambda_.function(call)
    return _set(lambda_, function, named, _USUAL | _read(call.params), now)


def update_function_event_invoke_config(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = _configured(lambda_, call)
    return _set(lambda_, function, named, _read(call.params), now)


def get_function_event_invoke_config(lambda_: Lambda, call: Call, now: float) -> Result:
    return _describe(*_configured(lambda_, call))


def list_function_event_invoke_configs(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = lambda_.function(call)
    return {"FunctionEventInvokeConfigs": [_describe(function, named)] if _SET_AT in function.others else []}


def delete_function_event_invoke_config(lambda_: Lambda, call: Call, now: float) -> Result:
    function, _ = _configured(lambda_, call)
    others = {name: value for name, value in function.others.items() if name != _SET_AT}
    lambda_.change(function, now, **_USUAL, others=others)
    return {}


def _set(lambda_: Lambda, function: Function, named: Named, changes: dict[str, Any], now: float) -> Result:
    changed = lambda_.change(function, now, **changes, others={**function.others, _SET_AT: now})
    return _describe(changed, named)


def _configured(lambda_: Lambda, call: Call) -> tuple[Function, Named]:
    function, named = lambda_.function(call)
    if _SET_AT not in function.others:
        raise not_found(f"The function {named.arn}:$LATEST doesn't have an EventInvokeConfig")
    return function, named


def _read(params: Params) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "MaximumRetryAttempts" in params:
        changes["maximum_retry_attempts"] = params["MaximumRetryAttempts"]
    if "MaximumEventAgeInSeconds" in params:
        changes["maximum_event_age"] = float(params["MaximumEventAgeInSeconds"])
    destinations = params.get("DestinationConfig", {})
    for member, name in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
        if member in destinations:
            changes[name] = destinations[member].get("Destination")
            if is_fifo(changes[name] or ""):
                raise bad_destination(changes[name])
    return changes


def _describe(function: Function, named: Named) -> Result:
    destinations = {"OnSuccess": function.on_success, "OnFailure": function.on_failure}
    described: Result = {
        "LastModified": function.others[_SET_AT],
        "FunctionArn": f"{named.arn}:$LATEST",
        "DestinationConfig": {name: {} if arn is None else {"Destination": arn} for name, arn in destinations.items()},
    }
    if function.maximum_retry_attempts != _USUAL["maximum_retry_attempts"]:
        described["MaximumRetryAttempts"] = function.maximum_retry_attempts
    if function.maximum_event_age != _USUAL["maximum_event_age"]:
        described["MaximumEventAgeInSeconds"] = int(function.maximum_event_age)
    return described
