"""The floor to compare with: an aiohttp server that reads the body and sends one canned SendMessage answer.

Run as a process of its own; like Decaf it uses uvloop where it is installed, and writes no access log.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from .recorded import BODY_MD5

_ANSWER = f'{{"MessageId":"5fea7756-0ea4-451a-a703-a558b933e274","MD5OfMessageBody":"{BODY_MD5}"}}'.encode()
_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "x-amzn-RequestId": "b5293cb5-d306-4a17-9048-b263635abe42",
}


async def _answer(request: web.BaseRequest) -> web.Response:
    await request.read()
    return web.Response(body=_ANSWER, headers=_HEADERS)


async def _serve() -> None:
    listener = await asyncio.get_running_loop().create_server(web.Server(_answer, access_log=None), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    await listener.serve_forever()


def main() -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve())
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve())


if __name__ == "__main__":
    main()
