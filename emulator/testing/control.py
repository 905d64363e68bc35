"""Decaf's own calls from Python, one method each, for any running server.

Rule: only the standard library's HTTP, and the types of the server's own routes for what goes in and comes out.
"""

from __future__ import annotations

import http.client
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from emulator.control import PREFIX
from emulator.control.clock import Advance, Clock, Moved
from emulator.control.health import Health
from emulator.control.inbox import Deliveries, Delivery, Find
from emulator.control.route import Done, Gives, Nothing, Refused, Takes
from emulator.control.state import Reset

T = TypeVar("T", bound=Gives)


class NoServer(Exception):
    """Nobody answers at the address, or nobody who knows Decaf's calls."""


class Control:
    """The calls of the server at `url`.

    All raise Refused when the server refuses what is asked, and NoServer when there is no server.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._address = urlsplit(url).netloc

    def health(self) -> Health:
        """That the server is ready, and which version it is."""
        return self._get("/health", Nothing(), Health)

    def answers(self) -> bool:
        """Whether Decaf answers at the address."""
        try:
            return self.health().status == "ready"
        except (NoServer, Refused):
            return False

    def clock(self) -> Clock:
        """What time it is for the server."""
        return self._get("/clock", Nothing(), Clock)

    def advance(self, seconds: float) -> Clock:
        """Move the clock forward by `seconds`; all that falls due until then has happened when this returns."""
        return self._post("/clock/advance", Advance(seconds=seconds), Clock)

    def advance_to(self, time: float) -> Clock:
        """Move the clock forward to `time`, in epoch seconds."""
        return self._post("/clock/advance", Advance(to=time), Clock)

    def next(self) -> Moved:
        """Move the clock to the next thing due."""
        return self._post("/clock/next", Nothing(), Moved)

    def freeze(self) -> Clock:
        """Stop the clock: it moves only when it is moved."""
        return self._post("/clock/freeze", Nothing(), Clock)

    def thaw(self) -> Clock:
        """Let the clock run on."""
        return self._post("/clock/thaw", Nothing(), Clock)

    def inbox(
        self, protocol: str | None = None, recipient: str | None = None, topic_arn: str | None = None
    ) -> list[Delivery]:
        """What reached phones, mail boxes and apps, oldest first: all that has what is given."""
        wanted = Find(protocol=protocol, recipient=recipient, topic_arn=topic_arn)
        return self._get("/inbox", wanted, Deliveries).deliveries

    def clear_inbox(self) -> None:
        """Forget what was delivered."""
        self._call("DELETE", "/inbox", Done)

    def reset(self, account: str | None = None) -> None:
        """Forget everything, or everything of one account."""
        self._post("/reset", Reset(account=account), Done)

    def _get(self, path: str, takes: Takes, gives: type[T]) -> T:
        given = {name: value for name, value in msgspec.structs.asdict(takes).items() if value is not None}
        return self._call("GET", f"{path}?{urlencode(given)}" if given else path, gives)

    def _post(self, path: str, takes: Takes, gives: type[T]) -> T:
        return self._call("POST", path, gives, msgspec.json.encode(takes))

    def _call(self, method: str, path: str, gives: type[T], body: bytes | None = None) -> T:
        connection = http.client.HTTPConnection(self._address)
        try:
            connection.request(method, PREFIX + path, body)
            response = connection.getresponse()
            return _read(self.url, response.status, response.read(), gives)
        except (OSError, http.client.HTTPException) as error:
            raise NoServer(f"no server answers at {self.url}: {error}") from error
        finally:
            connection.close()


class _Refusal(msgspec.Struct):
    error: str


def _read(url: str, status: int, body: bytes, gives: type[T]) -> T:
    try:
        if status == 200:
            return msgspec.json.decode(body, type=gives)
        refusal = msgspec.json.decode(body, type=_Refusal)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise NoServer(f"what answers at {url} is not Decaf") from None
    raise Refused(refusal.error, status)
