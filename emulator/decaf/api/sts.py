"""The operations of STS with which SDKs and tools find out their own identity before they do anything else.

Rule: an access key is an account, and its caller is that account's one user (base/identity.py).
Source: AWS Security Token Service API Reference, GetCallerIdentity and GetAccessKeyInfo.
"""

from __future__ import annotations

from collections.abc import Callable

from decaf.base.identity import default_user
from decaf_protocol import AWSError, Call, Result, account_of


def get_caller_identity(_: None, call: Call, now: float) -> Result:
    if call.caller is not None:
        unique_id, arn = call.caller
        return {"UserId": unique_id, "Account": call.account, "Arn": arn}
    caller = default_user(call.account)
    return {"UserId": caller.id, "Account": caller.account, "Arn": caller.arn}


def get_access_key_info(_: None, call: Call, now: float) -> Result:
    return {"Account": account_of(call.params["AccessKeyId"])}


OPERATIONS: dict[str, Callable[[None, Call, float], Result]] = {
    "GetAccessKeyInfo": get_access_key_info,
    "GetCallerIdentity": get_caller_identity,
}


def not_implemented(operation: str) -> AWSError:
    return AWSError(
        "InvalidAction", f"Decaf does not implement {operation}: of STS it has {' and '.join(sorted(OPERATIONS))}."
    )
