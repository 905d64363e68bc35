"""Dead-letter queues that lose messages or get healthy ones, and messages that need one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from decaf.control.doctor.finding import MOST_SHOWN, Finding, counted, set_attribute, sqs_page
from decaf.control.doctor.view import View
from decaf.control.queues import QueueDescription

_LONGEST = 1_209_600  # seconds, of a retention period
_OFTEN = 5  # receives of one message
_PAGE = "sqs-dead-letter-queues"


def short_retention(view: View) -> Iterator[Finding]:
    """Dead-letter queues whose messages expire as soon as those of their source, or sooner."""
    for source in view.queues.values():
        dead = view.queues.get(source.dead_letter_queue or "")
        if dead is None or source.fifo:  # the time of a FIFO queue's dead letter starts anew
            continue
        kept, needed = _retention(dead), _retention(source)
        if kept > needed:
            continue
        lost = view.happened_to(dead.arn, "MessageExpired")
        yield Finding(
            check="dead-letter-retention",
            severity="warning",
            subject=dead.arn,
            problem=f"{dead.name} keeps messages no longer than {source.name}, whose dead-letter queue it is: "
            "a dead letter's "
            "time counts from its first send.",
            evidence=[
                f"MessageRetentionPeriod: {dead.name} {kept:,} s, {source.name} {needed:,} s",
                f"{counted(len(lost), 'message')} expired in {dead.name}",
            ],
            marks=[event.mark for event in lost[:MOST_SHOWN]],
            calls=[],
            fix="Keep dead letters for longer than the source keeps messages.",
            command=set_attribute(dead.arn, "MessageRetentionPeriod", _LONGEST),
            link=sqs_page(_PAGE),
        )


def one_receive(view: View) -> Iterator[Finding]:
    """Redrive policies that set a message aside after one receive."""
    for queue in view.queues.values():
        if _most_receives(queue) != 1:
            continue
        set_aside = view.happened_to(queue.arn, "MessageDeadLettered")
        yield Finding(
            check="one-receive",
            severity="warning",
            subject=queue.arn,
            problem=f"{queue.name} sets a message aside after one receive: a consumer that is stopped once, "
            "or a response "
            "that is lost, is enough.",
            evidence=[f"maxReceiveCount is 1; {counted(len(set_aside), 'message')} dead-lettered so far"],
            marks=[event.mark for event in set_aside[:MOST_SHOWN]],
            calls=[],
            fix="Set maxReceiveCount to 3 or more, in the RedrivePolicy.",
            command=None,
            link=sqs_page("avoiding-inconsistent-message-processing"),
        )


def poison(view: View) -> Iterator[Finding]:
    """Messages that are received again and again, on queues that set none aside."""
    for queue in view.queues.values():
        if queue.dead_letter_queue is not None:
            continue
        lives = [life for life in view.lives(queue.arn) if not any(event.kind == "MessageDeleted" for event in life)]
        often = [life for life in lives if max(event.receive_count or 0 for event in life) >= _OFTEN]
        if not often:
            continue
        yield Finding(
            check="poison-message",
            severity="warning",
            subject=queue.arn,
            problem=f"{counted(len(often), 'message')} of {queue.name} came again and again and never left "
            "it, and it has no "
            "dead-letter queue.",
            evidence=[
                f"{life[0].message_id}: received {max(event.receive_count or 0 for event in life)} times, never deleted"
                for life in often[:MOST_SHOWN]
            ],
            marks=[life[-1].mark for life in often[:MOST_SHOWN]],
            calls=[],
            fix=f"Give {queue.name} a dead-letter queue, with a RedrivePolicy whose maxReceiveCount is 3 or "
            "more, and find out "
            "why the consumer fails.",
            command=None,
            link=sqs_page(_PAGE),
        )


def _retention(queue: QueueDescription) -> int:
    return int(queue.attributes["MessageRetentionPeriod"])


def _most_receives(queue: QueueDescription) -> int | None:
    text = queue.attributes.get("RedrivePolicy")
    return None if text is None else int(json.loads(text)["maxReceiveCount"])
