"""SQS over Query, against a client that speaks it: the last SDK before the JSON protocol, from .venv-legacy.

Rule: that client is the oracle. It writes every operation's parameters and we read them; we write every
result and every error and it reads them. All calls are made in one run of its Python, by legacy_client.py.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from decaf_protocol import decode, encode_error, encode_result
from decaf_protocol.wire import AWSError, Call, Codec, Dialect, Reply, Request
from tests.conformance.errors import SQS_ERRORS, ErrorAsAnswered
from tests.conformance.pair import HOST, REQUEST_ID, without_empties
from tests.conformance.strategies import inputs, operation_names, outputs, seeded_examples, xml_text

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-legacy" / "bin" / "python"
QUERY = Dialect("sqs", Codec.QUERY)
EXAMPLES = 25
NEWER_THAN_THE_CLIENT = {"MessageSystemAttributeNames"}
OPERATIONS = operation_names("sqs")
MESSAGES = seeded_examples(xml_text(least=1), 10)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call of the client: its parameters, its request, the response, and the result it read."""

    params: dict[str, Any]
    request: Request
    result: dict[str, Any]
    read: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A call to make, and how it will be answered."""

    operation: str
    params: dict[str, Any]
    result: dict[str, Any]
    reply: Reply


def tasks(operation: str) -> Iterator[Task]:
    """Generated parameters and generated results, side by side; the shorter list starts again."""
    params = seeded_examples(inputs("sqs", operation), EXAMPLES)
    results = seeded_examples(outputs("sqs", operation), EXAMPLES)
    call = Call(QUERY, operation, {}, "000000000000", None, HOST, None)
    for number in range(max(len(params), len(results))):
        sent, result = params[number % len(params)], results[number % len(results)]
        known = {name: value for name, value in sent.items() if name not in NEWER_THAN_THE_CLIENT}
        yield Task(operation, known, result, encode_result(call, result, REQUEST_ID))


def refusal(error: ErrorAsAnswered, message: str) -> Task:
    return Task("ListQueues", {}, {}, encode_error(QUERY, AWSError(error.shape, message), REQUEST_ID))


def tagged(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    raise TypeError(repr(value))


def untagged(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$base64"]) if "$base64" in value else value


def as_line(task: Task) -> str:
    reply = {"status": task.reply.status, "headers": task.reply.headers, "body": task.reply.body}
    line = {"operation": task.operation, "params": task.params, "reply": reply}
    return json.dumps(line, default=tagged) + "\n"


def as_received(sent: dict[str, Any]) -> Request:
    url = urlsplit(sent["url"])
    headers = {"host": url.netloc} | {name.lower(): value for name, value in sent["headers"].items()}
    return Request(sent["method"], url.path, headers, sent["body"])


def played(all_tasks: list[Task]) -> Iterator[Exchange]:
    """Runs the client once over all the tasks."""
    assert PYTHON.exists(), "there is no .venv-legacy: scripts/legacy-venv makes it"
    ran = subprocess.run(
        [PYTHON, Path(__file__).with_name("legacy_client.py")],
        input="".join(map(as_line, all_tasks)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for task, line in zip(all_tasks, ran.stdout.splitlines(), strict=True):
        told = json.loads(line, object_hook=untagged)
        yield Exchange(task.params, as_received(told["request"]), task.result, told["read"])


@dataclass(frozen=True, slots=True)
class Played:
    calls: dict[str, list[Exchange]]
    errors: dict[str, list[Exchange]]


@pytest.fixture(scope="module")
def client() -> Played:
    calls = {operation: list(tasks(operation)) for operation in OPERATIONS}
    errors = {error.shape: [refusal(error, message) for message in MESSAGES] for error in SQS_ERRORS}
    exchanges = played([task for group in (*calls.values(), *errors.values()) for task in group])
    return Played(
        {operation: list(islice(exchanges, len(group))) for operation, group in calls.items()},
        {shape: list(islice(exchanges, len(group))) for shape, group in errors.items()},
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_its_parameters_are_read_as_they_were_given(client: Played, operation: str) -> None:
    for exchange in client.calls[operation]:
        call = decode(exchange.request)
        assert (call.dialect, call.operation) == (QUERY, operation)
        assert (call.account, call.region, call.host) == ("123456789012", "eu-west-1", HOST)
        assert without_empties(call.params) == without_empties(exchange.params)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_its_form_may_come_in_the_url(client: Played, operation: str) -> None:
    for exchange in client.calls[operation]:
        sent = exchange.request
        get = replace(sent, method="GET", target=f"/?{sent.body.decode()}", body=b"")
        assert decode(get) == decode(sent)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_reads_our_results_as_they_were(client: Played, operation: str) -> None:
    for exchange in client.calls[operation]:
        assert "Unreadable" not in exchange.read
        metadata = exchange.read["ResponseMetadata"]
        assert (metadata["HTTPStatusCode"], metadata["RequestId"]) == (200, REQUEST_ID)
        assert exchange.read == without_empties(exchange.result) | {"ResponseMetadata": metadata}


@pytest.mark.parametrize("error", SQS_ERRORS, ids=lambda error: error.shape)
def test_it_reads_our_errors_as_they_were(client: Played, error: ErrorAsAnswered) -> None:
    for message, exchange in zip(MESSAGES, client.errors[error.shape], strict=True):
        assert "Unreadable" not in exchange.read
        metadata = exchange.read["ResponseMetadata"]
        assert (metadata["HTTPStatusCode"], metadata["RequestId"]) == (error.status, REQUEST_ID)
        assert exchange.read["Error"] == {
            "Type": error.fault,
            "Code": error.code,
            "Message": message,
            "Detail": None,
        }
