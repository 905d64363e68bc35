"""An SQS client of the last generation that spoke Query, let loose on a server: a program for .venv-legacy's Python.

Rule: it imports nothing but its own SDK, and judges nothing. It reads one call a line and writes a line of what
came of it, JSON:

    {"url": <the server's>, "account": ..., "method": "send_message", "params": {...}}
    {"result": {...}} | {"error": <the response of its ClientError>} | {"unreadable": why}

Bytes are {"$base64": "..."} wherever they stand.
"""

from __future__ import annotations

import base64
import json
import sys
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def tagged(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    raise TypeError(repr(value))


def untagged(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$base64"]) if "$base64" in value else value


@cache
def client_of(url: str, account: str) -> Any:
    return boto3.client(
        "sqs",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def main() -> None:
    for line in sys.stdin:
        call = json.loads(line, object_hook=untagged)
        client = client_of(call["url"], call["account"])
        try:
            answer = {"result": getattr(client, call["method"])(**call["params"])}
        except ClientError as error:
            answer = {"error": error.response}
        except Exception as error:  # whatever it cannot read fails that call's test, not all of them
            answer = {"unreadable": repr(error)}
        print(json.dumps(answer, default=tagged), flush=True)


if __name__ == "__main__":
    main()
