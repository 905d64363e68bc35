"""Measured stretches of one round on one server, and the queue or topic it works on.

Rule: preparing and cleaning up stay outside `measuring()`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from .calls import QueueCalls, unique_name
from .recorded import ACCOUNT, client
from .samples import Sample
from .servers import FLOORS, Server


@dataclass(slots=True)
class Meter:
    """Adds up time and the server's CPU over the measured stretches."""

    server: Server
    requests: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def measuring(self) -> Iterator[None]:
        cpu, wall = self.server.cpu(), time.perf_counter()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += self.server.cpu() - cpu

    def sample(self) -> Sample:
        return Sample(self.requests, self.wall, self.cpu)


@contextmanager
def queue_on(server: Server, fifo: bool = False, calls: type[QueueCalls] = QueueCalls) -> Iterator[QueueCalls]:
    """A new queue on the server (the floors need none), deleted in the end; `calls` sends them by its protocol."""
    with closing(client("sqs", server.url)) as sqs:
        if server.name in FLOORS:
            yield calls(sqs, f"{server.url}/{ACCOUNT}/bench")
            return
        name = f"{unique_name()}.fifo" if fifo else unique_name()
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if fifo else {}
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        try:
            yield calls(sqs, url)
        finally:
            sqs.delete_queue(QueueUrl=url)
