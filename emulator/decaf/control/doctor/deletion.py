"""Consumers that delete a message before they have done its work.

Rule: work is not seen here, but what a consumer does next is. So this is a hint, unless consumers send on what they
have received only after they have deleted it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from decaf.control.doctor.finding import MOST_SHOWN, Finding, Severity, counted, name_of, sqs_page
from decaf.control.doctor.view import MadeCall, View

_FEW = 3  # deletions that say little
_AT_ONCE = 0.02  # seconds from a receive to a deletion, which leave no time for work
_SENDING = frozenset({"SendMessage", "SendMessageBatch", "Publish", "PublishBatch"})
_DELETING = frozenset({"DeleteMessage", "DeleteMessageBatch"})


def before_work(view: View) -> Iterator[Finding]:
    """Queues whose consumers delete first, and send on afterwards; or delete at once."""
    sending = _sent_after_deletion(view)
    for queue in view.queues.values():
        after = sending.get(queue.arn, [])
        if len(after) >= _FEW:
            target = name_of(after[0][1].arn)
            yield _finding(
                queue.arn,
                "warning" if after[0][0].is_named else "hint",
                f"{after[0][0].caller or 'A consumer'} deletes a message of {queue.name}, and only then sends "
                f"to {target}: if "
                "it stops between the two, the message is lost.",
                [f"{counted(len(after), 'time')}, for example calls {after[0][0].mark} and {after[0][1].mark}"],
                calls=[call.mark for pair in after[:MOST_SHOWN] for call in pair],
            )
            continue
        fast = _deleted_at_once(view, queue.arn)
        if fast:
            yield _finding(
                queue.arn,
                "hint",
                f"Every message of {queue.name} was deleted within {_AT_ONCE * 1000:.0f} ms of its receive. "
                "If the work comes "
                "after that, a consumer that stops loses the message.",
                [f"{counted(len(fast), 'message')} deleted at once; the work itself is not seen here"],
                marks=fast[:MOST_SHOWN],
            )


def _finding(
    arn: str,
    severity: Severity,
    problem: str,
    evidence: list[str],
    marks: list[int] | None = None,
    calls: list[int] | None = None,
) -> Finding:
    return Finding(
        check="deleted-before-work",
        severity=severity,
        subject=arn,
        problem=problem,
        evidence=evidence,
        marks=marks or [],
        calls=calls or [],
        fix="Do the work first, and delete the message when it is done.",
        command=None,
        link=sqs_page("sqs-visibility-timeout"),
    )


def _sent_after_deletion(view: View) -> dict[str, list[tuple[MadeCall, MadeCall]]]:
    """Returns, by queue, the deletions after which a caller sent, having sent nothing since it received.

    A caller is a program by its name. Several of one name may be at work at once, such as all that have that of their
    SDK: then the order of their calls says little.
    """
    found: defaultdict[str, list[tuple[MadeCall, MadeCall]]] = defaultdict(list)
    received: dict[tuple[str, str], MadeCall] = {}
    deleted: dict[tuple[str, str], MadeCall] = {}
    for call in view.calls:
        who = call.caller, call.account
        if call.operation == "ReceiveMessage" and call.received:
            received[who] = call
            deleted.pop(who, None)
        elif call.operation in _DELETING and (before := received.get(who)) is not None and before.arn == call.arn:
            deleted[who] = call
        elif call.operation in _SENDING:
            received.pop(who, None)
            done = deleted.pop(who, None)
            if done is not None and done.arn != call.arn:
                found[done.arn].append((done, call))
    return found


def _deleted_at_once(view: View, arn: str) -> list[int]:
    """Returns the marks of the deletions of a queue if all came at once, and are more than a few."""
    marks: list[int] = []
    for life in view.lives(arn):
        received = None
        for event in life:
            if event.kind == "MessageReceived":
                received = event.at
            elif event.kind == "MessageDeleted":
                if received is None or event.at - received > _AT_ONCE:
                    return []
                marks.append(event.mark)
    return marks if len(marks) > _FEW else []
