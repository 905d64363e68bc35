"""Names of endpoints: a name server that does not respond delays deliveries to its own names only."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from decaf.base.settings import Settings
from decaf.delivery.transports.resolver import MOST, MOST_EACH, Resolver
from tests.endpoint import Endpoint
from tests.live import Live

KNOWN = "shop.example"


class System:
    """The system's resolver: names of `slow` domains block it until `let_go`; of the others it knows KNOWN."""

    def __init__(self) -> None:
        self._real = socket.getaddrinfo
        self.let_go = threading.Event()
        self.blocked = threading.Semaphore(0)  # one for each look-up that blocks
        self.asked: Counter[str] = Counter()

    def getaddrinfo(self, host: str, port: Any, *_: Any, **__: Any) -> list[Any]:
        if host == "127.0.0.1":
            return self._real(host, port)
        self.asked[host] += 1
        if "slow" in host:
            self.blocked.release()
            self.let_go.wait(60)
        if host != KNOWN:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    def wait_for(self, blocked: int) -> None:
        for _ in range(blocked):
            assert self.blocked.acquire(timeout=20)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    made = System()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    yield made
    made.let_go.set()


def _resolved(play: Callable[[Resolver], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        resolver = Resolver()
        try:
            return await play(resolver)
        finally:
            await resolver.close()

    return asyncio.run(run())


def test_deliveries_go_on_while_a_name_server_does_not_respond(endpoint_of_mine: Endpoint, system: System) -> None:
    with Live(Settings(port=0)) as server, closing(server.client("sns")) as sns:
        topic = sns.create_topic(Name="orders")["TopicArn"]
        port = endpoint_of_mine.url[:-1].rpartition(":")[2]
        for number in range(100):
            sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://{number}.slow.example:{port}")
        system.wait_for(MOST_EACH)
        mark = server.control.mark()
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://{KNOWN}:{port}/named")
        server.control.wait_for("NotificationDelivered", since=mark)
        assert [received.path for received in endpoint_of_mine.received] == ["/named"]
        assert system.asked.total() == MOST_EACH + 1


def test_the_names_of_one_domain_have_few_threads_and_all_names_a_limit(system: System) -> None:
    async def play(resolver: Resolver) -> None:
        names = [f"{number}.slow{domain}.example" for domain in range(20) for number in range(20)]
        waiting = asyncio.gather(*map(resolver.resolve, names))
        await asyncio.to_thread(system.wait_for, MOST)
        assert system.asked.total() == MOST
        assert max(Counter(".".join(name.split(".")[-2:]) for name in system.asked).values()) <= MOST_EACH
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    _resolved(play)


def test_those_who_wait_for_one_name_share_a_look_up_and_its_result_is_kept_for_a_while(system: System) -> None:
    async def play(resolver: Resolver) -> Any:
        found = await asyncio.gather(*(resolver.resolve(KNOWN, port) for port in (80, 81)))
        return [*found, await resolver.resolve(KNOWN, 82)]

    found = _resolved(play)
    assert [(each["host"], each["port"]) for (each,) in found] == [("127.0.0.1", port) for port in (80, 81, 82)]
    assert system.asked[KNOWN] == 1


def test_a_name_that_is_not_found_is_an_error_and_asked_for_again(system: System) -> None:
    async def play(resolver: Resolver) -> None:
        for _ in range(2):
            with pytest.raises(OSError, match="not known"):
                await resolver.resolve("nowhere.example")

    _resolved(play)
    assert system.asked["nowhere.example"] == 2


def test_who_stops_waiting_leaves_the_look_up_to_the_others(system: System) -> None:
    async def play(resolver: Resolver) -> None:
        one, other = (asyncio.ensure_future(resolver.resolve("slow.example")) for _ in range(2))
        await asyncio.to_thread(system.wait_for, 1)
        one.cancel()
        system.let_go.set()
        with pytest.raises(OSError, match="not known"):
            await other

    _resolved(play)
    assert system.asked["slow.example"] == 1
