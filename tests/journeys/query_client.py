"""The SQS client that speaks Query, used as if it were boto3's of today: `client.send_message(QueueUrl=...)`.

It runs in a Python of its own, .venv-legacy's, which is started once for all clients.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

PYTHON = Path(__file__).parents[2] / ".venv-legacy" / "bin" / "python"
PROGRAM = Path(__file__).with_name("query_program.py")


class OldPython:
    """The process that clients run in."""

    def __init__(self) -> None:
        assert PYTHON.exists(), "there is no .venv-legacy: scripts/legacy-venv makes it"
        self._process = subprocess.Popen([PYTHON, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, call: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(call, default=_tagged) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline(), object_hook=_untagged)
        return answer

    def close(self) -> None:
        self._process.communicate()


class QueryClient:
    """A client of `account` at the server's `url`. It has boto3's methods and raises ClientError as they do."""

    def __init__(self, python: OldPython, url: str, account: str) -> None:
        self._python = python
        self._url = url
        self._account = account

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        def call(**params: Any) -> dict[str, Any]:
            answer = self._python.ask({"url": self._url, "account": self._account, "method": method, "params": params})
            assert "unreadable" not in answer, answer["unreadable"]
            if "error" in answer:
                raise ClientError(answer["error"], method)
            result: dict[str, Any] = answer["result"]
            return result

        return call


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    raise TypeError(repr(value))


def _untagged(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$base64"]) if "$base64" in value else value
