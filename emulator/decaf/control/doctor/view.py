"""What the doctor looks at: the events, calls, queues and subscriptions of one account, or of all, in one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from decaf.access.simulation import SimulatedDecision, simulate
from decaf.base.arn import read_arn
from decaf.base.slices import mapped
from decaf.control.queues import FindQueues, QueueDescription, find_queues
from decaf.control.topics import FindSubscriptions, SubscriptionDescription, find_subscriptions
from decaf.faults.match import call_context
from decaf.observe.call_facts import caller_of, own_name_of
from decaf.observe.call_record import NotedCall
from decaf.observe.history import HistoryEvent
from decaf.sqs import receipt
from decaf.sqs.queue import Queue
from decaf_protocol import decode_result, error_message

if TYPE_CHECKING:
    from decaf.world import World

MOST_EVENTS = 10_000
_READ = 100  # calls in one slice
_SENDS = frozenset({"SendMessage", "SendMessageBatch"})


class MadeCall(msgspec.Struct, frozen=True):
    """A call of an AWS client about a queue or topic, `arn`. `real` is when it came, in seconds of real time from any
    start. What it caused has no later mark than `events_mark`. `received` is the number of messages that a receive
    returned, None of other calls.

    `caller` is the name of a program, which has set it for itself if it `is_named`, else that of its SDK, which many
    share. `sent` are the ids of the messages that a send to a FIFO queue was answered with. `receipt` is which receive
    of a message a DeleteMessage is by, None of other calls. `message` is the text of an error, "" for a success.
    """

    mark: int
    account: str
    events_mark: int
    real: float
    caller: str
    is_named: bool
    operation: str
    arn: str
    parameters: Mapping[str, Any]
    received: int | None = None
    sent: tuple[str, ...] = ()
    receipt: int | None = None
    message: str = ""

    @property
    def waits(self) -> int | None:
        """The seconds that a receive waits, None where the queue says so."""
        wait: int | None = self.parameters.get("WaitTimeSeconds")
        return wait


class View(msgspec.Struct, frozen=True, dict=True):  # for what is worked out once
    """What happened and how things are. Events and calls are the oldest first; `now` is in epoch seconds.

    `lets_in` has, by the ARN of a subscription to a queue, whether the queue's policy lets the topic in.

    Rule: a check asks about each of many queues and subscriptions, so events and calls are sorted by ARN once.
    """

    now: float
    queues: Mapping[str, QueueDescription] = msgspec.field(default_factory=dict)  # by ARN
    subscriptions: Sequence[SubscriptionDescription] = ()
    lets_in: Mapping[str, SimulatedDecision] = msgspec.field(default_factory=dict)
    events: Sequence[HistoryEvent] = ()
    calls: Sequence[MadeCall] = ()

    def happened_to(self, arn: str, *kinds: str) -> list[HistoryEvent]:
        """Returns the events of these kinds that happened to a queue, topic or subscription."""
        return [event for event in self._events_of.get(arn, ()) if event.kind in kinds]

    def lives(self, arn: str) -> list[list[HistoryEvent]]:
        """Returns the events of each message of a queue, by message."""
        found: defaultdict[str, list[HistoryEvent]] = defaultdict(list)
        for event in self._events_of.get(arn, ()):
            if event.message_id is not None:
                found[event.message_id].append(event)
        return list(found.values())

    def calls_to(self, arn: str, *operations: str) -> list[MadeCall]:
        """Returns the calls of these operations about a queue or topic."""
        return [call for call in self._calls_to.get(arn, ()) if call.operation in operations]

    @cached_property
    def _events_of(self) -> Mapping[str, list[HistoryEvent]]:
        found: defaultdict[str, list[HistoryEvent]] = defaultdict(list)
        for event in self.events:
            found[event.arn].append(event)
        return found

    @cached_property
    def _calls_to(self) -> Mapping[str, list[MadeCall]]:
        found: defaultdict[str, list[MadeCall]] = defaultdict(list)
        for call in self.calls:
            found[call.arn].append(call)
        return found


def take(world: World, account: str | None) -> Generator[None, None, View]:
    """Returns the view of an account, or of all, as work to be done in slices: what is looked at is that of now.

    Raises Busy.
    """
    world.settle()
    subscriptions = find_subscriptions(world, FindSubscriptions(account=account)).subscriptions
    state = View(
        now=world.clock.now(),
        queues={queue.arn: queue for queue in find_queues(world, FindQueues(account=account)).queues},
        subscriptions=subscriptions,
        lets_in={each.arn: _decision(world, each) for each in subscriptions if _is_to_queue(world, each)},
    )
    noted = list(world.calls.newest_first())[::-1]
    calls = mapped(noted, lambda each: _made(world, each, account), _READ)
    return _with_past(state, world.history.latest_in_slices(MOST_EVENTS, 0, account), calls)


def _with_past(
    state: View, events: Generator[None, None, list[HistoryEvent]], calls: Generator[None, None, list[MadeCall | None]]
) -> Generator[None, None, View]:
    return replace(state, events=(yield from events), calls=[call for call in (yield from calls) if call is not None])


def _is_to_queue(world: World, subscription: SubscriptionDescription) -> bool:
    return subscription.protocol == "sqs" and _queue(world, subscription.endpoint) is not None


def _queue(world: World, text: str) -> Queue | None:
    arn = read_arn(text)
    return None if arn is None else world.sqs.queue_at(arn)


def _decision(world: World, subscription: SubscriptionDescription) -> SimulatedDecision:
    """Returns whether SNS may send to the queue of a subscription for its topic."""
    queue = subscription.endpoint.split(":")
    as_sns = ("sns.amazonaws.com", "sqs:SendMessage", subscription.endpoint, queue[4], queue[3])
    return simulate(world.access, *as_sns, source_of(subscription.topic), world.clock.now())


def source_of(topic: str) -> dict[str, str]:
    """Returns the condition keys by which SNS says for which topic it sends."""
    return {"aws:SourceArn": topic, "aws:SourceAccount": topic.split(":")[4]}


def _made(world: World, noted: NotedCall, account: str | None) -> MadeCall | None:
    """Returns a call, None for one that is about no queue and no topic, or that could not be read."""
    call = noted.call
    if call is None or account not in (None, call.account):
        return None
    context = call_context(call, world.settings.region)
    arn = context.queue or context.topic
    if arn is None:
        return None
    operation, kept = call.operation, noted.reply is not None and noted.cut is None and not noted.error
    is_read = kept and (operation == "ReceiveMessage" or (operation in _SENDS and arn.resource.endswith(".fifo")))
    result: dict[str, Any] = decode_result(call, noted.reply) if is_read and noted.reply else {}
    queue = world.sqs.queue_at(arn)
    return MadeCall(
        mark=noted.mark,
        account=call.account,
        events_mark=noted.events_mark,
        real=noted.began,
        caller=caller_of(noted.request.headers),
        is_named=own_name_of(noted.request.headers) is not None,
        operation=operation,
        arn=str(arn),
        parameters=call.params,
        received=len(result.get("Messages", ())) if operation == "ReceiveMessage" and is_read else None,
        sent=_ids(result) if operation in _SENDS else (),
        receipt=_receipt(queue, call.params) if queue is not None and operation == "DeleteMessage" else None,
        message=(error_message(noted.reply) or noted.error) if noted.error and noted.reply else "",
    )


def _ids(result: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each["MessageId"] for each in (result, *result.get("Successful", ())) if "MessageId" in each)


def _receipt(queue: Queue, parameters: Mapping[str, Any]) -> int | None:
    try:
        read = receipt.read(queue.tag, parameters.get("ReceiptHandle", ""))
    except receipt.OtherQueue:
        return None
    return None if read is None else read.receive_count
