"""Acknowledging received messages: deleting them, or changing how long they stay hidden."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from decaf.api.batches import check_batch
from decaf.api.sqs.batches import batch_errors, each
from decaf.api.sqs.service import Sqs
from decaf.sqs import receipt
from decaf.sqs.errors import (
    invalid_parameter,
    missing_parameter,
    not_available_for_change,
    not_available_for_change_in_batch,
    receipt_handle_has_expired,
    receipt_handle_has_expired_in_batch,
    receipt_handle_is_invalid,
    receipt_handle_of_other_queue,
)
from decaf.sqs.queue import BeyondLimit, HandleExpired, NotAvailable, Queue
from decaf.sqs.receipt import OtherQueue, Receipt
from decaf_protocol import AWSError, Call, Params, Result

_DELETE_ERRORS = batch_errors("DeleteMessageBatchRequestEntry")
_CHANGE_ERRORS = batch_errors("ChangeMessageVisibilityBatchRequestEntry")


def delete_message(sqs: Sqs, call: Call, now: float) -> Result:
    return _delete(sqs.queue(call), now, receipt_handle_has_expired, call.params)


def delete_message_batch(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    check_batch(call.params["Entries"], sqs.settings.max_batch_entries, _DELETE_ERRORS)
    return each(call.params["Entries"], partial(_delete, queue, now, receipt_handle_has_expired_in_batch))


def change_message_visibility(sqs: Sqs, call: Call, now: float) -> Result:
    return _change(sqs, sqs.queue(call), now, not_available_for_change, call.params)


def change_message_visibility_batch(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    check_batch(call.params["Entries"], sqs.settings.max_batch_entries, _CHANGE_ERRORS)
    return each(call.params["Entries"], partial(_change, sqs, queue, now, not_available_for_change_in_batch))


def _delete(queue: Queue, now: float, expired: Callable[[str], AWSError], params: Params) -> Result:
    handle: str = params["ReceiptHandle"]
    try:
        (queue.servers or queue).delete(_receipt(queue, handle), now)
    except HandleExpired:  # of FIFO queues; worded differently in a batch (reported answers)
        raise expired(handle) from None
    return {}


def _change(sqs: Sqs, queue: Queue, now: float, not_available: Callable[[str], AWSError], params: Params) -> Result:
    handle: str = params["ReceiptHandle"]
    timeout: int | None = params.get("VisibilityTimeout")
    if timeout is None:
        raise missing_parameter("VisibilityTimeout")
    longest = sqs.settings.max_visibility
    # ChangeMessageVisibility: 0 to 43,200 seconds, and as many from the receive on
    if not 0 <= timeout <= longest:
        raise invalid_parameter(timeout, "VisibilityTimeout", f"Must be between 0 and {longest}, if provided.")
    try:
        queue.change_visibility(_receipt(queue, handle), timeout, now, longest)
    except (NotAvailable, HandleExpired):
        raise not_available(handle) from None
    except BeyondLimit:
        raise invalid_parameter(
            timeout,
            "VisibilityTimeout",
            f"Total VisibilityTimeout for the message is beyond the limit [{longest} seconds]",
        ) from None
    return {}


def _receipt(queue: Queue, handle: str) -> Receipt:
    if not handle:
        raise missing_parameter("ReceiptHandle")
    try:
        found = receipt.read(queue.tag, handle)
    except OtherQueue:
        raise receipt_handle_of_other_queue(handle) from None
    if found is None:
        raise receipt_handle_is_invalid(handle)
    return found
