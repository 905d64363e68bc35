"""A Decaf server for tests: its URL, AWS clients for it, and its control API."""

from __future__ import annotations

import copy
import os
import uuid
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from msgspec.structs import replace

from decaf.base.settings import Settings
from decaf.testing.control import Control
from decaf.testing.environment import ACCOUNT, REGION, SECRET, environment

if TYPE_CHECKING:
    from concurrent.futures import Future

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from decaf.base.clock import Clock
    from decaf.base.profile import ProfileName
    from decaf.testing.thread import ServerThread
    from decaf.world import World
    from decaf_protocol import Reply, Request

T = TypeVar("T")


class Decaf:
    """A server in this process, which listens until `stop()`; or, by `attach`, any running server.

    Without settings it uses a free port and AWS's limits. `profile` is "strict", "relaxed" or "realistic", in place of
    that of the settings. `account` is that of its clients where none is named. Raises OSError when its address cannot
    be used.
    """

    def __init__(
        self, settings: Settings | None = None, clock: Clock | None = None, *, profile: ProfileName | None = None
    ) -> None:
        chosen = settings or Settings(port=0)
        if profile is not None:
            chosen = replace(chosen, profile=profile)
        self._thread: ServerThread | None = self._started(chosen, clock)
        self._process = os.getpid()
        self.url = self._thread.url
        self.account = ACCOUNT
        self.control = Control(self.url)

    def _started(self, settings: Settings, clock: Clock | None) -> ServerThread:
        from decaf.testing.thread import ServerThread  # imports aiohttp, which an attached server does not need

        return ServerThread(settings, clock)

    @classmethod
    def attach(cls, url: str) -> Self:
        """Returns the server that runs at `url`, in another process. No request is made yet."""
        attached = cls.__new__(cls)
        attached._thread = None
        attached._process = os.getpid()
        attached.url = url.rstrip("/")
        attached.account = ACCOUNT
        attached.control = Control(attached.url)
        return attached

    def of(self, account: str) -> Self:
        """Returns the same server, with its clients and its control API limited to one account."""
        limited = copy.copy(self)
        limited.account = account
        limited.control = self.control.of(account)
        return limited

    @overload
    def client(
        self, service: Literal["sqs"], account: str | None = None, region: str = REGION, **more: Any
    ) -> SQSClient: ...
    @overload
    def client(
        self, service: Literal["sns"], account: str | None = None, region: str = REGION, **more: Any
    ) -> SNSClient: ...
    @overload
    def client(self, service: str, account: str | None = None, region: str = REGION, **more: Any) -> Any: ...
    def client(self, service: str, account: str | None = None, region: str = REGION, **more: Any) -> Any:
        """Returns a boto3 client of `account` that does not retry; `more` is passed to boto3."""
        from botocore.config import Config

        from decaf.testing.sessions import shared_session

        config = Config(retries={"total_max_attempts": 1}).merge(more.pop("config", None) or Config())
        usual = {
            "endpoint_url": self.url,
            "aws_access_key_id": account or self.account,
            "aws_secret_access_key": SECRET,
        }
        return shared_session().client(service, region_name=region, config=config, **(usual | more))

    def environment(self, account: str | None = None, region: str = REGION) -> dict[str, str]:
        """Returns the environment variables that point every AWS SDK to this server and `account`."""
        return environment(self.url, account or self.account, region)

    @property
    def is_here(self) -> bool:
        """Whether the server is in this process, and not in its parent or elsewhere."""
        return self._thread is not None and self._process == os.getpid()

    @property
    def host(self) -> str:
        """The host and port in the server's URL."""
        return self.url.partition("://")[2]

    def answer(self, request: Request) -> Reply | Future[Reply]:
        """Answer the request of an AWS client by the server in this process, as `ServerThread.answer` does."""
        return self._own.answer(request)

    def hang_up(self, reply: Future[Reply]) -> None:
        """End a request whose reply `answer` returned as a future; nothing, once that is done."""
        self._own.hang_up(reply)

    @property
    def urls(self) -> list[str]:
        """The URL of the server in this process, and after it that of HTTPS where that has a port of its own."""
        return self._own.urls

    @property
    def world(self) -> World:
        """The world of the server in this process, for `call` and `run`."""
        return self._own.world

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in the thread of the server in this process."""
        return self._own.call(function, *arguments)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` in the loop of the server in this process."""
        return self._own.run(coroutine)

    def stop(self) -> None:
        """Stop the server in this process; an attached one keeps running, and so does that of a parent process."""
        if self._thread is not None and self.is_here:
            self._thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _own(self) -> ServerThread:
        if self._thread is None:
            raise RuntimeError(f"the server at {self.url} runs in another process")
        return self._thread


def new_account() -> str:
    """Returns a new account: 12 random digits, since other processes may use the same server."""
    return str(10**11 + uuid.uuid4().int % (9 * 10**11))
