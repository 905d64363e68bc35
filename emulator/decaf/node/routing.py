"""Which shard a request is for, where there are several.

Rule: a call goes to the shard of the account and region that it is carried out in, as far as this node knows who makes
it: the world of a shard refuses a call for another, and names that. What is no call, as that for the certificate, any
shard answers alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from decaf import compat, control
from decaf.access.identity import Identities, read_identities
from decaf.base.later import Later
from decaf.base.settings import Settings
from decaf.base.shard import Misdirected, shard_of
from decaf.http.rendering import Stream
from decaf.node.places import decoded, place_of
from decaf.node.seat import Seat
from decaf_protocol import Call, Reply, Request

if TYPE_CHECKING:
    from decaf.node.gathering import Gathering


class Routing:
    """Answers each request by the seat of its shard."""

    def __init__(self, seats: Sequence[Seat], settings: Settings) -> None:
        self._seats = seats
        self._settings = settings
        self._declared = Identities(read_identities(settings.identities))

    def answer(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer any request. Raises Dropped, as the awaitable may."""
        if request.target.startswith((control.PREFIX, *compat.PREFIXES)):
            return self._all.answer(request)
        reply = self._seat_of(request, decoded(request)).answer(request)
        return self._seats[reply.shard].answer(request) if isinstance(reply, Misdirected) else reply

    def call(self, request: Request, call: Call | None = None) -> Reply | Later | Awaitable[Reply]:
        """As `answer`, for a plain request of an AWS client, which was decoded to `call` if somebody has done that."""
        call = call or decoded(request)
        reply = self._seat_of(request, call).call(request, call)
        return self._seats[reply.shard].call(request, call) if isinstance(reply, Misdirected) else reply

    def _seat_of(self, request: Request, call: Call | None) -> Seat:
        if call is None:
            return next((seat for seat in self._seats if seat.owns), self._seats[0])
        place = place_of(request, call, self._identities, self._settings.region)
        return self._seats[shard_of(*place, len(self._seats))]

    def _identities(self) -> Identities:
        """Returns those that a world of this node has; those of the settings while it has none."""
        active = next((seat.active for seat in self._seats if seat.active is not None), None)
        return self._declared if active is None else active.world.access.identities

    @cached_property
    def _all(self) -> Gathering:
        """What answers the requests that are no calls of AWS's, of which some are for all shards."""
        from decaf.node.gathering import Gathering

        return Gathering(self._seats, self._settings)
