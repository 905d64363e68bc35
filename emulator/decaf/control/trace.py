"""All that is known of what happened in an account, and its present state, in one moment: for the file of a trace.

Rule: what happened is not interpreted here. Whoever shows a trace works out earlier states from the events.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from decaf import __version__
from decaf.base.arn import Account, read_arn
from decaf.base.clock import ClockChange, real_time
from decaf.base.slices import gradually, mapped
from decaf.control import across, marks
from decaf.control.calls import CallDescription, CallDetails, answered_really, described
from decaf.control.event_filter import Mark
from decaf.control.explain.known import look
from decaf.control.explain.links import Links, find_links
from decaf.control.explain.message import present_status
from decaf.control.explain.route import explained, settle_queues
from decaf.control.explain.sentences import sentence
from decaf.control.faults import Fault, Faults, join_faults, list_faults
from decaf.control.functions import FindLogs, find_logs
from decaf.control.inbox import Delivery, FindDeliveries, find_deliveries
from decaf.control.mappings import FindMappings, MappingDescription, find_mappings
from decaf.control.messages import FindMessages, MessageDescription, find_messages
from decaf.control.queues import FindQueues, QueueDescription, find_queues
from decaf.control.route import Across, ControlRequest, ControlResponse, EmptyRequest, Route, Shards
from decaf.control.topics import (
    FindSubscriptions,
    FindTopics,
    SubscriptionDescription,
    TopicDescription,
    find_subscriptions,
    find_topics,
)
from decaf.functions.log import LogEntry
from decaf.observe.call_record import NotedCall
from decaf.observe.history import KEPT_OF_BODIES, HistoryEvent

if TYPE_CHECKING:
    from decaf.sqs.queue import Queue
    from decaf.world import World

T = TypeVar("T")

MOST_EVENTS = 10_000
MOST_CALLS = 2_000
MOST_LOGS = 100  # of invocations
MOST_OF_QUEUE = 200  # messages
MOST_MESSAGES = 1_000  # of all queues
MOST_DELIVERIES = 500
MOST_EXPLAINED = 100  # messages in queues, and as many others
_WRITTEN = 500  # events in one slice
_DESCRIBED = 20  # calls in one slice

# The kinds of the last event of a message or notification that people look for.
_LOST = frozenset({"MessageExpired", "MessageMoved", "QueuePurged", "QueueDeleted"})
_UNDELIVERED = frozenset({"NotificationFiltered", "NotificationPostponed", "NotificationFailed"})


class TakeTrace(ControlRequest, frozen=True):
    """The `account`; without it, all. `since` is the mark after which to begin; without it, the earliest known.

    `calls_since` is the same for calls, whose marks are others. Without `explained` the answers about messages are left
    out.
    """

    account: Account | None = None
    since: Mark | None = None
    calls_since: Annotated[int, msgspec.Meta(ge=0)] | None = None
    explained: bool = True


class TracedEvent(HistoryEvent, frozen=True, kw_only=True, omit_defaults=True):
    """An event with a sentence in `text`; `cause` is the mark of the delivery or move that a message came by."""

    text: str = ""
    cause: int | None = None


class Trace(ControlResponse, frozen=True):
    """What happened, oldest first, and the state at the end, at `now` on the server's clock and `real` in real time.

    `lost` is whether there were more events after `since` than are kept. `clock` has what was done to the clock.
    `messages` has the first messages of each queue, by its ARN, `function_logs` what functions wrote in their latest
    invocations, and texts are cut after 4,096 characters.
    `explained` answers where a message or notification is, and why, by its id; it may be of a moment later.
    """

    version: str
    account: str | None
    epoch: str
    mark: Mark
    calls_mark: int
    lost: bool
    now: float
    real: float
    frozen: bool
    clock: list[ClockChange]
    queues: list[QueueDescription]
    topics: list[TopicDescription]
    subscriptions: list[SubscriptionDescription]
    mappings: list[MappingDescription]
    messages: dict[str, list[MessageDescription]]
    events: list[TracedEvent]
    calls: list[CallDescription]
    inbox: list[Delivery]
    function_logs: list[LogEntry]
    faults: list[Fault]
    explained: dict[str, str]


def take_trace(world: World, request: TakeTrace) -> Generator[None, None, Trace]:
    """Returns what happened in an account, and its present state, as work to be done in slices: both are those of now.

    Raises Busy.
    """
    world.settle()
    if request.explained:
        settle_queues(world)
    account = request.account
    queues = find_queues(world, FindQueues(account=account)).queues
    state = Trace(
        version=__version__,
        account=account,
        epoch=world.epoch,
        mark=world.history.mark,
        calls_mark=world.calls.mark,
        lost=request.since is not None and not world.history.remembers(request.since),
        now=world.clock.now(),
        real=real_time(),
        frozen=world.clock.frozen,
        clock=list(world.clock.changes),
        queues=queues,
        topics=find_topics(world, FindTopics(account=account)).topics,
        subscriptions=find_subscriptions(world, FindSubscriptions(account=account)).subscriptions,
        mappings=find_mappings(world, FindMappings(account=account)).mappings,
        messages=_messages(world, queues),
        events=[],
        calls=[],
        inbox=find_deliveries(world, FindDeliveries(account=account)).deliveries[-MOST_DELIVERIES:],
        function_logs=[
            msgspec.structs.replace(each, text=each.text[:KEPT_OF_BODIES])
            for each in find_logs(world, FindLogs(account=account, limit=MOST_LOGS)).entries
        ],
        faults=[
            each
            for each in list_faults(world, EmptyRequest()).faults
            if account is None or each.match.account in (None, account)
        ],
        explained={},
    )
    events = world.history.latest_in_slices(MOST_EVENTS, request.since or 0, account)
    return _with_past(world, request, state, events, _noted_calls(world, request))


def _with_past(
    world: World,
    request: TakeTrace,
    state: Trace,
    reading: Generator[None, None, list[HistoryEvent]],
    noted: Sequence[NotedCall],
) -> Generator[None, None, Trace]:
    events = yield from reading
    links = find_links(events)
    yield
    return msgspec.structs.replace(
        state,
        lost=state.lost or len(events) == MOST_EVENTS,
        events=(yield from mapped(events, lambda event: _traced(event, links), _WRITTEN)),
        calls=(yield from mapped(noted, lambda each: _call(world, each), _DESCRIBED)),
        explained=(yield from _explained(world, state.queues, events)) if request.explained else {},
    )


def _messages(world: World, queues: Iterable[QueueDescription]) -> dict[str, list[MessageDescription]]:
    found: dict[str, list[MessageDescription]] = {}
    left = MOST_MESSAGES
    for queue in queues:
        request = FindMessages(queue=queue.arn, limit=min(left, MOST_OF_QUEUE)) if left else None
        messages = [] if request is None else find_messages(world, request).messages
        left -= len(messages)
        found[queue.arn] = [_cut(message) for message in messages]
    return found


def _cut(message: MessageDescription) -> MessageDescription:
    return msgspec.structs.replace(message, body=_shortened(message.body), attributes=_shortened(message.attributes))


def _noted_calls(world: World, request: TakeTrace) -> list[NotedCall]:
    """Returns the latest calls of the account, oldest first."""
    noted = (each for each in world.calls.newest_first() if request.account in (None, each.account))
    return [each for each in islice(noted, MOST_CALLS) if each.mark > (request.calls_since or 0)][::-1]


def _call(world: World, noted: NotedCall) -> CallDescription:
    call = described(world, noted, details=True)
    return call if call.details is None else msgspec.structs.replace(call, details=_cut_details(call.details))


def _cut_details(details: CallDetails) -> CallDetails:
    texts = {name: _shortened(value) for name, value in msgspec.structs.asdict(details).items()}
    return CallDetails(**texts)


def _shortened(value: Any) -> Any:
    """Returns a value whose texts, at any depth, have no more than 4,096 characters."""
    if isinstance(value, str):
        return value[:KEPT_OF_BODIES]
    if isinstance(value, Mapping):
        return {name: _shortened(inner) for name, inner in value.items()}
    return [_shortened(inner) for inner in value] if isinstance(value, list | tuple) else value


def _traced(event: HistoryEvent, links: Links) -> TracedEvent:
    cause = links.cause.get(event.mark)
    facts: dict[str, Any] = msgspec.structs.asdict(event)
    return TracedEvent(**facts, text=sentence(event), cause=None if cause is None else cause.mark)


def _explained(
    world: World, queues: Iterable[QueueDescription], events: Sequence[HistoryEvent]
) -> Generator[None, None, dict[str, str]]:
    """Returns the answers for messages that are in queues, that were lost, and that did not reach a subscriber."""
    known = yield from look(world, events)
    answers = dict(islice(_present(world, queues), MOST_EXPLAINED))
    last = {event.message_id: event.kind for event in events if event.message_id}
    wanted = [each for each, kind in last.items() if kind in _LOST]
    wanted += list({event.message_id for event in events if event.message_id and event.kind in _UNDELIVERED})
    for message_id in [each for each in wanted if each not in answers][-MOST_EXPLAINED:]:
        yield
        answers[message_id] = explained(world, message_id, known).answer
    return answers


def _present(world: World, queues: Iterable[QueueDescription]) -> Iterable[tuple[str, str]]:
    now = world.clock.now()
    for description in queues:
        queue = _at(world, description.arn)
        if queue is not None:
            for message in islice(queue.messages.values(), MOST_EXPLAINED // 5):
                yield message.id, present_status(queue, message, now).answer


def _at(world: World, text: str) -> Queue | None:
    arn = read_arn(text)
    return None if arn is None else world.sqs.queue_at(arn)


def _take(world: World, request: TakeTrace) -> Awaitable[Trace]:
    return gradually(take_trace(world, request))


async def _take_of_all(shards: Shards, route: Route[TakeTrace, Trace], request: TakeTrace) -> Trace:
    since, calls_since = across.since(request, shards), across.since(request, shards, "calls_since")
    asked = [
        msgspec.structs.replace(each, calls_since=of_calls.calls_since)
        for each, of_calls in zip(since, calls_since, strict=True)
    ]
    return _joined(await across.ask_all(shards, route, asked))


def _joined(parts: Sequence[Trace]) -> Trace:
    """Returns one trace of those of all shards."""
    events, calls = _numbered(parts)
    return Trace(
        version=parts[0].version,
        account=parts[0].account,
        epoch=parts[0].epoch,
        mark=marks.join([part.mark for part in parts]),
        calls_mark=marks.join([part.calls_mark for part in parts]),
        lost=any(part.lost for part in parts),
        now=max(part.now for part in parts),
        real=max(part.real for part in parts),
        frozen=all(part.frozen for part in parts),
        clock=parts[0].clock,
        queues=_by(lambda queue: queue.arn, (part.queues for part in parts)),
        topics=_by(lambda topic: topic.arn, (part.topics for part in parts)),
        subscriptions=_by(lambda subscription: subscription.arn, (part.subscriptions for part in parts)),
        mappings=_by(lambda mapping: (mapping.queue, mapping.uuid), (part.mappings for part in parts)),
        messages={arn: messages for part in parts for arn, messages in part.messages.items()},
        events=events,
        calls=calls,
        inbox=_by(lambda delivery: delivery.at, (part.inbox for part in parts)),
        function_logs=_by(lambda entry: entry.at, (part.function_logs for part in parts)),
        faults=join_faults(EmptyRequest(), [Faults(faults=part.faults) for part in parts]).faults,
        explained={message_id: answer for part in parts for message_id, answer in part.explained.items()},
    )


def _by(key: Callable[[T], Any], lists: Iterable[Iterable[T]]) -> list[T]:
    """Returns what is in some lists, which are sorted by `key`, as one."""
    return list(merge(*lists, key=key))


def _numbered(parts: Sequence[Trace]) -> tuple[list[TracedEvent], list[CallDescription]]:
    """Returns the events and the calls of all shards in the order of their times, and with marks that count them: those
    of all shards are too long for the page that shows a trace.
    """
    events = _by(_at_event, ([(shard, event) for event in part.events] for shard, part in enumerate(parts)))
    calls = _by(_answered, ([(shard, call) for call in part.calls] for shard, part in enumerate(parts)))
    numbers: list[dict[int, int]] = [{} for _ in parts]  # by the mark in its shard
    for number, (shard, event) in enumerate(events, 1):
        numbers[shard][event.mark] = number
    known = [sorted(each) for each in numbers]

    def latest(shard: int, mark: int) -> int:
        """Returns the number of the last event of a shard up to a mark, 0 without one."""
        count = bisect(known[shard], mark)
        return numbers[shard][known[shard][count - 1]] if count else 0

    return (
        [
            msgspec.structs.replace(event, mark=number, cause=numbers[shard].get(event.cause or 0))
            for number, (shard, event) in enumerate(events, 1)
        ],
        [
            msgspec.structs.replace(call, mark=number, events_mark=latest(shard, call.events_mark))
            for number, (shard, call) in enumerate(calls, 1)
        ],
    )


def _at_event(found: tuple[int, TracedEvent]) -> float:
    return found[1].at


def _answered(found: tuple[int, CallDescription]) -> float:
    return answered_really(found[1])


TAKE_TRACE = Route(
    "GET",
    "/trace",
    "Return what happened in an account and its present state, as the file of a trace has it",
    _take,
    TakeTrace,
    Trace,
    command="record --out trace.html --account 000000000000 -- true",
    python="control.trace()",
    example={"account": "000000000000"},
    across=Across(_take_of_all),
)

ROUTES = (TAKE_TRACE,)
