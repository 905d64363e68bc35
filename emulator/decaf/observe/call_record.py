"""The record of calls: the latest calls of AWS clients, each with its request and its response.

Rule: every call pays for this, so a call is noted with what is at hand when it is answered, and read when somebody
asks. A load that would overwrite all of the record within a moment is not kept whole: what stays costs the next calls
their places in the processor's caches, 2 to 4 us each, and nobody could read it in that time. Unlike the history, the
record has what changed nothing too: empty receives, refused calls, requests that no call could be read from, and calls
that a fault left without a response.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

import msgspec

from decaf.observe.call_facts import RESOURCES, resource_of
from decaf.observe.history import History
from decaf_protocol import Call, Reply, Request, dialect, rest_call

MOST_BYTES = 16 * 1024 * 1024  # of all bodies together; a request's counts twice, since its parameters are as long
LONG = 128 * 1024  # bytes of the bodies of one call: these are the first to make room
_SHORT = 16 * 1024  # bytes of a request's body: longer ones are never so many
_MOMENT = 1.0  # seconds of real time, in which as many calls are kept as there is room for
_MOST_LATEST = 2  # of those that come then: what was last is always here
_LEFT = MOST_BYTES * 3 // 4  # bytes that are left when room is made, so that this is seldom needed


class NotedCall(msgspec.Struct, frozen=True, gc=False):
    """A call that was answered. `at` and `answered_at` are when it came and was answered, on Decaf's clock; `began` is
    the first in the time of `clock.seconds`, and `took` the seconds of real time until the second, None if unknown.
    `events_mark` is the mark of the history when it was answered: what it caused is not after that.

    `call` is None where the request could not be read, `reply` where a fault left it without a response. `error` is the
    shape of the error that it was answered with, "dropped" where it was not answered. `cut` has the bytes of the
    request's body and of the response's where they are not kept any more.
    """

    mark: int
    request: Request
    call: Call | None
    reply: Reply | None
    error: str | None
    at: float
    answered_at: float
    began: float
    took: float | None
    events_mark: int
    cut: tuple[int, int] | None = None

    @property
    def service(self) -> str:
        return (self.call.dialect if self.call else dialect(self.request)).service

    @property
    def operation(self) -> str:
        known = self._known
        return known.operation if known else ""

    @property
    def resource(self) -> str:
        """What the call is about, as the client named it; "" if that is nothing or not known."""
        known = self._known
        return resource_of(known.params) if known else ""

    @property
    def account(self) -> str | None:
        known = self._known
        return known.account if known else None

    @property
    def _known(self) -> Call | None:
        """The call; where it could not be read, what the path of a REST request tells of it."""
        return self.call or rest_call(self.request)


Raw = tuple[Any, ...]  # the fields of a NotedCall


class CallRecord:
    """The latest `most` calls, as far as their bodies are not too much; `mark` is the number of the latest.

    When more than `most` come in a second, the others are not kept until it is over, except errors and the last
    few. `log` is called with each call, kept or not.
    """

    __slots__ = ("_forgotten", "_history", "_latest", "_left", "_moment_ends", "_raw", "_room", "log", "mark")

    def __init__(self, most: int, history: History) -> None:
        self.mark = 0
        self._history = history
        self.log: Callable[[NotedCall], None] | None = None  # set by whoever writes a log
        self._raw: deque[Raw] = deque(maxlen=most)
        self._latest: deque[Raw] = deque(maxlen=min(most, _MOST_LATEST))  # later than those, when there are too many
        self._moment_ends = 0.0  # in the time of `clock.seconds`
        self._left = 0  # how many more calls may be kept in this moment
        self._room = MOST_BYTES  # bytes that may come until all are counted again
        self._forgotten = 0  # the mark up to which calls had no room, when that was last looked at

    def note(
        self,
        request: Request,
        call: Call | None,
        reply: Reply | None,
        error: str | None,
        at: float,
        answered_at: float,
        began: float,
        took: float | None,
    ) -> None:
        """Note a call that was answered; see NotedCall."""
        self.mark = mark = self.mark + 1
        events_mark = self._history.mark
        raw = (mark, request, call, reply, error, at, answered_at, began, took, events_mark)
        if began >= self._moment_ends:
            self._begin_moment(began)
        if self._left <= 0 and error is None and len(request.body) < _SHORT:
            self._wait_for_room(raw)
        else:
            self._keep_latest()
            self._keep(raw)
        if self.log is not None:
            self.log(NotedCall(*raw))

    def _begin_moment(self, began: float) -> None:
        self._moment_ends = began + _MOMENT
        self._left = self._raw.maxlen or 0
        self._keep_latest()

    def _wait_for_room(self, raw: Raw) -> None:
        if len(self._latest) == self._latest.maxlen and self._latest:
            self._forgotten = self._latest[0][0]
        self._latest.append(raw)

    def _keep_latest(self) -> None:
        while self._latest:
            self._keep(self._latest.popleft())

    def _keep(self, raw: Raw) -> None:
        self._left -= 1
        self._raw.append(raw)
        self._room -= _size(raw)
        if self._room < 0:
            self._make_room()

    def _make_room(self) -> None:
        """Count the bytes of all bodies; if they are too many, drop long bodies, and then the oldest calls."""
        total = sum(map(_size, self._raw))
        if total > MOST_BYTES:
            self._forgotten = self._forgotten_until()
            raw = self._raw = deque((_without_long_bodies(each) for each in self._raw), self._raw.maxlen)
            total = sum(map(_size, raw))
            while total > _LEFT:
                self._forgotten = raw[0][0]
                total -= _size(raw.popleft())
        self._room = MOST_BYTES - total

    def newest_first(self, since: int = 0) -> Iterator[NotedCall]:
        """Yields the calls after the mark `since`, the newest first."""
        self._keep_latest()
        return (NotedCall(*raw) for raw in takewhile(lambda raw: raw[0] > since, reversed(self._raw)))

    def find(self, mark: int) -> NotedCall | None:
        """Returns the call with this mark, None if it is not kept any more."""
        return next((noted for noted in self.newest_first(mark - 1) if noted.mark == mark), None)

    def remembers(self, mark: int) -> bool:
        """Returns whether all calls after `mark` are still here, except those that were cleared."""
        return mark >= (self._forgotten_until() if self._raw.maxlen else self.mark)

    def _forgotten_until(self) -> int:
        self._keep_latest()
        is_full = len(self._raw) == self._raw.maxlen
        return max(self._forgotten, self._raw[0][0] - 1) if is_full and self._raw else self._forgotten

    def count(self, since: int, account: str | None) -> int:
        """Returns how many calls came after the mark `since`; of one account, as far as they are kept."""
        if account is None:
            return self.mark - since
        return sum(noted.account == account for noted in self.newest_first(since))

    def clear(self, account: str | None = None) -> None:
        """Forget all calls, or those of one account; marks keep growing."""
        self._forgotten = self._forgotten_until()
        kept = () if account is None else [raw for raw in self._raw if NotedCall(*raw).account != account]
        self._raw = deque(kept, self._raw.maxlen)
        self._make_room()


def _size(raw: Raw) -> int:
    request, reply = raw[1], raw[3]
    return 2 * len(request.body) + (0 if reply is None else len(reply.body))


def _without_long_bodies(raw: Raw) -> Raw:
    if _size(raw) <= LONG:
        return raw
    mark, request, call, reply, *times = raw
    if call is not None:
        about = {name: value for name, value in call.params.items() if name in RESOURCES}
        call = msgspec.structs.replace(call, params=about)
    cut = len(request.body), 0 if reply is None else len(reply.body)
    request = msgspec.structs.replace(request, body=b"")
    reply = None if reply is None else msgspec.structs.replace(reply, body=b"")
    return (mark, request, call, reply, *times, cut)
