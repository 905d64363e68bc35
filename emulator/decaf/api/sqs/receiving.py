"""Receiving messages, at once or by a long poll."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from decaf.api.sqs.rendering import Selection, render
from decaf.api.sqs.service import Sqs
from decaf.base.half_closed import only_ends_the_wait
from decaf.sqs import content
from decaf.sqs.errors import invalid_parameter, not_for_this_queue_type, over_limit, queue_does_not_exist
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf_protocol import Call, Params, Result

Take = Callable[[float, int, float], list[Message]]  # now, limit, visibility -> messages


def receive_message(sqs: Sqs, call: Call, now: float) -> Result | Awaitable[Result]:
    """Returns the result at once when there are messages or the call does not wait, else an awaitable of it."""
    queue = sqs.queue(call)
    params = call.params
    take = _take(queue, params)
    limit = _limit(params, sqs.settings.max_received)
    visibility = _visibility(queue, params, sqs.settings.max_visibility)
    wait = _wait(queue, params, sqs.settings.max_wait)
    if not wait and queue.servers is not None:
        take = queue.servers.receive_from_some
    selection = Selection.of(params)
    room = sqs.settings.max_in_flight - len(queue.in_flight)
    messages = take(now, min(limit, room), visibility)
    if messages or not wait:
        # Developer Guide, quotas: OverLimit for short polls alone, and FIFO queues return no error
        if not messages and room <= 0 and not queue.is_fifo:
            raise over_limit("The maximum number of in flight messages is reached.")
        return render(queue, messages, selection)
    attempt = partial(_attempt, sqs, queue, take, limit, visibility)
    return _poll(sqs, queue, queue.waiters.park(attempt, now + wait), selection)


def _attempt(sqs: Sqs, queue: Queue, take: Take, limit: int, visibility: int, now: float) -> list[Message] | None:
    room = sqs.settings.max_in_flight - len(queue.in_flight)
    return take(now, min(limit, room), visibility) or None


async def _poll(sqs: Sqs, queue: Queue, answer: asyncio.Future[list[Message] | None], selection: Selection) -> Result:
    try:
        messages = await answer
    except asyncio.CancelledError as error:
        # The client hung up. Messages taken for it in the same turn of the event loop go back untouched.
        if answer.done() and not answer.cancelled() and (taken := answer.result()):
            queue.undo_receive(taken, sqs.clock.now())
        if not only_ends_the_wait(error):
            raise
        messages = None
    if messages is None and sqs.queue_at(queue.arn) is None:  # deleted while the call waited
        raise queue_does_not_exist()
    return render(queue, messages or [], selection)


def _take(queue: Queue, params: Params) -> Take:
    """Returns the queue's receive; with an id of the attempt, which only FIFO queues have, the one that repeats it."""
    attempt_id: str | None = params.get("ReceiveRequestAttemptId")
    if attempt_id is None:
        return queue.receive if queue.servers is None else queue.servers.receive
    if not isinstance(queue, FifoQueue):
        raise not_for_this_queue_type(attempt_id, "ReceiveRequestAttemptId")
    content.check_id(attempt_id, "ReceiveRequestAttemptId")
    return partial(queue.receive_attempt, attempt_id)


def _limit(params: Params, most: int) -> int:
    limit: int = params.get("MaxNumberOfMessages", 1)
    if not 1 <= limit <= most:
        raise invalid_parameter(limit, "MaxNumberOfMessages", f"Must be between 1 and {most}, if provided.")
    return limit


def _visibility(queue: Queue, params: Params, longest: int) -> int:
    timeout: int | None = params.get("VisibilityTimeout")
    if timeout is None:
        return int(queue.attributes["VisibilityTimeout"])
    if not 0 <= timeout <= longest:
        raise invalid_parameter(timeout, "VisibilityTimeout", f"Must be between 0 and {longest}, if provided.")
    return timeout


def _wait(queue: Queue, params: Params, longest: int) -> int:
    wait: int | None = params.get("WaitTimeSeconds")
    if wait is None:
        return int(queue.attributes["ReceiveMessageWaitTimeSeconds"])
    if not 0 <= wait <= longest:
        raise invalid_parameter(wait, "WaitTimeSeconds", f"Must be >= 0 and <= {longest}, if provided.")
    return wait
