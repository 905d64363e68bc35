"""A mail server on loopback for tests: it answers as it is told to, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

TAKEN = "250 OK"


class MailServer:
    """Answers each recipient with the next of the `answers` given, then takes everything.

    With a `login` (user, password) it takes mails from nobody else.
    """

    def __init__(self, *answers: str, login: tuple[str, str] | None = None, tls: SSLContext | None = None) -> None:
        self.answers = deque(answers)
        self.received: list[EmailMessage] = []
        self.senders: list[str] = []
        self._login = login
        self._connections: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(tls), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self, tls: SSLContext | None) -> asyncio.Server:
        return await self._loop.create_server(self._connection, "127.0.0.1", 0, ssl=tls)

    def _connection(self) -> SMTP:
        connection = SMTP(
            self,
            loop=self._loop,
            hostname="mail.test",
            authenticator=self._authenticate if self._login else None,
            auth_required=self._login is not None,
            auth_require_tls=False,
        )
        self._connections.append(connection)
        return connection

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> Any:
        return AuthResult(success=(given.login.decode(), given.password.decode()) == self._login, handled=False)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name for it
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.popleft() if self.answers else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append(message)
        self.senders.append(envelope.mail_from)
        return TAKEN

    def close(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self) -> MailServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
