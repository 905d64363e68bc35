"""A proxy that has a server below a path of its own, and passes on what comes as it comes, streams too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientSession, web

_OWN = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})  # headers of one connection


@contextmanager
def proxied(url: str, prefix: str) -> Iterator[str]:
    """Yields the address below which the server at `url` is found; the proxy takes `prefix` away."""
    loop = asyncio.new_event_loop()
    started: list[str] = []
    ready, ended = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with ClientSession(auto_decompress=False) as session:

            async def forward(request: web.Request) -> web.StreamResponse:
                target = url + request.raw_path.removeprefix(prefix)
                body = await request.read()
                headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN}
                async with session.request(
                    request.method, target, headers=headers, data=body or None, allow_redirects=False
                ) as found:
                    kept = {name: value for name, value in found.headers.items() if name.lower() not in _OWN}
                    response = web.StreamResponse(status=found.status, headers=kept)
                    await response.prepare(request)
                    async for chunk in found.content.iter_any():
                        await response.write(chunk)
                    return response

            app = web.Application()
            app.router.add_route("*", f"{prefix}/{{rest:.*}}", forward)
            runner = web.AppRunner(app, shutdown_timeout=0)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            started.append(f"{site.name.rpartition(':')[0]}:{runner.addresses[0][1]}{prefix}")
            ready.set()
            await ended.wait()
            await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
