"""Work that takes longer than a message stays in flight, and deletions that come too late."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import ceil

from decaf.control.doctor.finding import MOST_SHOWN, Finding, counted, set_attribute, sqs_page
from decaf.control.doctor.view import MadeCall, View
from decaf.observe.history import HistoryEvent

_PAGE = "sqs-visibility-timeout"
_MOST = 43_200  # seconds, of a visibility timeout


def too_short(view: View) -> Iterator[Finding]:
    """Queues whose messages came back while their consumer was at work."""
    for queue in view.queues.values():
        lives = view.lives(queue.arn)
        back = [life for life in lives if _came_back_before_it_was_deleted(life)]
        if not back:
            continue
        late = dict(_late(view, queue.arn))
        works = [work for life in lives if (work := _work(life, late)) is not None]
        longest = max(works, default=0.0)
        timeout = int(queue.attributes["VisibilityTimeout"])
        proven = longest > timeout
        wanted = min(_MOST, ceil(2 * max(longest, timeout)))
        yield Finding(
            check="visibility-timeout",
            severity="warning" if proven or len(back) > 1 else "hint",
            subject=queue.arn,
            problem=f"{counted(len(back), 'message')} of {queue.name} came back before {_they(back)} deleted: "
            + (
                "the work takes longer than the visibility timeout."
                if proven
                else "slow work, or a consumer that stopped."
            ),
            evidence=[
                f"VisibilityTimeout is {timeout} s; the longest time from a receive to its deletion was "
                f"{longest:.1f} s",
                *(_line(life) for life in back[:MOST_SHOWN]),
            ],
            marks=[event.mark for life in back for event in life if event.kind == "MessageReturned"][:MOST_SHOWN],
            calls=[],
            fix="Set a visibility timeout of at least twice the longest work, or let the consumer prolong it with "
            "ChangeMessageVisibility while it works. The new timeout holds for later receives.",
            command=set_attribute(queue.arn, "VisibilityTimeout", wanted),
            link=sqs_page(_PAGE),
        )


def late_deletions(view: View) -> Iterator[Finding]:
    """Deletions by the receipt handle of a receive whose time in flight was over."""
    for queue in view.queues.values():
        expired = [call for call in view.calls_to(queue.arn, "DeleteMessage") if "expired" in call.message]
        late = _late(view, queue.arn)
        if not expired and not late:
            continue
        evidence = [f"{call.caller or 'a client'}, call {call.mark}: {call.message}" for call in expired[:MOST_SHOWN]]
        evidence += [
            f"{event.message_id}: deleted by the handle of receive {receive} after receive {event.receive_count}"
            if receive != event.receive_count
            else f"{event.message_id}: deleted after its time in flight was over"
            for event, receive in _with_receives(view, queue.arn, late)
        ][:MOST_SHOWN]
        count = len(expired) + len(late)
        yield Finding(
            check="late-deletion",
            severity="warning",
            subject=queue.arn,
            problem=f"{counted(count, 'deletion')} on {queue.name} came after the time in flight was over: "
            + ("FIFO queues refuse them." if queue.fifo else "another consumer may have got the message before."),
            evidence=evidence,
            marks=[mark for mark, _ in late[:MOST_SHOWN]],
            calls=[call.mark for call in expired[:MOST_SHOWN]],
            fix="Delete before the visibility timeout ends: prolong it with ChangeMessageVisibility while you work.",
            command=None,
            link=sqs_page(_PAGE),
        )


def _late(view: View, arn: str) -> list[tuple[int, int]]:
    """Returns the late deletions of a queue: the mark of each, and by which receive of its message it is."""
    by = {call.events_mark: call for call in view.calls_to(arn, "DeleteMessage")}
    found: list[tuple[int, int]] = []
    for life in view.lives(arn):
        for before, event in itertools.pairwise(life):
            if event.kind != "MessageDeleted":
                continue
            receive = _receive_of(by.get(event.mark), event)
            if before.kind == "MessageReturned" or receive < (event.receive_count or 0):
                found.append((event.mark, receive))
    return sorted(found)


def _receive_of(call: MadeCall | None, event: HistoryEvent) -> int:
    return call.receipt if call is not None and call.receipt is not None else event.receive_count or 0


def _with_receives(view: View, arn: str, late: Sequence[tuple[int, int]]) -> Iterator[tuple[HistoryEvent, int]]:
    by_mark = {event.mark: event for event in view.happened_to(arn, "MessageDeleted")}
    for mark, receive in late:
        yield by_mark[mark], receive


def _came_back_before_it_was_deleted(life: Sequence[HistoryEvent]) -> bool:
    """Whether a message came back when its visibility timeout ended, and was deleted later."""
    kinds = [event.kind for event in life]
    if "MessageDeleted" not in kinds:
        return False
    untils = {event.until for event in life if event.kind in ("MessageReceived", "VisibilityChanged")}
    deleted = kinds.index("MessageDeleted")
    return any(event.kind == "MessageReturned" and event.at in untils for event in life[:deleted])


def _work(life: Sequence[HistoryEvent], late: dict[int, int]) -> float | None:
    """Returns the seconds from a receive to the deletion by its handle, None without a deletion."""
    deleted = next((event for event in life if event.kind == "MessageDeleted"), None)
    if deleted is None:
        return None
    receive = late.get(deleted.mark, deleted.receive_count)
    received = [event for event in life if event.kind == "MessageReceived" and event.receive_count == receive]
    return deleted.at - received[-1].at if received else None


def _they(lives: Sequence[object]) -> str:
    return "it was" if len(lives) == 1 else "they were"


def _line(life: Sequence[HistoryEvent]) -> str:
    receives = sum(event.kind == "MessageReceived" for event in life)
    return f"{life[0].message_id}: received {counted(receives, 'time')}, then deleted"
