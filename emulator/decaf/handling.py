"""How a request of an AWS client is answered: it is decoded and run, and its result or error is encoded.

Rule: the time is read once per request, here, and passed down. A call that does not wait runs from bytes to
bytes without a task, a future or an await.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING

import msgspec

from decaf.base.clock import seconds
from decaf.base.errors import service_unavailable
from decaf.base.half_closed import to_its_end
from decaf.base.shard import Misdirected, WrongShard
from decaf.faults.calls import Dropped, InjectedError
from decaf.functions.errors import request_too_large
from decaf.persistence.deferred_reply import DeferredReply, Pending
from decaf.world import World
from decaf_protocol import (
    REST_PREFIXES,
    AWSError,
    Call,
    Reply,
    Request,
    Result,
    decode,
    dialect,
    encode_error,
    encode_result,
    rest_operation,
)

if TYPE_CHECKING:
    from decaf.persistence.durable_store import DurableStore

_log = logging.getLogger("decaf")

_LONGEST_EVENT = 6_291_456  # bytes of the payload of Invoke: "Lambda quotas"
_LONGEST_CODE = 69_905_067  # bytes of a request with a zip file of 50 MB in base64, as the service reports its limit


class Handling:
    """Answers the requests of AWS clients by the operations of `world`."""

    __slots__ = ("world",)

    def __init__(self, world: World) -> None:
        self.world = world

    def handle(self, request: Request, call: Call | None = None) -> Reply | Awaitable[Reply]:
        """Returns the reply to a request, or an awaitable of it for a call that waits (a long poll, a commit). It is
        Misdirected for a call that another world is to carry out.

        `call` is what the request was decoded to, if somebody has done that.

        Raises Dropped, as the awaitable may, when an injected fault leaves the request without a reply.
        """
        world = self.world
        store = world.durable_store
        if store is not None and store.down:
            return self._handle_when_up(request, store)
        began = seconds()
        request_id = world.request_id()
        now = world.clock.now()
        try:
            if call is None:
                call = decode(request)
            if world.access.active:
                call = world.access.admit(request, call, now)
            else:
                world.check_place(call)
            run = world.faulty.run if world.faults.rules else world.run
            result = run(call, now)
            if not isinstance(result, dict):
                failures = 0 if store is None else store.failures
                return self._finish(request, call, result, request_id, now, began, failures)
            reply = encode_result(call, result, request_id)
            took = seconds() - began
            world.call_statistics.add(call, took)
            world.calls.note(request, call, reply, None, now, now, began, took)
        except WrongShard as error:
            return self._misdirected(request, error)
        except Exception as error:
            reply = self._refuse(request, call, error, request_id, now, began)
        if store is None or (pending := store.pending()) is None:
            return reply
        return self._defer(request, call, reply, request_id, pending)

    def max_body(self, target: str) -> int:
        """Returns the limit on the body of a request, in bytes: the code of a function may be longer than messages."""
        usual = self.world.settings.max_body
        if not target.startswith(REST_PREFIXES):
            return usual
        return max(usual, _LONGEST_EVENT if target.partition("?")[0].endswith("/invocations") else _LONGEST_CODE)

    def too_large(self, request: Request, limit: int) -> Reply:
        """Returns the reply to a request whose body is longer than `limit` bytes."""
        operation = rest_operation(request)
        if operation is None:
            error = AWSError("RequestEntityTooLarge", f"The request body is longer than {limit} bytes.")
        else:
            error = request_too_large(operation.replace("Invoke", "InvokeFunction"), limit)
        return self._refuse(request, None, error, self.world.request_id())

    def refuse(self, request: Request, error: AWSError) -> Reply:
        """Returns the reply to a request that is refused before its call is known."""
        return encode_error(dialect(request), error, self.world.request_id())

    def refuse_bytes(self, start: bytes, error: AWSError) -> Reply:
        """Returns the reply to bytes that were not read as a request, in the protocol that their start is of."""
        headers = {"x-amz-target": ""} if b"x-amz-target:" in start.lower() else {}
        return self.refuse(Request("POST", "/", headers, b""), error)

    def forbidden(self, request: Request, reason: str) -> Reply:
        """Returns the reply to a request that is not allowed, whoever signed it."""
        return self._refuse(request, None, AWSError("AccessDeniedException", reason), self.world.request_id())

    def _misdirected(self, request: Request, error: WrongShard) -> Misdirected:
        refusal = self.refuse(request, service_unavailable())
        return Misdirected(refusal.status, refusal.headers, refusal.body, error.place)

    async def _handle_when_up(self, request: Request, store: DurableStore) -> Reply:
        """Returns the reply to a request after a failed commit: as usual if writing works again, else a refusal."""
        if not await to_its_end(store.try_again()):
            return self._refuse(request, None, service_unavailable(), self.world.request_id())
        reply = self.handle(request)
        return reply if isinstance(reply, Reply) else await reply

    def _defer(
        self, request: Request, call: Call | None, reply: Reply, request_id: str, pending: Pending
    ) -> DeferredReply:
        """Returns the reply, to be sent once the state that it may report is on the disk."""
        return DeferredReply(reply, pending, lambda: self._refuse(request, call, service_unavailable(), request_id))

    async def _finish(
        self,
        request: Request,
        call: Call,
        result: Awaitable[Result],
        request_id: str,
        at: float,
        began: float,
        failures: int,
    ) -> Reply:
        """Returns the reply to a call that waits; `failures` is the number of failed commits when it began.

        After one all state was read from the disk again, and the queue that the call waited on is gone.
        """
        world = self.world
        store = world.durable_store
        try:
            reply = encode_result(call, await result, request_id)
            took = seconds() - began
            world.call_statistics.add(call, took)
            world.calls.note(request, call, reply, None, at, world.clock.now(), began, took)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            reply = self._refuse(request, call, error, request_id, at, began)
        if store is None:
            return reply
        if store.failures != failures:
            return self._refuse(request, call, service_unavailable(), request_id)
        pending = store.pending()
        return reply if pending is None else await self._defer(request, call, reply, request_id, pending)

    def _refuse(
        self,
        request: Request,
        call: Call | None,
        error: Exception,
        request_id: str,
        at: float | None = None,
        began: float | None = None,
    ) -> Reply:
        if isinstance(error, Dropped):
            self._note_refusal(request, call, None, "dropped", at, began)
            raise error
        if not isinstance(error, AWSError):
            _log.exception("internal error in %s", call.operation if call else "decoding")
            error = AWSError("InternalFailure", "The request failed because of an internal error in Decaf.")
        used = call.dialect if call else dialect(request)
        self.world.call_statistics.add_error(used.service, call.operation if call else "", error.shape)
        reply = encode_error(used, error, request_id)
        if isinstance(error, InjectedError) and error.status is not None:
            reply = msgspec.structs.replace(reply, status=error.status)
        self._note_refusal(request, call, reply, error.shape, at, began)
        return reply

    def _note_refusal(
        self,
        request: Request,
        call: Call | None,
        reply: Reply | None,
        error: str,
        at: float | None,
        began: float | None,
    ) -> None:
        """Note a call that was answered with an error; without `at` and `began` it is not known when it came."""
        ended, now = seconds(), self.world.clock.now()
        took = None if began is None else ended - began
        since = ended if began is None else began
        self.world.calls.note(request, call, reply, error, now if at is None else at, now, since, took)
