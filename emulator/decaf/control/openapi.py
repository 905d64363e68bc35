"""The OpenAPI document of Decaf's own calls, made of the same table of routes that answers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from decaf import __version__
from decaf.control.route import FILE, JSON, Gives, Route

_REF = "#/components/schemas/{name}"


class Refusal(Gives, frozen=True):
    """Why a call was not done."""

    error: str


def document(routes: Sequence[Route], prefix: str) -> dict[str, Any]:
    """The document, OpenAPI 3.1, as JSON has it. `prefix` goes before each route's path."""
    given = (kind for route in routes for kind in (route.takes, route.gives))
    types = list(dict.fromkeys((Refusal, *given)))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    refs = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route, refs, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Decaf's own calls",
            "version": __version__,
            "description": "What AWS has no call for: the clock, what happened, what waits where, and why.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route, refs: dict[type, dict[str, Any]], components: dict[str, Any]) -> dict[str, Any]:
    given = {"schema": refs[route.gives] if route.media == JSON else {"type": "string"}}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{route.path.replace('/', '_')}",
        "summary": route.summary,
        "responses": {
            "200": {"description": "Done", "content": {route.media: given}},
            "4XX": {"description": "Refused", "content": {JSON: {"schema": refs[Refusal]}}},
        },
    }
    takes = components[refs[route.takes]["$ref"].rpartition("/")[2]]
    if takes["properties"]:
        operation["description"] = takes["description"]
    if route.method in ("GET", "PUT"):
        operation["parameters"] = [
            {"name": name, "in": "query", "required": name in takes.get("required", ()), "schema": schema}
            | ({"example": route.example[name]} if name in route.example else {})
            for name, schema in takes["properties"].items()
            if name != FILE
        ]
    if route.method == "PUT":
        operation["requestBody"] = {"content": {JSON: {"schema": {"type": "object"}}}, "required": True}
    elif takes["properties"] and route.method != "GET":
        content = {"schema": refs[route.takes], "example": dict(route.example)}
        operation["requestBody"] = {"content": {JSON: content}, "required": bool(takes.get("required"))}
    return operation
