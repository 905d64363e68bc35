"""How many invocations of a function may run at once, and the quotas of an account.

Source: Lambda API Reference, PutFunctionConcurrency and GetAccountSettings; Developer Guide, "Lambda quotas".
"""

from __future__ import annotations

from decaf.api.lambda_.service import Lambda
from decaf.functions.errors import invalid_value
from decaf_protocol import Call, Result

_ALL = 1_000  # concurrent invocations of an account
_UNRESERVED = 100  # of them stay for functions that reserve none


def put_function_concurrency(lambda_: Lambda, call: Call, now: float) -> Result:
    function, _ = lambda_.function(call)
    reserved: int = call.params["ReservedConcurrentExecutions"]
    others = _reserved(lambda_, call) - (function.reserved_concurrency or 0)
    if others + reserved > _ALL - _UNRESERVED:
        raise invalid_value(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{_UNRESERVED}]."
        )
    lambda_.change(function, now, reserved_concurrency=reserved)
    return {"ReservedConcurrentExecutions": reserved}


def get_function_concurrency(lambda_: Lambda, call: Call, now: float) -> Result:
    function, _ = lambda_.function(call)
    reserved = function.reserved_concurrency
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


def delete_function_concurrency(lambda_: Lambda, call: Call, now: float) -> Result:
    function, _ = lambda_.function(call)
    lambda_.change(function, now, reserved_concurrency=None)
    return {}


def get_account_settings(lambda_: Lambda, call: Call, now: float) -> Result:
    functions = lambda_.of(call).values()
    return {
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": _ALL,
            "UnreservedConcurrentExecutions": _ALL - _reserved(lambda_, call),
        },
        "AccountUsage": {
            "TotalCodeSize": sum(function.code_size for function in functions),
            "FunctionCount": len(functions),
        },
    }


def _reserved(lambda_: Lambda, call: Call) -> int:
    return sum(function.reserved_concurrency or 0 for function in lambda_.of(call).values())
