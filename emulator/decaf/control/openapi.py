"""The OpenAPI document of the control API, made from its routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from decaf import __version__
from decaf.control.route import FILE, JSON, ControlResponse, Route

_REF = "#/components/schemas/{name}"


class ErrorResponse(ControlResponse, frozen=True):
    """`error` is why the call was refused."""

    error: str


def document(routes: Sequence[Route[Any, Any]], prefix: str) -> dict[str, Any]:
    """Returns the document, OpenAPI 3.1, as JSON values. `prefix` goes before the path of each route."""
    types: list[type] = list(
        dict.fromkeys([ErrorResponse, *(t for route in routes for t in (route.request, route.response))])
    )
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    refs = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route, refs, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Decaf control API",
            "version": __version__,
            "description": "Operations that AWS does not have: the clock, the history of events, faults and more.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route[Any, Any], refs: dict[type, dict[str, Any]], components: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": refs[route.response] if route.media == JSON else {"type": "string"}}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{route.path.replace('/', '_')}",
        "summary": route.summary,
        "responses": {
            "200": {"description": "Success", "content": {route.media: content}},
            "4XX": {"description": "Refused", "content": {JSON: {"schema": refs[ErrorResponse]}}},
        },
    }
    request = components[refs[route.request]["$ref"].rpartition("/")[2]]
    if request["properties"]:
        operation["description"] = request["description"]
    if route.method in ("GET", "PUT"):
        operation["parameters"] = [
            {"name": name, "in": "query", "required": name in request.get("required", ()), "schema": schema}
            | ({"example": route.example[name]} if name in route.example else {})
            for name, schema in request["properties"].items()
            if name != FILE
        ]
    if route.method == "PUT":
        operation["requestBody"] = {"content": {JSON: {"schema": {"type": "object"}}}, "required": True}
    elif request["properties"] and route.method != "GET":
        body = {"schema": refs[route.request], "example": dict(route.example)}
        operation["requestBody"] = {"content": {JSON: body}, "required": bool(request.get("required"))}
    return operation
