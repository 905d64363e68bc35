"""The tags of functions.

Source: Lambda API Reference, TagResource, UntagResource and ListTags.
"""

from __future__ import annotations

from dataclasses import replace

from decaf.api.lambda_.service import Lambda
from decaf.functions.errors import function_not_found, invalid_value, not_here
from decaf.functions.function import Function, is_function_arn, unqualified
from decaf_protocol import Call, Result

_MOST = 50  # tags of a function


def tag_resource(lambda_: Lambda, call: Call, now: float) -> Result:
    function = _function(lambda_, call)
    tags = {**function.tags, **call.params["Tags"]}
    if len(tags) > _MOST:
        raise invalid_value(f"Number of tags exceeds resource tag limit of {_MOST}.")
    lambda_.functions.register(replace(function, tags=tags))
    return {}


def untag_resource(lambda_: Lambda, call: Call, now: float) -> Result:
    function = _function(lambda_, call)
    keys = call.params["TagKeys"]
    tags = {key: value for key, value in function.tags.items() if key not in keys}
    lambda_.functions.register(replace(function, tags=tags))
    return {}


def list_tags(lambda_: Lambda, call: Call, now: float) -> Result:
    return {"Tags": dict(_function(lambda_, call).tags)}


def _function(lambda_: Lambda, call: Call) -> Function:
    arn: str = call.params["Resource"]
    if not is_function_arn(arn):
        raise not_here("tags of other resources than functions and event source mappings")
    function = lambda_.functions.find(arn)
    if function is None:
        raise function_not_found(unqualified(arn))
    return function
