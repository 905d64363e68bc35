"""aiobotocore clients: like boto3's, for code that awaits.

Rule: nothing is opened before it is entered, in the loop that it is then used in. So no plugin for asynchronous
tests is asked for, and any will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session


class AsyncClient:
    """A client of a service, where the variables of `environment` lead; `more` goes to aiobotocore as it is.

    `async with` gives the client, and closes it; it can be entered again, for a new one. It does not retry.
    """

    def __init__(self, environment: Mapping[str, str], service: str, **more: Any) -> None:
        config = AioConfig(retries={"total_max_attempts": 1}).merge(more.pop("config", None) or AioConfig())
        self._service = service
        self._named = {
            "endpoint_url": environment["AWS_ENDPOINT_URL"],
            "region_name": environment["AWS_REGION"],
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            "config": config,
            **more,
        }
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Any:
        return await self._opened.enter_async_context(get_session().create_client(self._service, **self._named))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.aclose()
