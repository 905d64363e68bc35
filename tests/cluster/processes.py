"""Nodes over one database, each in a process of its own, as somebody would start them."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import boto3
from botocore.config import Config

from decaf.control.nodes import Nodes
from decaf.testing.control import Control
from tests.durable.process import decaf

LEASE = 2.0  # seconds
PATIENCE = 30.0  # seconds after which a test gives up
_URL = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Node:
    """A node that runs. `log` is the file that has what it said."""

    def __init__(self, store: str, log: Path, *flags: str, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        words = ("serve", "--port", "0", "--store", store, "--lease", str(LEASE), "--shutdown-grace", "2", *flags)
        with log.open("ab") as errors:
            self.process = decaf(*words, environment=environment, log=errors)
        assert self.process.stdout is not None
        found = _URL.search(self.process.stdout.readline())
        assert found, log.read_text()
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.control = Control(self.url)

    @property
    def id(self) -> str:
        return str(self.health()["node"])

    def health(self) -> dict[str, Any]:
        """Returns what the node says of itself."""
        return health_of(self.port)

    def client(self, service: str = "sqs", attempts: int = 1, account: str = "000000000001") -> Any:
        """A client of this node, which tries each call `attempts` times."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": attempts}, read_timeout=PATIENCE),
        )

    def kill(self) -> None:
        """End the node at once."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """Stop the process as it is; it does not know."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def terminate(self) -> int:
        """Ask the node to end. Returns its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()


def health_of(port: int) -> dict[str, Any]:
    """Returns what the node on a port says of itself."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/_decaf/health")
        found: dict[str, Any] = json.load(connection.getresponse())  # also of one that is not healthy
    finally:
        connection.close()
    return found


class NodeSet:
    """Nodes that run, and the URL of their database."""

    def __init__(self, store: str, directory: Path) -> None:
        self.store = store
        self._directory = directory
        self.all: list[Node] = []

    def start(self, *flags: str, environment: Mapping[str, str] | None = None) -> Node:
        """Start one more node."""
        node = Node(self.store, self._directory / f"node-{len(self.all)}.log", *flags, environment=environment)
        self.all.append(node)
        return node

    def found(self) -> Nodes:
        """Returns what the database says of them, as soon as a node answers."""
        for node in self.all:
            if node.process.poll() is None:
                return node.control.nodes()
        raise AssertionError("no node runs")

    def split(self) -> tuple[Node, Node]:
        """Returns the active one of two nodes, and the other, once there is an active one and both know it."""
        until(lambda: len({node.health()["active"] for node in self.all} - {None}) == 1)
        first, second = self.all
        return (first, second) if first.health()["active"] == first.id else (second, first)


@contextmanager
def node_set(store: str, directory: Path) -> Iterator[NodeSet]:
    """Nodes that are ended when the context is left."""
    nodes = NodeSet(store, directory)
    try:
        yield nodes
    finally:
        for node in nodes.all:
            node.end()


def until(holds: Callable[[], bool]) -> None:
    """Return once something holds. Raises TimeoutError when it does not for long."""
    end = monotonic() + PATIENCE
    while not holds():
        if monotonic() > end:
            raise TimeoutError
        sleep(0.05)


def decaf_command(*words: str) -> str:
    """Returns what a command prints."""
    done = decaf(*words)
    out, errors = done.communicate(timeout=PATIENCE)
    assert done.returncode == 0, errors
    return out
