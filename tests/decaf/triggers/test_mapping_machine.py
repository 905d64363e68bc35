"""Whatever a function, its mapping and the clock do, each message is deleted, dead-lettered, expired or in its queue.

A message is deleted only if the function processed it, no filter let it pass, or the queue was purged; and a function
that stops at the first failure of a group processes each group in its order.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from decaf.functions.mapping import EventSourceMapping
from decaf.sqs.queue import Queue
from decaf_protocol import AWSError
from tests.decaf.sns.cloud import ACCOUNT, REGION
from tests.decaf.triggers.kitchen import REPORTING, Kitchen, NoMilk

T = TypeVar("T")

DAYS = 20 * 86_400.0
MALFORMED = ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"batchItemFailures": "x"}, "ok", [1])
HOT = {"Filters": [{"Pattern": '{"body":[{"prefix":"hot"}]}'}]}


class Machine(RuleBasedStateMachine):
    """A queue, its dead-letter queue, a mapping, and a function that does what `mood` says."""

    fifo = False

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.kitchen = Kitchen(self.work, max_history=0)
        self.mood = "fails some"
        self.sent: dict[str, str] = {}  # the bodies by message id
        self.excused: set[str] = set()  # messages that may be gone: processed, filtered out, purged
        self.processed: list[str] = []  # bodies, in the order in which they were processed
        self.mapping: EventSourceMapping | None = None
        self.run(self.kitchen.__aenter__())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def do(self, act: Callable[[], T]) -> T:
        """Act within the event loop, and finish what that causes at once: threads have no order of their own."""

        async def run() -> T:
            done = act()
            await self.kitchen.world.advance(0)
            return done

        return self.run(run())

    @property
    def name(self) -> str:
        return "orders.fifo" if self.fifo else "orders"

    @initialize(receives=st.integers(1, 3), retention=st.sampled_from(["345600", "120"]), size=st.integers(1, 10))
    def open(self, receives: int, retention: str, size: int) -> None:
        more = {"FifoQueue": "true", "ContentBasedDeduplication": "false"} if self.fifo else {}
        target = self.kitchen.queue("letters.fifo" if self.fifo else "letters", **more)
        policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": receives})
        self.kitchen.queue(self.name, RedrivePolicy=policy, MessageRetentionPeriod=retention, **more)
        self.map(size, 0, False)

    # --- the function ----------------------------------------------------------------------------------------

    def work(self, records: list[dict[str, Any]]) -> Any:
        """Runs in a thread of its own, while the loop waits for it."""
        failed: list[dict[str, Any]] = []
        broken: set[str | None] = set()
        for number, record in enumerate(records):
            group = record["attributes"].get("MessageGroupId")
            if group in broken or self.fails(number):
                broken |= {group} if self.fifo else set()
                failed.append(record)
        if self.mood == "raises":
            raise NoMilk
        answer: Any = {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
        if self.mood.startswith("malformed"):
            answer = MALFORMED[int(self.mood[-1])]
            failed = records
        elif self.mood == "gives back":
            failed = []
        done = [record for record in records if record not in failed]
        self.excused |= {record["messageId"] for record in done}
        self.processed += [record["body"] for record in done]
        if self.mood == "gives back":  # noted before: with the last of a group gone, another thread has its next ones
            for record in records:
                self.kitchen.call("DeleteMessage", QueueUrl=self.name, ReceiptHandle=record["receiptHandle"])
        return answer

    def fails(self, number: int) -> bool:
        return {"fails some": number % 2 == 1, "fails first": number == 0}.get(self.mood, False)

    @rule(mood=st.sampled_from(["succeeds", "raises", "fails some", "fails first", "gives back"]))
    def change_mood(self, mood: str) -> None:
        self.mood = mood

    @rule(kind=st.integers(0, len(MALFORMED) - 1))
    def answer_nonsense(self, kind: int) -> None:
        self.mood = f"malformed {kind}"

    @rule(throttled=st.booleans())
    def throttle(self, throttled: bool) -> None:
        self.do(partial(self.kitchen.register, **{"reserved_concurrency": 0} if throttled else {}))

    # --- clients and the clock -------------------------------------------------------------------------------

    @rule(count=st.integers(1, 25), word=st.sampled_from(["hot", "cold"]), group=st.sampled_from("ab"))
    def send(self, count: int, word: str, group: str) -> None:
        for _ in range(count):
            body = f"{word} {group} {len(self.sent):05}"
            how = {"MessageGroupId": group, "MessageDeduplicationId": f"{len(self.sent)}"} if self.fifo else {}
            (message_id,) = self.do(partial(self.kitchen.send, body, queue=self.name, **how))
            self.sent[message_id] = body
            if self.mapping is not None and self.mapping.configuration.patterns and word == "cold":
                self.excused.add(message_id)

    @rule(seconds=st.sampled_from([0, 0.5, 1, 7, 29, 30, 31, 61, 200]))
    def advance(self, seconds: float) -> None:
        self.run(self.kitchen.world.advance(seconds))

    @rule()
    def purge(self) -> None:
        self.excused |= {message.id for message in self.queue.messages.values()}
        with suppress(AWSError):
            self.do(partial(self.kitchen.sqs, "PurgeQueue", QueueUrl=self.name))

    # --- the mapping -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.mapping is None)
    @rule(size=st.integers(1, 10), window=st.sampled_from([0, 5, 40]), filtered=st.booleans())
    def map_again(self, size: int, window: int, filtered: bool) -> None:
        self.map(size, window, filtered)

    def map(self, size: int, window: int, filtered: bool) -> None:
        params: dict[str, Any] = {"BatchSize": size, **REPORTING}
        if not self.fifo:
            params["MaximumBatchingWindowInSeconds"] = window
        if filtered and not self.fifo:
            params["FilterCriteria"] = HOT
            self.excused |= {message.id for message in self.queue.messages.values() if message.body.startswith("cold")}
        self.mapping = self.do(partial(self.kitchen.map, self.name, **params))

    @precondition(lambda self: self.mapping is not None)
    @rule(enabled=st.booleans())
    def switch(self, enabled: bool) -> None:
        assert self.mapping is not None
        self.do(partial(self.kitchen.change, self.mapping, Enabled=enabled))

    @precondition(lambda self: self.mapping is not None)
    @rule()
    def unmap(self) -> None:
        assert self.mapping is not None
        self.do(partial(self.kitchen.world.triggers.delete, self.mapping))
        self.mapping = None

    # --- what holds ------------------------------------------------------------------------------------------

    @property
    def queue(self) -> Queue:
        found = self.kitchen.world.store.find_queue(ACCOUNT, REGION, self.name)
        assert found is not None
        return found

    def left(self) -> set[str]:
        """The ids of the messages that are in one of the queues, or have expired."""
        return {message.id for queue in self.kitchen.world.queues() for message in queue.messages.values()}

    @invariant()
    def no_message_is_lost(self) -> None:
        if not self.kitchen.world.queues() or self.expires():
            return
        assert self.sent.keys() - self.left() <= self.excused

    def expires(self) -> bool:
        return int(self.queue.attributes["MessageRetentionPeriod"]) == 120

    @invariant()
    def groups_are_processed_in_their_order(self) -> None:
        for group in "ab" if self.fifo else "":
            bodies = [body for body in self.processed if f" {group} " in body]
            numbers = [body[-5:] for body in dict.fromkeys(bodies)]
            assert numbers == sorted(numbers)

    @invariant()
    def no_more_is_in_flight_than_is_processed(self) -> None:
        for queue in self.kitchen.world.queues():
            assert len(queue.in_flight) + len(queue.visible) + len(queue.delayed) == len(queue.messages)

    def teardown(self) -> None:
        if self.kitchen.world.queues():
            self.mood = "succeeds"
            self.run(self.kitchen.world.advance(DAYS))
            assert self.left() == set()
            assert not self.kitchen.world.triggers.is_busy
        self.run(self.kitchen.__aexit__())
        self.loop.close()


class FifoMachine(Machine):
    """The same, on FIFO queues."""

    fifo = True


TestMapping = Machine.TestCase
TestFifoMapping = FifoMachine.TestCase
TestMapping.settings = TestFifoMapping.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
