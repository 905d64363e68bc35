"""Receives from standard queues as AWS makes no promise against: out of order, and twice."""

from __future__ import annotations

from collections.abc import Awaitable
from copy import copy
from dataclasses import replace
from random import Random

from decaf.faults.effects import Duplicate
from decaf.faults.handler import Handler
from decaf.faults.match import Context
from decaf.faults.rules import Faults
from decaf.sqs import receipt
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf_protocol import Call, Result

WINDOW = 1_000  # messages at the head of a queue, among which chance decides


def receive_by_chance(
    handler: Handler, queue: Queue, chance: Random, call: Call, now: float
) -> Result | Awaitable[Result]:
    """Receive as many as are asked for from the messages at the head of the queue, whichever those are."""
    queue.settle(now)
    order = queue.order
    hidden: list[Message] = []
    while len(hidden) < WINDOW and (message := order.take(now)) is not None:
        hidden.append(message)
    order.end_receive()
    chance.shuffle(hidden)
    for _ in range(min(len(hidden), call.params.get("MaxNumberOfMessages", 1))):
        order.rejoin(hidden.pop(), now)
    try:
        result = handler(call, now)
    finally:
        for message in hidden:
            order.rejoin(message, now)
    if isinstance(result, dict):
        chance.shuffle(result["Messages"])
    return result


def leave_copies(faults: Faults, context: Context, queue: Queue, result: Result, now: float) -> Result:
    """Put copies of received messages in their queue, where a rule says so.

    A message is copied at its first receive only, so none comes more than twice for this.
    """
    for shown in result["Messages"]:
        taken = receipt.read(queue.tag, shown["ReceiptHandle"])
        message = None if taken is None else queue.messages.get(taken.number)
        if message is None or message.receive_count > 1:
            continue
        if any(faults.hitting(replace(context, message_id=message.id), (Duplicate,), now)):
            queue.send(copy(message), now, delay=0)
    return result
