"""SQS over Query, against a client that speaks it: the last SDK before the JSON protocol, run from .venv-legacy.

Rule: that client is the oracle. It writes every operation's parameters and we read them; we write every result and
every error and it reads them. All calls are made in one run of its Python, which legacy_client.py drives.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from protocol import decode, encode_error, encode_result
from protocol.wire import AWSError, Call, Codec, Dialect, Reply, Request
from tests.conformance.errors import SQS_ERRORS, ErrorAsAnswered
from tests.conformance.pair import HOST, REQUEST_ID, without_empties
from tests.conformance.strategies import inputs, operation_names, outputs, seeded_examples, xml_text

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-legacy" / "bin" / "python"
QUERY = Dialect("sqs", Codec.QUERY)
EXAMPLES = 25
NEWER_THAN_THE_CLIENT = {"MessageSystemAttributeNames"}
OPERATIONS = operation_names("sqs")


@dataclass(slots=True)
class Case:
    """One call: what goes into the client and our side of it, and once played what came out of both."""

    operation: str
    params: dict[str, Any]
    result: dict[str, Any]
    reply: Reply
    request: Request | None = None
    read: dict[str, Any] | None = None


def answered(operation: str, params: dict[str, Any], result: dict[str, Any]) -> Case:
    call = Call(QUERY, operation, {}, "000000000000", None, HOST, None)
    return Case(operation, params, result, encode_result(call, result, REQUEST_ID))


def refused(error: ErrorAsAnswered, message: str) -> Case:
    reply = encode_error(QUERY, AWSError(error.shape, message), REQUEST_ID)
    return Case("ListQueues", {}, {}, reply)


def calls_of(operation: str) -> Iterator[Case]:
    params = seeded_examples(inputs("sqs", operation), EXAMPLES)
    results = seeded_examples(outputs("sqs", operation), EXAMPLES)
    for number in range(EXAMPLES):
        sent = params[number % len(params)]
        known = {name: value for name, value in sent.items() if name not in NEWER_THAN_THE_CLIENT}
        yield answered(operation, known, results[number % len(results)])


def tagged(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    raise TypeError(repr(value))


def untagged(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$base64"]) if "$base64" in value else value


def played(cases: list[Case]) -> None:
    """Runs the client once over all the cases and writes down what it sent and read."""
    assert PYTHON.exists(), "no .venv-legacy: scripts/legacy-venv makes it"
    lines = [
        {
            "operation": case.operation,
            "params": case.params,
            "reply": {"status": case.reply.status, "headers": case.reply.headers, "body": case.reply.body},
        }
        for case in cases
    ]
    ran = subprocess.run(
        [PYTHON, Path(__file__).with_name("legacy_client.py")],
        input="".join(json.dumps(line, default=tagged) + "\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for case, line in zip(cases, ran.stdout.splitlines(), strict=True):
        answer = json.loads(line, object_hook=untagged)
        case.request, case.read = as_received(answer["request"]), answer["read"]


def as_received(sent: dict[str, Any]) -> Request:
    url = urlsplit(sent["url"])
    headers = {"host": url.netloc} | {name.lower(): value for name, value in sent["headers"].items()}
    return Request(sent["method"], url.path, headers, sent["body"])


@dataclass(frozen=True, slots=True)
class Played:
    calls: dict[str, list[Case]]
    errors: dict[str, tuple[ErrorAsAnswered, list[Case]]]


@pytest.fixture(scope="module")
def client() -> Played:
    calls = {operation: list(calls_of(operation)) for operation in OPERATIONS}
    messages = seeded_examples(xml_text(least=1), 6)
    errors = {error.shape: (error, [refused(error, text) for text in messages]) for error in SQS_ERRORS}
    played([case for cases in calls.values() for case in cases] + [case for _, cases in errors.values() for case in cases])
    return Played(calls, errors)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_its_parameters_are_read_as_they_were_given(client: Played, operation: str) -> None:
    for case in client.calls[operation]:
        assert case.request is not None
        call = decode(case.request)
        assert (call.dialect, call.operation) == (QUERY, operation)
        assert (call.account, call.region, call.host) == ("123456789012", "eu-west-1", HOST)
        assert without_empties(call.params) == without_empties(case.params)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_reads_our_results_as_they_were(client: Played, operation: str) -> None:
    for case in client.calls[operation]:
        assert case.read is not None
        metadata = case.read.pop("ResponseMetadata")
        assert (metadata["HTTPStatusCode"], metadata["RequestId"]) == (200, REQUEST_ID)
        assert case.read == without_empties(case.result)
