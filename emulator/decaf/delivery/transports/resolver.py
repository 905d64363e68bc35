"""Names of endpoints, looked up in threads of their own.

Rule: the system's resolver blocks, for as long as a name server takes. A look-up occupies a thread until it ends,
though no delivery may wait for it any more; so the names of one domain have few threads at once, and all names together
a limit. A domain whose name server does not respond delays its own deliveries only. No program waits for these threads
to end.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from aiohttp.abc import AbstractResolver

from decaf.base.clock import seconds

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

MOST = 64  # names looked up at once
MOST_EACH = 8  # names of one domain, by its last two labels
_KEPT = 10.0  # seconds for which a result is used

T = TypeVar("T")

_Name = tuple[str, int]  # a host, and a family of addresses
_Address = tuple[str, int]  # an IP address, and its family


class Resolver(AbstractResolver):
    """Looks up names by the system's resolver. Deliveries that need the same name at once share a look-up."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(MOST)
        self._each: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._under_way: dict[_Name, asyncio.Task[list[_Address]]] = {}
        self._known: dict[_Name, tuple[float, list[_Address]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Returns the addresses of a name. Raises OSError for one that is not found."""
        addresses = await self._addresses((host, family))
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": found,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for address, found in addresses
        ]

    async def close(self) -> None:
        """Wait for no look-up any more."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _addresses(self, name: _Name) -> list[_Address]:
        until, known = self._known.get(name, (0.0, []))
        if seconds() < until:
            return known
        task = self._under_way.get(name)
        if task is None:
            task = self._under_way[name] = asyncio.create_task(self._look_up(name))
            task.add_done_callback(lambda done: self._ended(name, done))
        return await asyncio.shield(task)

    async def _look_up(self, name: _Name) -> list[_Address]:
        domain = ".".join(name[0].lower().rstrip(".").split(".")[-2:])
        each = self._each.setdefault(domain, asyncio.Semaphore(MOST_EACH))
        async with each, self._all:
            return await _in_thread(lambda: _ask_system(*name))

    def _ended(self, name: _Name, task: asyncio.Task[list[_Address]]) -> None:
        del self._under_way[name]
        if task.cancelled() or task.exception() is not None:
            return
        now = seconds()
        self._known = {each: known for each, known in self._known.items() if now < known[0]}
        self._known[name] = now + _KEPT, task.result()


def _ask_system(host: str, family: int) -> list[_Address]:
    found = socket.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(_text(address), each) for each, _, _, _, address in found]


def _text(address: tuple[Any, ...]) -> str:
    """Returns an address as text, with the interface that a local one of IPv6 is for."""
    has_zone = len(address) == 4 and address[3]
    return f"{address[0].partition('%')[0]}%{address[3]}" if has_zone else str(address[0])


async def _in_thread(work: Callable[[], T]) -> T:
    """Returns the result of `work`, which blocks."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def end(result: Any, error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # the loop was closed: nobody waits
            loop.call_soon_threadsafe(end, result, error)

    threading.Thread(target=run, name="decaf-resolver", daemon=True).start()
    return await future
