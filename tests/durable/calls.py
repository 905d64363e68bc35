"""A client that costs little, for many calls at once, and that knows whether a call was answered."""

from __future__ import annotations

import http.client
import json
import re
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
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        status, body = self._ask(json.dumps(parameters), headers)
        answer: dict[str, Any] = json.loads(body) if body else {}
        if status != 200:
            raise Refusal(answer["__type"], status)
        return answer

    def sns(self, action: str, **parameters: str) -> dict[str, str]:
        """An SNS call; of the answer, the ids that it has. Raises Unanswered, or Refusal."""
        form = urlencode({"Action": action, "Version": "2010-03-31", **parameters})
        status, body = self._ask(form, {"Content-Type": "application/x-www-form-urlencoded"})
        found = dict(_TAG.findall(body.decode()))
        if status != 200:
            raise Refusal(found["Code"], status)
        return found

    def close(self) -> None:
        self._connection.close()

    def _ask(self, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            self._connection.request("POST", "/", body.encode(), headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered from error
