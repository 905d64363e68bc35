"""The tags of functions and event source mappings.

Source: Lambda API Reference, TagResource, UntagResource and ListTags; a recorded answer for a mapping that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from decaf.api.lambda_.service import Lambda
from decaf.functions.errors import function_not_found, invalid_value, not_found, not_here
from decaf.functions.function import Function, is_function_arn, unqualified
from decaf.functions.mapping import EventSourceMapping
from decaf_protocol import Call, Result

_MOST = 50  # tags of a resource

_Tagged = Function | EventSourceMapping


def tag_resource(lambda_: Lambda, call: Call, now: float) -> Result:
    tagged = _find(lambda_, call)
    tags = {**tagged.tags, **call.params["Tags"]}
    if len(tags) > _MOST:
        raise invalid_value(f"Number of tags exceeds resource tag limit of {_MOST}.")
    _set(lambda_, tagged, tags)
    return {}


def untag_resource(lambda_: Lambda, call: Call, now: float) -> Result:
    tagged, keys = _find(lambda_, call), call.params["TagKeys"]
    _set(lambda_, tagged, {key: value for key, value in tagged.tags.items() if key not in keys})
    return {}


def list_tags(lambda_: Lambda, call: Call, now: float) -> Result:
    return {"Tags": dict(_find(lambda_, call).tags)}


def _set(lambda_: Lambda, tagged: _Tagged, tags: Mapping[str, str]) -> None:
    if isinstance(tagged, Function):
        lambda_.functions.register(replace(tagged, tags=tags))
    else:
        lambda_.triggers.tag(tagged, tags)


def _find(lambda_: Lambda, call: Call) -> _Tagged:
    arn: str = call.params["Resource"]
    if is_function_arn(arn):
        function = lambda_.functions.find(arn)
        if function is None:
            raise function_not_found(unqualified(arn))
        return function
    mapping = next((each for each in lambda_.triggers.all() if str(each.arn) == arn), None)
    if mapping is None and ":event-source-mapping:" in arn:
        raise not_found(f"Event source mapping not found: {arn}")
    if mapping is None:
        raise not_here("tags of other resources than functions and event source mappings")
    return mapping
