"""The calls on a queue in the Query protocol, as clients of before 2023 send them: a form there, XML back."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import unescape

from .calls import QueueCalls, md5
from .connection import Answer, Connection, WrongAnswer
from .recorded import BODY, BODY_MD5, Recorded, recorded

_VERSION = "2012-11-05"
_JSON_ONLY = ("content-type:", "x-amz-target:", "x-amzn-query-mode:")


class QueryCalls(QueueCalls):
    """As QueueCalls; a queue is filled by JSON, since that is not measured."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        super().__init__(sqs, queue_url)
        self._form = _as_form(recorded(sqs, "receive_message", QueueUrl=queue_url), urlsplit(queue_url).path)

    async def send(self, connection: Connection) -> None:
        answer = await self._ask(connection, "SendMessage", MessageBody=BODY)
        if not _element(answer, "MessageId") or _element(answer, "MD5OfMessageBody") != BODY_MD5:
            raise WrongAnswer(f"SendMessage returned {answer}")

    async def receive(self, connection: Connection, wait: int = 0) -> tuple[str, str]:
        answer = await self._ask(connection, "ReceiveMessage", **({"WaitTimeSeconds": str(wait)} if wait else {}))
        body = _element(answer, "Body")
        if answer.body.count(b"<Body>") != 1 or _element(answer, "MD5OfBody") != md5(body):
            raise WrongAnswer(f"ReceiveMessage returned {answer}")
        return body, _element(answer, "ReceiptHandle")

    async def delete(self, connection: Connection, handle: str) -> None:
        await self._ask(connection, "DeleteMessage", ReceiptHandle=handle)

    async def _ask(self, connection: Connection, action: str, **params: str) -> Answer:
        form = urlencode({"Action": action, "Version": _VERSION, "QueueUrl": self.queue_url, **params})
        answer = await connection.ask(self._form.parts(form.encode()))
        if answer.status != 200 or f"<{action}Response".encode() not in answer.body:
            raise WrongAnswer(f"{action} returned {answer}")
        return answer


def _as_form(request: Recorded, path: str) -> Recorded:
    """Return a request by JSON as one with a form, to the path of the queue."""
    _, *headers = request.head.decode().splitlines(keepends=True)
    kept = "".join(line for line in headers if not line.lower().startswith(_JSON_ONLY))
    form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
    return Recorded(f"POST {path} HTTP/1.1\r\n{kept}{form}".encode(), b"")


def _element(answer: Answer, name: str) -> str:
    """Return the text of the first element of that name, "" without one."""
    found = re.search(f"<{name}>([^<]*)</{name}>".encode(), answer.body)
    return unescape(found[1].decode(), {"&quot;": '"'}) if found else ""
