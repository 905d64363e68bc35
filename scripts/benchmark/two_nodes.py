"""Two processes: one with a world, and one before it that passes all requests on, as a node that stands by does.

Rule: nothing of a database is in this: what is measured is the way from one process to the other.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress

import uvloop

from decaf.app import make_server, make_site
from decaf.base.errors import service_unavailable
from decaf.base.settings import Settings
from decaf.cluster.forwarding import Forwarding
from decaf.cluster.hop.answering import Answering
from decaf.cluster.hop.connection import Identity
from decaf.cluster.hop.dialling import Address
from decaf.cluster.hop.links import Links
from decaf.http.server import Server
from decaf.world import World
from decaf_protocol import Reply, Request, dialect, encode_error

_SETTINGS = Settings(port=0)
_HOST = "127.0.0.1"


def _identity(node: str) -> Identity:
    return Identity(node, b"secret", _SETTINGS.max_body)


async def _be_active() -> None:
    """Answer requests of the other process, whose address for that is printed."""
    server = make_server(World(_SETTINGS))
    answering = Answering(_identity("active"), lambda _: server.site.answer)
    await server.start()
    await answering.start(_HOST, 0)
    print(answering.address[1], flush=True)
    await asyncio.Event().wait()


async def _pass_on() -> None:
    """Listen, print the URL, and pass all on until this process is to end."""
    active = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.benchmark.two_nodes", "active", stdout=asyncio.subprocess.PIPE
    )
    assert active.stdout is not None
    address = Address("active", _HOST, int(await active.stdout.readline()))
    forwarding = Forwarding(Links(_identity("before")), _refuse, lambda: None)
    server = Server(
        _SETTINGS,
        make_site(World(_SETTINGS)).answering(forwarding.answer, lambda request, _=None: forwarding.call(request)),
    )
    await server.start()
    forwarding.use(address)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print(server.url, flush=True)
    await ended.wait()
    with suppress(ProcessLookupError):
        active.terminate()
    await active.wait()


def _refuse(request: Request) -> Reply:
    return encode_error(dialect(request), service_unavailable(), "")


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_be_active() if "active" in sys.argv else _pass_on())


if __name__ == "__main__":
    main()
