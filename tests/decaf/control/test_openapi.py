"""The OpenAPI document: it describes every call, and what calls take has bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf import control
from decaf.control import openapi
from decaf.control.route import Refused
from decaf.control.routes import ROUTES
from decaf_protocol import Request
from tests.decaf.control.bench import Bench

DOCUMENT = openapi.document(ROUTES, control.PREFIX)
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {(m.upper(), path): operation for path, ms in DOCUMENT["paths"].items() for m, operation in ms.items()}

# Lists in answers whose length nobody asks for, and what bounds them.
BOUNDED = {
    ("GET", "/_decaf/nodes"): "the nodes of the last hour",
    ("GET", "/_decaf/doctor"): "doctor.route.MOST_FINDINGS",
    ("GET", "/_decaf/access"): "as many identities and accounts as can be declared",
    ("POST", "/_decaf/access/simulate"): "the statements of one policy",
    ("POST", "/_decaf/declare"): "what the document declares",
    ("GET", "/_decaf/frames"): "frames.MOST_MOVES, and the queues",
    ("POST", "/_decaf/recipients"): "the subscriptions of one topic",
    ("GET", "/_decaf/export"): "what there is, of a document as a whole",
    ("GET", "/_decaf/inbox"): "the setting max_inbox",
    ("GET", "/_decaf/explain"): "the setting max_history",
    ("GET", "/_decaf/faults"): "faults.MOST",
    ("GET", "/_decaf/functions"): "functions.MOST",
    ("GET", "/_decaf/snapshots"): "the setting max_snapshots",
    ("GET", "/_decaf/lessons"): "the lessons of this version",
    ("POST", "/_decaf/lesson/check"): "the events of one account, of which the check names some",
    ("POST", "/_decaf/never"): "one is enough",
    ("GET", "/_decaf/trace"): "trace.MOST_EVENTS and the like",
    ("POST", "/_decaf/wait"): "count",
}


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from [item] if name == "$ref" else _refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _refs(item)


def _takes(operation: dict[str, Any]) -> dict[str, Any]:
    """What an operation takes, by name."""
    if "requestBody" in operation and "parameters" not in operation:
        ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        fields: dict[str, Any] = SCHEMAS[ref.rpartition("/")[2]]["properties"]
        return fields
    return {parameter["name"]: parameter["schema"] for parameter in operation.get("parameters", ())}


def _kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema | part for part in schema.get("anyOf", [schema])]


def test_every_call_is_described() -> None:
    assert OPERATIONS.keys() == {(route.method, control.PREFIX + route.path) for route in ROUTES}
    for call, operation in OPERATIONS.items():
        assert operation["summary"], call
        assert not _takes(operation) or operation["description"], call
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


def test_every_reference_leads_somewhere() -> None:
    refs = set(_refs(DOCUMENT))
    assert {ref.removeprefix("#/components/schemas/") for ref in refs} <= SCHEMAS.keys()
    refusal = OPERATIONS["GET", "/_decaf/clock"]["responses"]["4XX"]["content"]["application/json"]["schema"]
    assert SCHEMAS[refusal["$ref"].rpartition("/")[2]]["properties"] == {"error": {"type": "string"}}


def test_the_server_returns_the_same() -> None:
    assert Bench().get("/openapi.json") == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_call_with_something_to_take_has_an_example_that_it_takes(route: Any) -> None:
    if _takes(OPERATIONS[route.method, control.PREFIX + route.path]):
        assert route.example
        if route.method != "GET":
            route.parse(Request(route.method, route.path, {}, json.dumps(route.example).encode()))


@pytest.mark.parametrize("call", OPERATIONS, ids=" ".join)
def test_lists_and_waits_have_bounds(call: tuple[str, str]) -> None:
    operation = OPERATIONS[call]
    takes = _takes(operation)
    for name in {"limit", "timeout", "count", "seconds"} & takes.keys():
        assert any(
            "maximum" in kind and {"minimum", "exclusiveMinimum"} & kind.keys() for kind in _kinds(takes[name])
        ), name
    content = operation["responses"]["200"]["content"].get("application/json")
    given = SCHEMAS[content["schema"]["$ref"].rpartition("/")[2]]["properties"] if content else {}
    if any(schema.get("type") == "array" for schema in given.values()):
        assert "limit" in takes or call in BOUNDED


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _asked(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A call with its own fields and any values, or with any bytes."""
    method, path = draw(st.sampled_from(sorted(OPERATIONS)))
    names = sorted(_takes(OPERATIONS[method, path]))
    fields = draw(st.dictionaries(st.sampled_from(names), _JSON)) if names else {}
    in_query = method in ("GET", "PUT")
    query = draw(st.text(max_size=30)) if in_query else ""
    body = draw(st.binary(max_size=50) | st.just(json.dumps(fields).encode()))
    if in_query:
        query = "&".join(f"{name}={value}" for name, value in fields.items()) or query
    return method, f"{path}?{query}" if query else path, body


@given(_asked())
@settings(deadline=None, max_examples=500)
def test_any_request_is_answered_or_refused_with_a_reason(asked: tuple[str, str, bytes]) -> None:
    """No call fails otherwise than by Refused, which is answered with a status of 400 and more and a text."""
    method, target, body = asked
    refused = _refusal(Request(method, target, {}, body))
    assert refused is None or (400 <= refused.status < 500 and str(refused))


def _refusal(request: Request) -> Refused | None:
    call = (request.method, request.target.partition("?")[0])
    (route,) = (route for route in ROUTES if (route.method, control.PREFIX + route.path) == call)
    try:
        taken = route.parse(request)
        if route.path not in ("/wait", "/never", "/clock/advance", "/clock/next", "/events/stream"):
            answer = route.handler(Bench().world, taken)  # those take their time, and are tested by themselves
            if isinstance(answer, Coroutine):
                asyncio.run(answer)
    except Refused as refused:
        return refused
    return None
