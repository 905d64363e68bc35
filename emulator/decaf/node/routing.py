"""Which shard a request is for, where there are several.

Rule: a call goes to the shard of the account and region that it is carried out in, as far as this node knows who makes
it: the world of a shard refuses a call for another, and says whose it is. What is no call, as that for the certificate,
any shard answers alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from decaf import compat, control
from decaf.access.identity import Identities, read_identities
from decaf.base.later import Later
from decaf.base.settings import Settings
from decaf.base.shard import Misdirected, Place, ShardMap
from decaf.http.rendering import Stream
from decaf.node.places import decoded, place_of
from decaf.node.placing import Placing
from decaf.node.seat import Seat
from decaf_protocol import Call, Reply, Request

if TYPE_CHECKING:
    from decaf.node.gathering import Gathering


class Routing:
    """Answers each request by the seat of its shard."""

    def __init__(self, seats: Sequence[Seat], shards: ShardMap, placing: Placing, settings: Settings) -> None:
        self._seats = seats
        self._shards = shards
        self._placing = placing
        self._settings = settings
        self._declared = Identities(read_identities(settings.identities))

    def answer(self, request: Request) -> Reply | Stream | Awaitable[Reply | Stream]:
        """Answer any request. Raises Dropped, as the awaitable may."""
        if request.target.startswith((control.PREFIX, *compat.PREFIXES)):
            return self._all.answer(request)
        call = decoded(request)
        if call is None:
            return self._seat_here().answer(request)
        place = self._place_of(request, call)
        seat = self._seat(place)
        reply = self._placing.answer(place, request) if seat is None else seat.answer(request)
        return self._placing.answer(reply.place, request) if isinstance(reply, Misdirected) else reply

    def call(self, request: Request, call: Call | None = None) -> Reply | Later | Awaitable[Reply]:
        """As `answer`, for a plain request of an AWS client, which was decoded to `call` if somebody has done that."""
        call = call or decoded(request)
        if call is None:
            return self._seat_here().call(request)
        place = self._place_of(request, call)
        seat = self._seat(place)
        reply = self._placing.call(place, request) if seat is None else seat.call(request, call)
        return self._placing.call(reply.place, request) if isinstance(reply, Misdirected) else reply

    def _place_of(self, request: Request, call: Call) -> Place:
        return place_of(request, call, self._identities, self._settings.region)

    def _seat(self, place: Place) -> Seat | None:
        """Returns the shard of an account in a region, None when it is not known."""
        shard = self._shards.find(*place)
        return None if shard is None else self._seats[shard]

    def _seat_here(self) -> Seat:
        """Returns a shard that this node owns, else the first."""
        return next((seat for seat in self._seats if seat.owns), self._seats[0])

    def _identities(self) -> Identities:
        """Returns those that a world of this node has; those of the settings while it has none."""
        active = next((seat.active for seat in self._seats if seat.active is not None), None)
        return self._declared if active is None else active.world.access.identities

    @cached_property
    def _all(self) -> Gathering:
        """What answers the requests that are no calls of AWS's, of which some are for all shards."""
        from decaf.node.gathering import Gathering

        return Gathering(self._seats, self._placing.shard_of, self._settings)
