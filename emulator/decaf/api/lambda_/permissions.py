"""Permissions: the statements of a function's policy, by which access is judged.

Rule: a function without a statement has no policy, which here lets SNS in.

Source: Lambda API Reference, AddPermission, RemovePermission and GetPolicy; recorded answers for the statements.
"""

from __future__ import annotations

import json
import re
from typing import Any

from decaf.api.lambda_.service import Lambda
from decaf.base import policy
from decaf.base.identity import root_arn
from decaf.functions.errors import conflict, invalid_value, not_found, other_policy_revision, resource_does_not_exist
from decaf.functions.function import Function
from decaf_protocol import Call, Params, Result, is_account

_SERVICE = re.compile(r"[a-z0-9-]{1,64}(\.[a-z0-9-]{1,64}){0,4}\.amazonaws\.com(\.cn)?")
_IDENTITY = re.compile(r"arn:aws[a-z-]{0,20}:(iam|sts)::[0-9]{12}:[!-~]{1,1024}")
_CONDITIONS = (  # of a parameter: the operator and the key
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
)
_EMPTY: policy.Document = {"Version": "2012-10-17", "Id": "default"}


def add_permission(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = lambda_.function(call)
    _check_revision(function, call)
    sid: str = call.params["StatementId"]
    document = _document(function)
    if policy.has_statement(document, sid):
        raise conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
    statement = _statement(call.params, named.qualified)
    lambda_.change(function, now, policy=json.dumps(policy.with_statement(document, statement)))
    return {"Statement": json.dumps(statement, separators=(",", ":"))}


def remove_permission(lambda_: Lambda, call: Call, now: float) -> Result:
    function, _ = lambda_.function(call)
    _check_revision(function, call)
    sid: str = call.params["StatementId"]
    document = _document(function)
    if not policy.has_statement(document, sid):
        raise not_found(f"Statement {sid} is not found in resource policy.")
    left = policy.without_statement(document, sid)
    lambda_.change(function, now, policy=json.dumps(left) if policy.statements(left) else None)
    return {}


def get_policy(lambda_: Lambda, call: Call, now: float) -> Result:
    function, _ = lambda_.function(call)
    if function.policy is None:
        raise resource_does_not_exist()
    written = json.dumps(json.loads(function.policy), separators=(",", ":"))
    return {"Policy": written, "RevisionId": function.revision_id}


def _check_revision(function: Function, call: Call) -> None:
    if call.params.get("RevisionId") not in (None, function.revision_id):
        raise other_policy_revision()


def _document(function: Function) -> policy.Document:
    return _EMPTY if function.policy is None else policy.read(function.policy)


def _statement(params: Params, arn: str) -> policy.Statement:
    conditions: dict[str, dict[str, Any]] = {}
    for member, operator, key in _CONDITIONS:
        if member in params:
            conditions.setdefault(operator, {})[key] = params[member]
    if "InvokedViaFunctionUrl" in params:
        shown = "true" if params["InvokedViaFunctionUrl"] else "false"
        conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": shown}
    statement = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(params["Principal"]),
        "Action": params["Action"],
        "Resource": arn,
    }
    return statement | ({"Condition": conditions} if conditions else {})


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    if is_account(text):
        return {"AWS": root_arn(text)}
    if _IDENTITY.fullmatch(text):
        return {"AWS": text}
    raise invalid_value("The provided principal was invalid. Please check the principal and try again.")
