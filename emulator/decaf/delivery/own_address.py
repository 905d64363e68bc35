"""This server as the target of its own deliveries: what may be sent there, and how many times in a row.

Rule: no delivery reaches the control API or the paths of other emulators, whatever name leads here; this is decided
before a connection is made. AWS calls are reached, as by any other client. The trace header of such a request, or of
the event of a function, counts the deliveries of both kinds that led to it, and after MOST in a row the next one fails:
so no loop of topics is endless.

Source: AWS Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops": about 16 times,
counted in the trace header.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Protocol

from yarl import URL

from decaf.base.settings import BadSetting
from decaf.sns.outcome import Outcome

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

MOST = 16  # deliveries to AWS calls of this server or to functions, each of which led to the next
_COUNT = "Decaf="  # field of a trace header

_NO_CALL = Outcome("the endpoint is Decaf itself, and no AWS call: deliveries cannot call the control API")
_LOOP = Outcome(f"a loop: {MOST} deliveries to AWS calls of Decaf itself or to functions have led to this one")


class Sent(Protocol):
    """What a request delivers: a notification, a confirmation, or the event of an invocation."""

    @property
    def message_id(self) -> str: ...

    @property
    def at(self) -> float: ...

    @property
    def trace_header(self) -> str | None: ...


class OwnAddress:
    """The address of this server, known from `open()` on. `base_url` is another URL that leads here, or empty.

    With `has_others`, other nodes and their balancer lead here too, by addresses that this node does not know.
    Raises BadSetting for a `base_url` that is no URL.
    """

    def __init__(self, base_url: str, has_others: bool = False) -> None:
        try:
            self._base = URL(base_url)
        except ValueError as error:
            raise BadSetting(f"base_url: {base_url!r} is no URL") from error
        self.has_others = has_others
        self._ports: frozenset[int | None] = frozenset()
        self._no_calls: tuple[str, ...] = ()

    def open(self, host: str, no_calls: tuple[str, ...], ports: Iterable[int] = ()) -> None:
        """Note the host and port of this server, other ports of it, and the prefixes of paths that are no AWS calls."""
        self._ports = frozenset({URL(f"http://{host}").port, *ports})
        self._no_calls = no_calls

    async def leads_to(self, url: URL, resolver: AbstractResolver) -> bool:
        """Returns whether `url` leads to this server; False for a name that `resolver` does not find."""
        if url.host is None:
            return False
        if self._base.host is not None and (url.host, url.port) == (self._base.host, self._base.port):
            return True
        if url.port not in self._ports:
            return False
        try:
            return is_of_this_machine(url.host)
        except ValueError:
            return await _leads_to_this_machine(url.host, resolver)

    def refusal(self, url: URL, sent: Sent) -> Outcome | None:
        """Returns the failure of a delivery of `sent` to `url`, which leads here; None if it may be made."""
        if url.raw_path_qs.startswith(self._no_calls):
            return _NO_CALL
        return loop(sent)


def loop(sent: Sent) -> Outcome | None:
    """Returns the failure of a delivery of `sent` that may lead to the next, None if it may be made."""
    return _LOOP if _count(sent.trace_header) >= MOST else None


def root(at: float, own_id: str) -> str:
    """Returns the trace header of what began at `at`, in epoch seconds, and has a UUID of its own."""
    return f"Root=1-{int(at):08x}-{own_id.replace('-', '')[:24]}"


def counted(sent: Sent) -> str:
    """Returns the trace header of a request to an AWS call of this server, or to a function, that delivers `sent`."""
    traced = sent.trace_header or root(sent.at, sent.message_id)
    fields = [field for field in traced.split(";") if not field.startswith(_COUNT)]
    return ";".join([*fields, f"{_COUNT}{_count(sent.trace_header) + 1}"])


def counted_of_all(sent: Iterable[Sent]) -> str:
    """Returns the trace header of an event that delivers all of `sent`: that of the one with the most deliveries."""
    return counted(max(sent, key=lambda each: _count(each.trace_header)))


def _count(trace_header: str | None) -> int:
    for field in (trace_header or "").split(";"):
        number = field.removeprefix(_COUNT)
        if number != field and number.isascii() and number.isdigit():
            return int(number) if len(number) < 4 else MOST
    return 0


def is_of_this_machine(address: str) -> bool:
    """Returns whether an IP address is one of this machine's. Raises ValueError for a text that is no address."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    if ip.is_loopback or ip.is_unspecified:
        return True
    with socket.socket(socket.AF_INET if ip.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((str(ip), 0))  # the system lets nobody have an address of another machine
        except OSError:
            return False
    return True


async def _leads_to_this_machine(name: str, resolver: AbstractResolver) -> bool:
    try:
        found = await resolver.resolve(name, 0, socket.AF_UNSPEC)
    except OSError:
        return False
    return any(is_of_this_machine(each["host"]) for each in found)
