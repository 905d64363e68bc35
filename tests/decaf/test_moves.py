"""Many small moves of the clock and one large one lead to the same world, by the same events at the same times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from decaf_protocol import AWSError
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT, START

DEAD_URL = "http://127.0.0.1:1/"  # where nobody listens
PHONE = "+15555550142"
QUEUES = ("plain", "slow", "dead", "letters", "ordered.fifo", "heard.fifo", "again.fifo")

Step = tuple[str, int]


@dataclass(frozen=True, slots=True)
class After:
    """A world after it was moved: its events, and all else that can be seen of it."""

    events: list[Any]
    messages: dict[str, list[Any]]
    tasks: list[Any]
    inbox: list[Any]
    archived: Any
    due: Any
    taken_again: list[Any]
    replayed: list[str]


class Shop(Bench):
    """Queues and topics with all that takes time: delays, retention, redrive, retries, archives, deduplication."""

    def __init__(self) -> None:
        # attempts under way together would end as the network has it; a replay is to last longer than a move
        super().__init__(max_deliveries=1, replay_rate=1)
        self.handles: dict[str, str] = {}
        dead, letters = self.queue("dead", MessageRetentionPeriod="1200"), self.queue("letters")
        policy = json.dumps({"maxReceiveCount": 2, "deadLetterTargetArn": dead})
        self.plain = self.queue("plain", MessageRetentionPeriod="600", RedrivePolicy=policy)
        self.queue("slow", DelaySeconds="15", MessageRetentionPeriod="75")
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        self.queue("ordered.fifo", MessageRetentionPeriod="700", **fifo)
        self.again = self.queue("again.fifo", FifoQueue="true")
        self.heard = self.queue("heard.fifo", FifoQueue="true", MessageRetentionPeriod="100000")
        raw = {"RawMessageDelivery": "true"}  # envelopes are signed, with a key of each world's own
        self.news = self.topic("news", DeliveryPolicy=_RETRIES)
        self.subscribe(self.news, "sms", PHONE)
        self.subscribe(self.news, "sqs", self.plain, **raw)
        self.subscribe(self.news, "http", DEAD_URL, RedrivePolicy=json.dumps({"deadLetterTargetArn": letters}), **raw)
        (pending,) = [one for one in self.get("/subscriptions")["subscriptions"] if one["pending"]]
        self.sns("ConfirmSubscription", TopicArn=self.news, Token=pending["token"])
        self.story = self.topic("story.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy=_DAY)
        self.subscribe(self.story, "sqs", self.heard, **raw)

    async def do(self, step: str, number: int) -> None:
        """One call of a client; one that is refused changes nothing."""
        queue = ("plain", "slow", "ordered.fifo")[number % 3]
        fifo = queue.endswith(".fifo")
        with suppress(AWSError):
            if step == "wait":
                await self.world.advance(number)
            elif step == "send":
                how = {"MessageGroupId": str(number % 2)} if fifo else {"DelaySeconds": number}
                self.send(queue, f"{queue} {number % 7}", **how)
            elif step == "receive":
                for message in self.sqs("ReceiveMessage", QueueUrl=queue, VisibilityTimeout=number)["Messages"]:
                    self.handles[queue] = message["ReceiptHandle"]
            elif step == "delete":
                self.sqs("DeleteMessage", QueueUrl=queue, ReceiptHandle=self.handles.get(queue, "none"))
            elif step == "publish":
                self.sns("Publish", TopicArn=self.news, Message=f"news {number}")
            elif step == "publish a story":
                self.sns("Publish", TopicArn=self.story, Message=f"story {number % 7}", MessageGroupId=str(number % 2))
            elif step == "replay":
                self._begin_replay(self.again)
            elif step == "send a dead letter":
                self.send("dead", f"dead {number}")
            elif step == "redrive":
                dead = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
                self.sqs("StartMessageMoveTask", SourceArn=dead, MaxNumberOfMessagesPerSecond=1 + number % 5)

    async def seen(self) -> After:
        """What can be seen of the world now; then what becomes of duplicates, and of a replay of the archive."""
        records = self.world.history.since(0)
        events = [_rounded({name: getattr(r, name) for name in r.__struct_fields__}) for r in records]
        messages = {queue: [_rounded(m) for m in self.get("/messages", queue=queue)["messages"]] for queue in QUEUES}
        tasks = self.sqs("ListMessageMoveTasks", SourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead", MaxResults=10)
        inbox = [_rounded(delivery) for delivery in self.get("/inbox")["deliveries"]]
        attributes = self.sns("GetTopicAttributes", TopicArn=self.story)["Attributes"]
        due = self.world.next_due()
        mark = self.world.history.mark
        for number in range(7):
            self.send("ordered.fifo", f"ordered.fifo {number}", MessageGroupId="0")
            self.sns("Publish", TopicArn=self.story, Message=f"story {number}", MessageGroupId="0")
        again = [(record.kind, record.body) for record in self.world.history.since(mark)]
        return After(
            events=events,
            messages=messages,
            tasks=tasks["Results"],
            inbox=inbox,
            archived=attributes.get("BeginningArchiveTime"),
            due=due and (round(due.at - START, 6), due.what),
            taken_again=again,
            replayed=await self._replay(),
        )

    async def _replay(self) -> list[str]:
        self._begin_replay(self.queue("replay.fifo", FifoQueue="true"))
        await self.world.advance(60)
        return [message["body"] for message in self.get("/messages", queue="replay.fifo")["messages"]]

    def _begin_replay(self, queue: str) -> None:
        begin = self.sns("GetTopicAttributes", TopicArn=self.story)["Attributes"]["BeginningArchiveTime"]
        policy = json.dumps({"PointType": "Timestamp", "StartingPoint": begin})
        self.subscribe(self.story, "sqs", queue, ReplayPolicy=policy, RawMessageDelivery="true")


_RETRIES = json.dumps(
    {
        "http": {
            "defaultHealthyRetryPolicy": {
                "numRetries": 9,
                "numNoDelayRetries": 1,
                "minDelayTarget": 3,
                "maxDelayTarget": 90,
                "backoffFunction": "exponential",
            }
        }
    }
)
_DAY = json.dumps({"MessageRetentionPeriod": "1"})


def _rounded(facts: dict[str, Any]) -> dict[str, Any]:
    """Times as seconds since the start: of a float that is a sum, the last digit means nothing."""
    return {name: round(v - START, 6) if _is_time(v) else v for name, v in facts.items()}


def _is_time(value: Any) -> bool:
    return isinstance(value, float) and value > START / 2


async def _play(steps: Sequence[Step], moves: Sequence[int]) -> After:
    shop = Shop()
    shop.world.open("localhost")
    try:
        for step, number in steps:
            await shop.do(step, number)
        for seconds in moves:
            await shop.world.advance(seconds)
        return await shop.seen()
    finally:
        await shop.world.close()


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "send",
                "receive",
                "delete",
                "publish",
                "publish a story",
                "replay",
                "send a dead letter",
                "redrive",
                "wait",
            ]
        ),
        st.integers(0, 90),
    ),
    max_size=25,
)
_MOVES = st.lists(
    st.integers(0, 40) | st.integers(0, 400) | st.sampled_from([300, 43_200, 86_400]), min_size=1, max_size=12
)


@given(_STEPS, _MOVES)
@example(
    [("send", n) for n in range(12)]
    + [("publish a story", 3), ("publish", 1), ("send a dead letter", 1), ("redrive", 0)],
    [300] * 4,
)
@example([("publish a story", 1), ("wait", 90), ("publish a story", 2)], [86_300, 10, 90])
@example([("publish a story", n) for n in range(6)] + [("replay", 0)], [2, 1, 3])
@settings(deadline=None, max_examples=30)
def test_many_small_moves_do_what_one_large_one_does(steps: Sequence[Step], moves: list[int]) -> None:
    many, one = asyncio.run(_play(steps, moves)), asyncio.run(_play(steps, [sum(moves)]))
    assert astuple(many) == astuple(one)
