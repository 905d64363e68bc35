"""aiobotocore clients, for asynchronous code.

Rule: a client is opened only by `async with`, in the loop of the test. So it works with every pytest plugin for
asynchronous tests, and without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session


class AsyncClient:
    """A client of a service at the endpoint and account in `environment`; `more` is passed to aiobotocore.

    `async with` returns the client, and closes it at the end; it can be entered again. The client does not retry.
    """

    def __init__(self, environment: Mapping[str, str], service: str, **more: Any) -> None:
        config = AioConfig(retries={"total_max_attempts": 1}).merge(more.pop("config", None) or AioConfig())
        self._service = service
        self._arguments = {
            "endpoint_url": environment["AWS_ENDPOINT_URL"],
            "region_name": environment["AWS_REGION"],
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            "config": config,
            **more,
        }
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Any:
        return await self._opened.enter_async_context(get_session().create_client(self._service, **self._arguments))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.aclose()
