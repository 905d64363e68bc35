"""The OpenAPI document of Decaf's own calls, made of the same table of routes that answers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from emulator import __version__
from emulator.control.route import FILE, JSON, Gives, Route

_REF = "#/components/schemas/{name}"


class Error(Gives, frozen=True):
    """Why a call was not done."""

    error: str


def document(routes: Sequence[Route], prefix: str) -> dict[str, Any]:
    """The document, OpenAPI 3.1, as JSON has it. `prefix` goes before each route's path."""
    types = [Error, *(route.takes for route in routes), *(route.gives for route in routes)]
    _, components = msgspec.json.schema_components(dict.fromkeys(types), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route, components)
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


def _operation(route: Route, components: dict[str, Any]) -> dict[str, Any]:
    gives = msgspec.json.schema_components([route.gives], ref_template=_REF)[0][0]
    given = {"schema": gives if route.media == JSON else {"type": "string"}}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{route.path.replace('/', '_')}",
        "summary": route.summary,
        "responses": {
            "200": {"description": "Done", "content": {route.media: given}},
            "4XX": {"description": "Refused", "content": {JSON: {"schema": {"$ref": _REF.format(name="Error")}}}},
        },
    }
    takes = components[route.takes.__name__]
    if route.method in ("GET", "PUT"):
        operation["parameters"] = [
            {"name": name, "in": "query", "required": name in takes.get("required", ()), "schema": schema}
            for name, schema in takes["properties"].items()
            if name != FILE
        ]
    if route.method == "PUT":
        operation["requestBody"] = {"content": {JSON: {"schema": {"type": "object"}}}, "required": True}
    elif takes["properties"] and route.method != "GET":
        content = {"schema": {"$ref": _REF.format(name=route.takes.__name__)}, "example": dict(route.example)}
        operation["requestBody"] = {"content": {JSON: content}, "required": bool(takes.get("required"))}
    return operation
