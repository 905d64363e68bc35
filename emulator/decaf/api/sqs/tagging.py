"""The tags of a queue."""

from __future__ import annotations

from decaf.api.sqs.service import Sqs
from decaf.sqs.errors import invalid_value, missing_parameter
from decaf.sqs.queue import QUEUE_STATE
from decaf.sqs.tags import MAX_KEY, check_keys, check_tags
from decaf_protocol import Call, Result


def tag_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    tags: dict[str, str] = call.params["Tags"]
    if not tags:
        raise missing_parameter("Tags")
    check_tags(tags, queue.tags, queue.name, sqs.settings.max_tags)
    queue.tags.update(tags)
    sqs.events.mark_dirty(QUEUE_STATE, queue)
    return {}


def untag_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    keys: list[str] = call.params["TagKeys"]
    if not keys:
        raise invalid_value(f"Tag keys must be between 1 and {MAX_KEY} characters in length.")
    check_keys(keys)
    for key in keys:
        queue.tags.pop(key, None)
    sqs.events.mark_dirty(QUEUE_STATE, queue)
    return {}


def list_queue_tags(sqs: Sqs, call: Call, now: float) -> Result:
    return {"Tags": dict(sqs.queue(call).tags)}
