"""A client that costs little, for many calls at once, and that knows whether a call was answered."""

from __future__ import annotations

import http.client
import json
import re
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

_TAG = re.compile(r"<(MessageId|SequenceNumber|Code)>([^<]*)<")


class Unanswered(Exception):
    """The server has gone: what was asked for may have been done, or not."""


class Refusal(Exception):
    """The answer is an error; the text is its code."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status


class Calls:
    """Calls to one server over one connection, opened when there is none."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def sqs(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """An SQS call in JSON. Raises Unanswered, or Refusal."""
        self.ask_sqs(operation, **parameters)
        return self.answer()

    def ask_sqs(self, operation: str, **parameters: Any) -> None:
        """Ask, and do not wait for the answer yet."""
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        self._ask(json.dumps(parameters), headers)

    def answer(self) -> dict[str, Any]:
        """What is answered to `ask_sqs`."""
        status, body = self._answer()
        answer: dict[str, Any] = json.loads(body) if body else {}
        if status != 200:
            raise Refusal(answer["__type"], status)
        return answer

    def query(self, action: str, **parameters: str) -> str:
        """The answer, XML, to a call of SQS in the Query protocol. Raises as the others."""
        return self._form(Action=action, Version="2012-11-05", **parameters)

    def sns(self, action: str, **parameters: str) -> dict[str, str]:
        """An SNS call; of the answer, the ids that it has. Raises Unanswered, or Refusal."""
        return dict(_TAG.findall(self._form(Action=action, Version="2010-03-31", **parameters)))

    def __enter__(self) -> Calls:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def _form(self, **fields: str) -> str:
        self._ask(urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})
        status, body = self._answer()
        if status != 200:
            raise Refusal(dict(_TAG.findall(body.decode()))["Code"], status)
        return body.decode()

    def _ask(self, body: str, headers: dict[str, str]) -> None:
        try:
            self._connection.request("POST", "/", body.encode(), headers)
        except OSError as error:
            self._connection.close()
            raise Unanswered from error

    def _answer(self) -> tuple[int, bytes]:
        try:
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered from error
