"""A queue whose messages invoke a function, on a clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Self

from decaf.base.arn import Arn
from decaf.functions.function import Function
from decaf.functions.mapping import EventSourceMapping
from decaf.functions.run import Run
from tests.decaf.sns.cloud import ACCOUNT, HOST, REGION, START, Cloud

BREW = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:brew"
REPORTING: dict[str, Any] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


class NoMilk(Exception):
    """The function cannot do its work."""


class Kitchen(Cloud):
    """The function `brew` notes the bodies of each batch, and does what `does` says with its records."""

    def __init__(self, does: Callable[[list[dict[str, Any]]], Any] = lambda records: None, **settings: Any) -> None:
        if self.store == "restarting":  # a callable of the test would be gone after each call
            self.store = "durable"
        super().__init__(**settings)
        self.does = does
        self.batches: list[list[str]] = []
        self.records: list[dict[str, Any]] = []
        self.register()

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self.world.clock.freeze()
        self.world.open(HOST)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.world.close()

    def register(self, **facts: Any) -> None:
        self.world.functions.register(Function("brew", in_process=self.brew, **facts))

    def brew(self, event: dict[str, Any], _: Any) -> Any:
        self.batches.append([record["body"] for record in event["Records"]])
        self.records += event["Records"]
        return self.does(event["Records"])

    def map(self, queue: str = "orders", **params: Any) -> EventSourceMapping:
        """Map a queue to the function."""
        source = {"EventSourceArn": str(Arn("sqs", REGION, ACCOUNT, queue))}
        return self.world.triggers.create(ACCOUNT, BREW, source | params, self.world.clock.now())

    def change(self, mapping: EventSourceMapping, **params: Any) -> None:
        self.world.triggers.update(mapping, BREW, params, self.world.clock.now())

    def send(self, *bodies: str, queue: str = "orders", **params: Any) -> list[str]:
        """Returns the message ids."""
        return [self.sqs("SendMessage", QueueUrl=queue, MessageBody=body, **params)["MessageId"] for body in bodies]

    def call(self, operation: str, **params: Any) -> None:
        """Make a call of SQS from within the function, which runs in a thread of its own."""

        async def make() -> None:
            self.sqs(operation, **params)

        asyncio.run_coroutine_threadsafe(make(), self.loop).result()

    async def settle(self) -> None:
        """Let everything happen that is due now."""
        await self.world.advance(0)

    def counts(self, queue: str = "orders") -> tuple[int, int]:
        """The messages of a queue that are visible, and those in flight."""
        found = self.world.store.find_queue(ACCOUNT, REGION, queue)
        assert found is not None
        found.settle(self.world.clock.now())
        return len(found.visible), len(found.in_flight)

    def runs(self, mapping: EventSourceMapping) -> list[Run]:
        return self.world.triggers.runs(mapping)

    @property
    def passed(self) -> float:
        """The seconds that the clock was moved by."""
        return self.world.clock.now() - START


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in an event loop."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def failing(*bodies: str) -> Callable[[list[dict[str, Any]]], Any]:
    """What a function does that reports the messages with these bodies as failed."""

    def report(records: list[dict[str, Any]]) -> Any:
        failed = [record["messageId"] for record in records if record["body"] in bodies]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    return report


def raising(records: list[dict[str, Any]]) -> None:
    raise NoMilk("no milk")
