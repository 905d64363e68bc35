"""Short polls that find nothing, and what they cost on AWS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from decaf.control.doctor.finding import MOST_SHOWN, Finding, set_attribute, sqs_page
from decaf.control.doctor.view import MadeCall, View

_MANY = 20  # receives, from which on their rate says something
_MONTH = 30 * 86_400  # seconds

# US dollars for a million requests in us-east-1, after the first million of a month. Source: aws.amazon.com/sqs/pricing
PRICE, FIFO_PRICE, PRICE_OF = 0.40, 0.50, "June 2026"


def short_polls(view: View) -> Iterator[Finding]:
    """Queues that somebody asks again and again without waiting."""
    for queue in view.queues.values():
        waits = int(queue.attributes["ReceiveMessageWaitTimeSeconds"])
        by_caller: defaultdict[str, list[MadeCall]] = defaultdict(list)
        for call in view.calls_to(queue.arn, "ReceiveMessage"):
            if call.received is not None and not (waits if call.waits is None else call.waits):
                by_caller[call.caller].append(call)
        for caller, calls in by_caller.items():
            empty = [call for call in calls if not call.received]
            if len(calls) < _MANY or len(empty) * 2 < len(calls):
                continue
            yield Finding(
                check="short-polling",
                severity="warning",
                subject=queue.arn,
                problem=f"{caller or 'A client'} asks {queue.name} without waiting: {len(empty)} of "
                f"{len(calls)} calls found "
                "nothing.",
                evidence=[_cost(calls, empty, FIFO_PRICE if queue.fifo else PRICE)],
                marks=[],
                calls=[call.mark for call in empty[:MOST_SHOWN]],
                fix="Wait for messages, up to 20 seconds in one call: set WaitTimeSeconds in the call, or "
                "ReceiveMessageWaitTimeSeconds on the queue. A message is returned as soon as it comes.",
                command=set_attribute(queue.arn, "ReceiveMessageWaitTimeSeconds", 20),
                link=sqs_page("sqs-short-and-long-polling"),
            )


def _cost(calls: list[MadeCall], empty: list[MadeCall], price: float) -> str:
    """Returns what the empty receives of one consumer would be in a month, and cost, if it went on like this."""
    span = calls[-1].real - calls[0].real
    rate = (len(calls) - 1) / span if span > 0 else 0.0
    month = rate * len(empty) / len(calls) * _MONTH
    return (
        f"{rate:,.1f} calls a second; at this rate {month / 1e6:,.1f} million empty receives a month, which cost "
        f"{month / 1e6 * price:,.2f} US dollars on AWS (us-east-1, {PRICE_OF}: {price:.2f} per million "
        "requests, the first "
        "million of a month is free)"
    )
