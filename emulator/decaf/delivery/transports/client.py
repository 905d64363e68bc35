"""The HTTP client of one transport: its connections, made when first needed, and what they may lead to.

Rule: redirects are not followed, cookies are not kept, and the scheduler alone limits how long an attempt takes and how
many there are.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from ssl import SSLContext

import aiohttp
from yarl import URL

from decaf.delivery.own_address import OwnAddress, Sent, counted, loop
from decaf.delivery.transports.resolver import Resolver
from decaf.sns.outcome import Outcome


class Forbidden(Exception):
    """A request is not made; `outcome` is that of the attempt."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class HttpClient:
    """Posts to HTTP endpoints. An idle connection is kept open for `idle` seconds.

    With `hosts`, requests go to these hosts only, as a URL names them.
    """

    def __init__(self, own_address: OwnAddress, idle: float, hosts: Collection[str]) -> None:
        self._own_address = own_address
        self._hosts = frozenset(hosts)
        self._idle = idle
        self._resolver: Resolver | None = None
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self,
        url: str,
        sent: Sent,
        body: bytes,
        headers: dict[str, str],
        tls: SSLContext | None,
        without: tuple[str, ...] = (),
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Returns the response to `body`, which delivers `sent`, as a context. aiohttp adds no header of `without`.

        Raises Forbidden for what may not be sent there, aiohttp.InvalidURL for a URL that is none, and
        in the context also aiohttp.ClientError, OSError or UnicodeError when there is no response.
        """
        try:
            target = URL(url)
        except ValueError as error:
            raise aiohttp.InvalidURL(url) from error
        if self._hosts and target.host not in self._hosts:
            raise Forbidden(Outcome(f"the setting delivery_host lets no delivery go to {target.host}"))
        resolver, session = self._open()
        leads_here = await self._own_address.leads_to(target, resolver)
        if leads_here or self._own_address.has_others:  # who may pass it on to this one
            refusal = self._own_address.refusal(target, sent) if leads_here else loop(sent)
            if refusal is not None:
                raise Forbidden(refusal)
            headers = headers | {"X-Amzn-Trace-Id": counted(sent)}
        return session.post(
            target, data=body, headers=headers, skip_auto_headers=without, allow_redirects=False, ssl=tls or True
        )

    async def close(self) -> None:
        if self._session is not None and self._resolver is not None:
            await self._session.close()
            await self._resolver.close()
        self._session = self._resolver = None

    def _open(self) -> tuple[Resolver, aiohttp.ClientSession]:
        if self._session is None or self._resolver is None:
            self._resolver = Resolver()
            # the resolver's own memory is used: a name must lead where it led when it was checked
            connector = aiohttp.TCPConnector(
                limit=0, keepalive_timeout=self._idle, resolver=self._resolver, use_dns_cache=False
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),  # none: the scheduler limits attempts, by the clock
            )
        return self._resolver, self._session
