"""The state as it changes, in frames: counts of what changed, how much moved where, and the newest events.

Rule: a client sees at most five frames in a second, however much happens: what is too much for a frame is counted and
left out, never queued. The first frame has the counts of all queues, so a client that was away is right again with it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.arn import Account, Arn, read_arn
from decaf.base.clock import Clock, ring_after
from decaf.base.events import Event, MessageDeadLettered
from decaf.base.slices import Busy
from decaf.control import across, marks, streams
from decaf.control.event_filter import check_room
from decaf.control.events import STREAM_HEADERS
from decaf.control.route import EVENT_STREAM, Across, ControlRequest, ControlResponse, Route, Shards
from decaf.control.together import together
from decaf.http.rendering import Stream
from decaf.observe.flow import Flow
from decaf.observe.history import HistoryEvent
from decaf.sqs.queue import Queue
from decaf_protocol import dumps

if TYPE_CHECKING:
    from decaf.world import World

SHORTEST = 0.2  # seconds of real time between two frames
LOOK = 1.0  # seconds after which delays, the clock and calls are looked at, of which no event tells
LONGEST = 15.0  # seconds after which a frame comes even if nothing happened
MOST_EVENTS = 10  # in a frame
MOST_MOVES = 500

_BETWEEN = "+"  # the epochs of shards, in that of all


class FollowFrames(ControlRequest, frozen=True):
    """The `account` to follow; without it, all. `since` is the id of the last frame that the client has seen."""

    account: Account | None = None
    since: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


class QueueCounts(ControlResponse, frozen=True):
    """The messages of a queue by state. `oldest_at` is when the oldest was sent, `polls` the long polls that wait."""

    arn: str
    visible: int
    in_flight: int
    delayed: int
    oldest_at: float | None
    polls: int


class Move(ControlResponse, frozen=True):
    """How many events of a `kind` happened to a queue, topic or subscription since the frame before."""

    kind: str
    arn: str
    count: int


class Frame(ControlResponse, frozen=True):
    """What changed since the frame before; the first one has all queues.

    `events` are the newest, oldest first; `skipped` is how many came before them and are left out. `resources_changed`
    is whether a queue, topic, subscription or mapping was made, changed or deleted: read their lists again. `gap` is
    whether events after the frame `since` are not known any more, because they are too old or the server was started
    again. `epoch` names the run of the server, `now` is its clock. `calls` is how many calls of AWS clients were
    answered since the frame before, empty receives and refused ones too.
    """

    epoch: str
    mark: int
    now: float
    frozen: bool
    queues: list[QueueCounts]
    moves: list[Move]
    events: list[HistoryEvent]
    skipped: int
    resources_changed: bool
    gap: bool
    calls: int


def _follow(world: World, request: FollowFrames) -> Stream:
    check_room(world)
    return Stream(STREAM_HEADERS, _stream(world, request))


async def _stream(world: World, request: FollowFrames) -> AsyncGenerator[bytes, None]:
    news = asyncio.Event()
    flow = Flow(request.account)

    def note(event: Event) -> None:
        if flow.note(event):
            news.set()

    with world.looked_at(note, news.set):
        mark, gap = _start(world, request.since)
        answered = world.calls.mark
        frame = _frame(world, flow, request.account, mark, gap, world.queues(), 0)
        yield b"retry: 1000\n\n" + _written(frame)
        clock, silent = _setting(world.clock), 0.0
        delayed = {queue.arn for queue in frame.queues if queue.delayed}
        while not world.history.closed:
            await _wait(asyncio.Event(), SHORTEST)
            await _wait(news, LOOK)
            silent += LOOK
            calls = world.calls.count(answered, request.account)
            if not (news.is_set() or delayed or calls or clock != _setting(world.clock) or silent >= LONGEST):
                continue
            news.clear()
            answered = world.calls.mark
            frame = _frame(world, flow, request.account, frame.mark, False, _touched(world, flow, delayed), calls)
            yield _written(frame)
            clock, silent = _setting(world.clock), 0.0
            delayed = (delayed - {queue.arn for queue in frame.queues}) | {
                queue.arn for queue in frame.queues if queue.delayed
            }


def _touched(world: World, flow: Flow, delayed: set[str]) -> list[Queue]:
    """Returns the queues whose counts may have changed: those of events, their dead-letter queues, and those with
    delayed messages, since no event tells of the end of a delay.
    """
    arns = {arn for _, arn in flow.moves if arn.service == "sqs"}
    arns |= {arn for text in delayed if (arn := read_arn(text)) is not None}
    queues = {arn: queue for arn in arns if (queue := world.sqs.queue_at(arn)) is not None}
    for kind, arn in flow.moves:
        if kind is MessageDeadLettered and arn in queues and (dead := queues[arn].dead_letter_queue()) is not None:
            queues[dead.arn] = dead
    return list(queues.values())


def _setting(clock: Clock) -> tuple[bool, float]:
    """Returns what changes when somebody stops or moves the clock."""
    return clock.frozen, clock.now() if clock.frozen else clock.moved


async def _wait(news: asyncio.Event, seconds: float) -> None:
    """Wait for news, at most so many seconds of real time."""
    alarm = ring_after(seconds, news.set)
    try:
        await news.wait()
    finally:
        alarm.cancel()


def _start(world: World, since: str | None) -> tuple[int, bool]:
    """Returns the mark after which events are new to the client, and whether some of them are forgotten."""
    newest = world.history.mark
    if since is None:
        return 0, False
    epoch, _, mark = since.rpartition(".")
    if epoch != world.epoch or not mark.isdigit() or int(mark) > newest:
        return 0, True
    return int(mark), not world.history.remembers(int(mark))


def _frame(
    world: World, flow: Flow, account: str | None, mark: int, gap: bool, queues: Iterable[Queue], calls: int
) -> Frame:
    now = world.clock.now()
    counts = [_counts(queue, now) for queue in queues if account in (None, queue.arn.account)]
    moves, resources_changed = flow.take()
    events = world.history.latest(MOST_EVENTS, mark, account)
    return Frame(
        epoch=world.epoch,
        mark=world.history.mark,
        now=now,
        frozen=world.clock.frozen,
        queues=counts,
        moves=_moves(moves),
        events=events,
        skipped=max(0, world.history.mark - mark - len(events)) if account is None else _skipped(moves, events),
        resources_changed=resources_changed,
        gap=gap,
        calls=calls,
    )


def _skipped(moves: Counter[tuple[type[Event], Arn]], events: list[HistoryEvent]) -> int:
    return max(0, moves.total() - len(events))


def _moves(moves: Counter[tuple[type[Event], Arn]]) -> list[Move]:
    return [Move(kind=kind.__name__, arn=str(arn), count=count) for (kind, arn), count in moves.most_common(MOST_MOVES)]


def _counts(queue: Queue, now: float) -> QueueCounts:
    with suppress(Busy):  # long work of the queue is under way: the counts are those of now
        queue.settle(now)
    oldest = queue.ages.oldest()
    return QueueCounts(
        arn=str(queue.arn),
        visible=len(queue.visible),
        in_flight=len(queue.in_flight),
        delayed=len(queue.delayed),
        oldest_at=None if oldest is None else oldest.sent_at,
        polls=len(queue.waiters),
    )


def _written(frame: Frame) -> bytes:
    return b"id: %b.%d\ndata: %b\n\n" % (frame.epoch.encode(), frame.mark, dumps(frame))


async def _follow_all(shards: Shards, route: Route[FollowFrames, Frame], request: FollowFrames) -> Stream:
    sinces = _since_of_shards(request.since, shards.count)
    asked = [msgspec.structs.replace(request, since=since) for since in sinces]
    return Stream(STREAM_HEADERS, _merged(await streams.open_all(shards, route, asked)))


def _since_of_shards(since: str | None, count: int) -> list[str | None]:
    """Returns the ids of the last frames of all shards, from that of a frame which was made of theirs."""
    epoch, _, mark = (since or "").rpartition(".")
    epochs = epoch.split(_BETWEEN)
    if len(epochs) != count or not mark.isdecimal() or not marks.is_joined(int(mark), count):
        return [since] * count  # which no shard knows
    return [f"{epoch}.{mark}" for epoch, mark in zip(epochs, marks.split(int(mark), count), strict=True)]


async def _merged(opened: list[Stream]) -> AsyncGenerator[bytes, None]:
    """Yields the first frames of all shards as one frame, and each later one as it comes."""
    async with AsyncExitStack() as stack:
        each_shard = [await stack.enter_async_context(aclosing(streams.events(stream))) for stream in opened]
        latest = await together(map(_first, each_shard))
        yield b"retry: 1000\n\n" + _written(_joined(dict(enumerate(latest)), latest))
        blocks = await stack.enter_async_context(aclosing(streams.merged(each_shard)))
        async for shard, block in blocks:
            latest[shard] = _read(block)
            yield _written(_joined({shard: latest[shard]}, latest))


async def _first(events: AsyncGenerator[bytes, None]) -> Frame:
    async for block in events:
        if streams.field(block, b"data") is not None:
            return _read(block)
    raise ConnectionError("the stream of a shard has ended")  # and so does that of all


def _read(block: bytes) -> Frame:
    return msgspec.json.decode(streams.field(block, b"data") or b"", type=Frame)


def _joined(shown: Mapping[int, Frame], latest: Sequence[Frame]) -> Frame:
    """Returns the frame that is made of the frames of some shards. `latest` are those of all."""
    parts = [shown[shard].events if shard in shown else [] for shard in range(len(latest))]
    events, mark = across.page_of_marked(
        parts, [frame.mark for frame in latest], None, MOST_EVENTS, lambda event: event.at
    )
    frames = list(shown.values())
    return Frame(
        epoch=_BETWEEN.join(frame.epoch for frame in latest),
        mark=mark,
        now=max(frame.now for frame in frames),
        frozen=all(frame.frozen for frame in latest),
        queues=[queue for frame in frames for queue in frame.queues],
        moves=[move for frame in frames for move in frame.moves],
        events=events,
        skipped=sum(frame.skipped + len(frame.events) for frame in frames) - len(events),
        resources_changed=any(frame.resources_changed for frame in frames),
        gap=any(frame.gap for frame in frames),
        calls=sum(frame.calls for frame in frames),
    )


FOLLOW_FRAMES = Route(
    "GET",
    "/frames",
    "Stream the counts of queues and the newest events as server-sent events, at most five in a second",
    _follow,
    FollowFrames,
    Frame,
    command="top",
    python="next(control.frames())",
    example={"account": "000000000000"},
    media=EVENT_STREAM,
    across=Across(_follow_all),
)

ROUTES = (FOLLOW_FRAMES,)
