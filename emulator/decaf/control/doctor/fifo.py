"""FIFO queues that do one thing at a time, and sends that were dropped as duplicates."""

from __future__ import annotations

from collections.abc import Iterator

from decaf.control.doctor.finding import MOST_SHOWN, Finding, counted, sqs_page
from decaf.control.doctor.view import MadeCall, View

_MANY = 10  # messages


def one_group(view: View) -> Iterator[Finding]:
    """FIFO queues whose messages are all in one group."""
    for queue in view.queues.values():
        sent = view.happened_to(queue.arn, "MessageSent") if queue.fifo else []
        groups = {event.group for event in sent}
        if len(sent) < _MANY or len(groups) != 1:
            continue
        yield Finding(
            check="one-group",
            severity="hint",
            subject=queue.arn,
            problem=f"All {len(sent)} messages of {queue.name} are in one group: only one consumer can work "
            "at a time, and one "
            "message that fails holds up all.",
            evidence=[f"message group {next(iter(groups))}"],
            marks=[event.mark for event in sent[:MOST_SHOWN]],
            calls=[],
            fix="Use the name of what has to be in order as MessageGroupId, such as a customer's.",
            command=None,
            link=sqs_page("using-messagegroupid-property"),
        )


def dropped_duplicates(view: View) -> Iterator[Finding]:
    """Sends that a FIFO queue accepted and dropped, since the same was sent less than five minutes before."""
    for queue in view.queues.values():
        dropped = list(_dropped(view.calls_to(queue.arn, "SendMessage", "SendMessageBatch"))) if queue.fifo else []
        if not dropped:
            continue
        by_content = queue.attributes.get("ContentBasedDeduplication") == "true"
        yield Finding(
            check="dropped-duplicate",
            severity="hint",
            subject=queue.arn,
            problem=f"{queue.name} dropped {counted(len(dropped), 'message')} as a duplicate of one that was "
            "sent less than "
            "five minutes before. The send succeeds, with the first one's MessageId.",
            evidence=[
                f"call {call.mark} by {call.caller or 'a client'}: {sent}" for call, sent in dropped[:MOST_SHOWN]
            ],
            marks=[],
            calls=[call.mark for call, _ in dropped[:MOST_SHOWN]],
            fix="If these are different messages, send each with a MessageDeduplicationId of its own"
            + (": this queue compares their bodies." if by_content else "."),
            command=None,
            link=sqs_page("using-messagededuplicationid-property"),
        )


def _dropped(calls: list[MadeCall]) -> Iterator[tuple[MadeCall, str]]:
    """Yields the sends that were answered with the id of an earlier message."""
    known: set[str] = set()
    for call in calls:
        for sent in call.sent:
            if sent in known:
                yield call, sent
            known.add(sent)
