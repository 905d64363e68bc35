"""A world and the bench over it, without a server: its clock stands still until it is moved."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from decaf.control import routes
from decaf.http.rendering import Stream
from decaf_protocol import Reply, Request
from tests.decaf.sns.cloud import Cloud


class Bench(Cloud):
    """The cloud with the control API. Calls return the JSON of the response, or `(status, text)` when refused."""

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", f"{path}?{urlencode(query)}", b"")

    def post(self, path: str, **body: Any) -> Any:
        return self._call("POST", path, json.dumps(body).encode())

    def file(self, **query: Any) -> bytes:
        """The present state, or a snapshot, as a file."""

        async def read() -> bytes:
            answer = self._ask("GET", f"/snapshots/file?{urlencode(query)}", b"")
            assert isinstance(answer, Awaitable)
            stream = await answer
            assert isinstance(stream, Stream)
            return b"".join([chunk async for chunk in stream.chunks])

        return asyncio.run(read())

    def put(self, path: str, body: bytes, **query: Any) -> Any:
        return self._call("PUT", f"{path}?{urlencode(query)}", body)

    def delete(self, path: str, **body: Any) -> Any:
        return self._call("DELETE", path, json.dumps(body).encode())

    def found_events(self, **query: Any) -> list[Any]:
        found: list[Any] = self.get("/events", **query)["events"]
        return found

    def kinds(self, **query: Any) -> list[str]:
        return [event["kind"] for event in self.found_events(**query)]

    def mark(self) -> int:
        return int(self.get("/mark")["mark"])

    def meanwhile(self, path: str, body: dict[str, Any], *steps: Callable[[], Any]) -> Any:
        """The answer of a call that waits, while `steps` are done one after the other, as other clients would."""

        async def play() -> Any:
            self.world.clock.attach(asyncio.get_running_loop())
            answer = self._ask("POST", path, json.dumps(body).encode())
            assert isinstance(answer, Awaitable)
            waiting = asyncio.ensure_future(answer)
            await asyncio.sleep(0)
            for step in steps:
                assert not waiting.done()
                done = step()
                if isinstance(done, Awaitable):
                    await done
                await asyncio.sleep(0)
            try:
                return _read(await asyncio.wait_for(waiting, 10))
            finally:
                self.world.clock.detach()

        return asyncio.run(play())

    def send(self, queue: str, body: str = "hello", **params: Any) -> str:
        """A new message's id."""
        return str(self.sqs("SendMessage", QueueUrl=queue.split(":")[-1], MessageBody=body, **params)["MessageId"])

    def receive(self, queue: str, **params: Any) -> Any:
        """The next message of a queue."""
        (message,) = self.sqs("ReceiveMessage", QueueUrl=queue.split(":")[-1], **params)["Messages"]
        return message

    def drop(self, queue: str, message: Any) -> None:
        self.sqs("DeleteMessage", QueueUrl=queue.split(":")[-1], ReceiptHandle=message["ReceiptHandle"])

    def move_clock(self, seconds: float) -> None:
        with self.world.watched(lambda _: None):
            self.world.clock.advance(seconds)

    def _call(self, method: str, path: str, body: bytes) -> Any:
        answer = self._ask(method, path, body)
        return _read(asyncio.run(_awaited(answer)) if isinstance(answer, Awaitable) else answer)

    def _ask(self, method: str, path: str, body: bytes) -> Reply | Stream | Awaitable[Reply | Stream]:
        return routes.handle(self.world, Request(method, f"/_decaf{path}", {"host": "localhost:4566"}, body))


async def _awaited(answer: Awaitable[Reply | Stream]) -> Reply | Stream:
    return await answer


def _read(reply: Reply | Stream | Awaitable[Reply | Stream]) -> Any:
    assert isinstance(reply, Reply)
    answer = json.loads(reply.body)
    return answer if reply.status == 200 else (reply.status, answer["error"])
