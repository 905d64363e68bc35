"""Functions, and the events that were accepted for them, as records and back."""

from __future__ import annotations

from decaf.functions.accepted_event import AcceptedEvent
from decaf.functions.function import Function
from decaf.persistence.queues import arn_of
from decaf.persistence.records import AcceptedRecord, FunctionRecord

_SAME = tuple(name for name in FunctionRecord.__struct_fields__ if name not in ("function_arn", "environment"))


def write_function(function: Function) -> FunctionRecord:
    facts = {name: getattr(function, name) for name in _SAME}
    return FunctionRecord(function_arn=function.name, environment=dict(function.environment), **facts)


def read_function(record: FunctionRecord, shift: float) -> Function:
    """Returns the function; `shift` (seconds) is added to all times."""
    facts = {name: getattr(record, name) for name in _SAME}
    facts["last_modified"] = record.last_modified and record.last_modified + shift
    return Function(record.function_arn, environment=record.environment, **facts)


def write_accepted(event: AcceptedEvent) -> AcceptedRecord | None:
    """Returns the record of an event, None for one that is done."""
    if event.due is None:
        return None
    return AcceptedRecord(
        function_arn=event.arn,
        payload=event.payload,
        request_id=event.request_id,
        accepted_at=event.accepted_at,
        due=event.due,
        trace_header=event.trace_header,
        client_context=event.client_context,
        source=None if event.source is None else str(event.source),
        message_ids=event.message_ids,
        errors=event.errors,
        refusals=event.refusals,
        depth=event.depth,
    )


def read_accepted(record: AcceptedRecord, shift: float) -> AcceptedEvent:
    return AcceptedEvent(
        arn=record.function_arn,
        payload=record.payload,
        request_id=record.request_id,
        accepted_at=record.accepted_at + shift,
        due=record.due + shift,
        trace_header=record.trace_header,
        client_context=record.client_context,
        source=None if record.source is None else arn_of(record.source),
        message_ids=record.message_ids,
        errors=record.errors,
        refusals=record.refusals,
        depth=record.depth,
    )
