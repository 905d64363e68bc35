"""Event source mappings: which queue's messages invoke which function.

Rule: a mapping is in its new state at once; a response names the state that AWS passes through first. As in recorded
answers, members that do not apply are there as null.

Source: Lambda API Reference, CreateEventSourceMapping and the like; recorded answers of 2024 to 2026-10.
"""

from __future__ import annotations

from decaf.api.lambda_.paging import page
from decaf.api.lambda_.service import Lambda
from decaf.base.arn import read_arn
from decaf.functions.errors import not_here
from decaf.functions.mapping import EventSourceMapping, describe
from decaf_protocol import Call, Result, models

_MOST_LISTED = 100  # mappings in a page: ListEventSourceMappings


def create_event_source_mapping(lambda_: Lambda, call: Call, now: float) -> Result:
    named = lambda_.read_name(call, call.params["FunctionName"])
    _check_shard(lambda_, call, call.params.get("EventSourceArn") or "", named.qualified)
    mapping = lambda_.triggers.create(call.account, named.qualified, call.params, now)
    return _shown(mapping, "Creating" if mapping.configuration.enabled else "Disabled")


def get_event_source_mapping(lambda_: Lambda, call: Call, now: float) -> Result:
    return _shown(_find(lambda_, call))


def list_event_source_mappings(lambda_: Lambda, call: Call, now: float) -> Result:
    params, region = call.params, lambda_.region(call)
    function = lambda_.read_name(call, params["FunctionName"]).qualified if "FunctionName" in params else None
    found = {
        mapping.uuid: mapping
        for mapping in lambda_.triggers.all()
        if (mapping.account, mapping.queue.region) == (call.account, region)
        and function in (None, mapping.function)
        and params.get("EventSourceArn") in (None, str(mapping.queue))
    }
    listed, more = page(found, params, _MOST_LISTED)
    return {"EventSourceMappings": [_shown(mapping) for mapping in listed], **more}


def update_event_source_mapping(lambda_: Lambda, call: Call, now: float) -> Result:
    mapping = _find(lambda_, call)
    name, before = call.params.get("FunctionName"), mapping.configuration.enabled
    function = mapping.function if name is None else lambda_.read_name(call, name).qualified
    _check_shard(lambda_, call, function)
    lambda_.triggers.update(mapping, function, call.params, now)
    enabled = mapping.configuration.enabled
    return _shown(mapping, "Updating" if enabled == before else "Enabling" if enabled else "Disabling")


def delete_event_source_mapping(lambda_: Lambda, call: Call, now: float) -> Result:
    mapping = _find(lambda_, call)
    lambda_.triggers.delete(mapping)
    return _shown(mapping, "Deleting")


def _find(lambda_: Lambda, call: Call) -> EventSourceMapping:
    return lambda_.triggers.find(call.params["UUID"], call.account, lambda_.region(call))


def _check_shard(lambda_: Lambda, call: Call, *arns: str) -> None:
    """Raises an error for a queue or function of an account that another world has: a mapping cannot reach it."""
    for arn in map(read_arn, arns):
        if arn is not None and lambda_.others is not None and lambda_.others.have(arn.account, lambda_.region(call)):
            raise not_here(f"mappings between accounts of different shards, as {call.account} and {arn.account}")


def _shown(mapping: EventSourceMapping, state: str | None = None) -> Result:
    output = models.service("lambda").operations["GetEventSourceMapping"].output
    assert output is not None
    return {**dict.fromkeys(output.members), **describe(mapping, state)}
