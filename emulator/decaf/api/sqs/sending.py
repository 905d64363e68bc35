"""Sending messages, one or a batch: the same code checks a single message and each entry of a batch."""

from __future__ import annotations

from typing import Any

from decaf.api.batches import check_batch
from decaf.api.sqs.batches import batch_errors, each
from decaf.api.sqs.identifiers import check_ids_are_there, read_ids
from decaf.api.sqs.service import Sqs
from decaf.base.identity import default_user
from decaf.sqs import content, digest
from decaf.sqs.errors import batch_too_long, invalid_parameter, memory_full, message_too_long, not_for_this_queue_type
from decaf.sqs.message import FifoIds, Message, Metadata, by_sender
from decaf.sqs.queue import Queue
from decaf_protocol import Call, Params, Result

_BATCH_ERRORS = batch_errors("SendMessageBatchRequestEntry")


def send_message(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    return _send(sqs, queue, call, call.params, now)


def send_message_batch(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    entries: list[Params] = call.params["Entries"]
    check_batch(entries, sqs.settings.max_batch_entries, _BATCH_ERRORS)
    total = sum(content.size(entry["MessageBody"], entry.get("MessageAttributes")) for entry in entries)
    most = sqs.settings.max_batch_size
    if total > most:
        raise batch_too_long(total, most)
    check_ids_are_there(queue, entries)
    return each(entries, lambda entry: _send(sqs, queue, call, entry, now))


def _send(sqs: Sqs, queue: Queue, call: Call, params: Params, now: float) -> Result:
    """Check a message and put it in the queue; returns the result's members."""
    message_id, id_bytes = sqs.ids.uuid_in_both()
    message = _compose(sqs, queue, call, params, id_bytes, now)
    delay = _delay(queue, params, sqs.settings.max_delay)
    original = queue.send(message, now, delay)
    result: dict[str, Any] = {
        "MD5OfMessageBody": message.body_md5,
        "MessageId": message_id if original is None else original.message_id,
    }
    if message.metadata.attributes_md5 is not None:
        result["MD5OfMessageAttributes"] = message.metadata.attributes_md5
    if system_attributes := params.get("MessageSystemAttributes"):
        result["MD5OfMessageSystemAttributes"] = digest.of_attributes(system_attributes)
    if message.fifo is not None:
        result["SequenceNumber"] = message.sequence_number if original is None else original.sequence_number
    return result


def _compose(sqs: Sqs, queue: Queue, call: Call, params: Params, id_bytes: bytes, now: float) -> Message:
    body: str = params["MessageBody"]
    attributes = params.get("MessageAttributes") or None
    system_attributes = params.get("MessageSystemAttributes")
    content.check_body(body)
    if attributes:
        attributes = content.check_attributes(attributes, sqs.settings.max_message_attributes)
    size = content.size(body, attributes)
    if size > queue.attributes["MaximumMessageSize"]:
        raise message_too_long(queue.attributes["MaximumMessageSize"])
    if sqs.memory_limit is not None and not sqs.memory_limit.has_room(size):
        raise memory_full(sqs.settings.memory_limit)
    group_id, deduplication_id = read_ids(queue, params)
    trace_header = content.check_trace_header(system_attributes) if system_attributes else _traced(call)
    sender_id = default_user(call.account).id if call.caller is None else call.caller[0]
    if attributes is None and trace_header is None:
        metadata = by_sender(sender_id)
    else:
        attributes_md5 = None if attributes is None else digest.of_attributes(attributes)
        metadata = Metadata(sender_id, attributes, attributes_md5, trace_header)
    return Message(
        identity=id_bytes + digest.of_body(body),
        content=body,
        metadata=metadata,
        sent_at=now,
        group_id=group_id,
        fifo=None if deduplication_id is None else FifoIds(deduplication_id),
    )


def _traced(call: Call) -> str | None:
    """Returns the trace header of the request itself, if it is one."""
    header = call.trace_header
    return header if header is not None and content.is_trace_header(header) else None


def _delay(queue: Queue, params: Params, longest: int) -> int:
    delay: int | None = params.get("DelaySeconds")
    if delay is None:
        return int(queue.attributes["DelaySeconds"])
    # SendMessage: a FIFO queue has no DelaySeconds per message; 0 is accepted all the same (reported answer)
    if delay and queue.is_fifo:
        raise not_for_this_queue_type(delay, "DelaySeconds")
    if not 0 <= delay <= longest:
        raise invalid_parameter(delay, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {longest}.")
    return delay
