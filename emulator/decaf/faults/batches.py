"""Batches of which some entries fail."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from msgspec.structs import replace

from decaf.faults.effects import PartialBatch
from decaf.faults.handler import Handler, then
from decaf_protocol import Call, Result, error_code, error_shape, is_senders_fault


def fail_partly(
    handler: Handler, effect: PartialBatch, most: int, call: Call, now: float
) -> Result | Awaitable[Result]:
    """Run a batch without the entries that are to fail, and add those to its result as failed.

    A batch of more than `most` entries, or whose ids are not distinct, runs as it is: AWS refuses it as a whole.
    """
    member = "Entries" if "Entries" in call.params else "PublishBatchRequestEntries"
    entries: list[dict[str, Any]] = call.params[member]
    ids = [entry["Id"] for entry in entries]
    doomed = set(effect.fail) if isinstance(effect.fail, list) else set(ids[: effect.fail])
    if len(ids) > most or len(set(ids)) < len(ids) or doomed.isdisjoint(ids):
        return handler(call, now)
    failed = [_failure(effect, call.dialect.service, name) for name in ids if name in doomed]
    rest = [entry for entry in entries if entry["Id"] not in doomed]
    if not rest:
        return {"Successful": [], "Failed": failed}
    done = handler(replace(call, params={**call.params, member: rest}), now)
    return then(done, lambda result: {**result, "Failed": [*result["Failed"], *failed]})


def _failure(effect: PartialBatch, service: str, entry_id: str) -> Result:
    shape = error_shape(service, effect.code) or effect.code
    return {
        "Id": entry_id,
        "SenderFault": is_senders_fault(service, shape),
        "Code": error_code(service, shape),
        "Message": effect.message,
    }
