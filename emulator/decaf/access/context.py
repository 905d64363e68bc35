"""The condition keys of a request: what policies can ask about it, its caller and its resource.

Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference for the keys of SNS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from decaf.access.caller import Caller
from decaf.access.pattern import Context
from decaf.base.arn import Arn
from decaf_protocol import Call, Request

_VARYING = frozenset(
    {"aws:currenttime", "aws:epochtime", "aws:referer", "aws:sourceip", "aws:tagkeys", "aws:useragent"}
)
_VARYING_STARTS = ("aws:requesttag/", "aws:resourcetag/", "sns:")


def vary(keys: Iterable[str], assumes_tls: bool) -> bool:
    """Returns whether any of these condition keys may differ between two requests of a caller for one resource."""
    varying = _VARYING if assumes_tls else _VARYING | {"aws:securetransport"}
    return any(key in varying or key.startswith(_VARYING_STARTS) for key in keys)


def of_call(
    request: Request, call: Call, caller: Caller, region: str, tags: Mapping[str, str], now: float, secure: bool
) -> Context:
    """Returns the condition keys of a client's request; `tags` are those of the resource."""
    context: dict[str, str | tuple[str, ...]] = {**always(caller, region, tags, now, secure)}
    if request.origin.address:
        context["aws:sourceip"] = request.origin.address
    for key, header in (("aws:useragent", "user-agent"), ("aws:referer", "referer")):
        value = request.headers.get(header)
        if value is not None:
            context[key] = value[:1024]
    return {**context, **_of_params(call)}


def of_delivery(caller: Caller, topic: Arn, tags: Mapping[str, str], now: float) -> Context:
    """Returns the condition keys of a call that SNS makes to deliver for a topic."""
    source = {"aws:sourcearn": str(topic), "aws:sourceaccount": topic.account}
    return {**always(caller, topic.region, tags, now, secure=True), **source}


def always(caller: Caller, region: str, tags: Mapping[str, str], now: float, secure: bool) -> dict[str, str]:
    """Returns the condition keys that every request has."""
    return {
        **caller.keys,
        "aws:currenttime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now)),
        "aws:requestedregion": region,
        "aws:securetransport": "true" if secure else "false",
        "aws:viaawsservice": "false",
        **{f"aws:resourcetag/{key.lower()}": value for key, value in tags.items()},
    }


def _of_params(call: Call) -> Context:
    """Returns the keys that are about the parameters of a call: new tags, and what a subscription is to."""
    params = call.params
    tags = _new_tags(params.get("Tags") or params.get("tags") or {})
    context: dict[str, str | tuple[str, ...]] = {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
    keys = tuple(tags) or tuple(params.get("TagKeys") or ())
    if keys:
        context["aws:tagkeys"] = keys
    if call.operation == "Subscribe":
        context["sns:protocol"] = params.get("Protocol", "")
        context["sns:endpoint"] = params.get("Endpoint", "")
    return context


def _new_tags(given: Any) -> Mapping[str, str]:
    """Returns tags by key: SQS has them so, SNS as a list."""
    return given if isinstance(given, Mapping) else {tag.get("Key", ""): tag.get("Value", "") for tag in given}
