"""Receives from standard queues that AWS allows and clients must bear: out of order, and twice.

Source: the SQS Developer Guide, "Amazon SQS standard queues": best-effort ordering, at-least-once delivery.
"""

from __future__ import annotations

from collections.abc import Awaitable
from copy import copy
from random import Random

from msgspec.structs import replace

from decaf.faults.effects import Duplicate
from decaf.faults.handler import Handler
from decaf.faults.match import Context
from decaf.faults.rules import Faults
from decaf.sqs import receipt
from decaf.sqs.queue import Queue
from decaf_protocol import Call, Result

WINDOW = 1_000  # messages at the head of a queue from which a receive takes at random


def receive_at_random(
    handler: Handler, queue: Queue, chance: Random, call: Call, now: float
) -> Result | Awaitable[Result]:
    """Receive any of the messages at the head of the queue: the others are set aside while the handler runs."""
    limit = call.params.get("MaxNumberOfMessages", 1)
    aside = queue.set_aside(WINDOW, now)
    chance.shuffle(aside)
    queue.put_back(aside[:limit], now)
    try:
        result = handler(call, now)
    finally:
        queue.put_back(aside[limit:], now)
    if isinstance(result, dict):
        chance.shuffle(result["Messages"])
    return result


def leave_copies(faults: Faults, context: Context, queue: Queue, result: Result, now: float) -> Result:
    """Put copies of received messages in their queue, where a rule for that fires.

    A message is copied at its first receive only, so it is received at most twice for this.
    """
    for received in result["Messages"]:
        handle = receipt.read(queue.tag, received["ReceiptHandle"])
        message = None if handle is None else queue.messages.get(handle.number)
        if message is None or message.receives.count > 1:
            continue
        if any(faults.hitting(replace(context, message_id=message.id), (Duplicate,), now)):
            queue.send(copy(message), now, delay=0)
    return result
