"""The models of the services, from botocore's data: operations, shapes and errors, read once per process.

Rule: botocore is data here. Its `service-2.json` is found on disk and read; none of its code is imported, so
starting up costs milliseconds. Only the parts that readers and writers need are kept: no documentation.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import force_setattr, replace

VERSIONS: Mapping[str, str] = {"sqs": "2012-11-05", "sns": "2010-03-31", "sts": "2011-06-15"}
REST_VERSIONS: Mapping[str, str] = {"lambda": "2015-03-31"}  # of services that are called by method and path
_PROTOCOLS = {"sqs": "json", "sns": "query", "sts": "query", "lambda": "rest-json"}


class ErrorTrait(msgspec.Struct, frozen=True):
    """An error in a model: its query code, its HTTP status, and whether the client (the sender) caused it."""

    code: str
    status: int
    sender: bool = True


class Place(msgspec.Struct, frozen=True):
    """Where a member of a structure is in HTTP, and what it is called there.

    `location` is "body", "uri", "querystring", "header", "headers" or "statusCode". Of "headers" the name is what those
    of a map begin with.
    """

    location: str
    name: str


class Shape(msgspec.Struct, frozen=True):
    """One shape of a model with all it refers to; `kind` is structure, list, map or the name of a scalar.

    A structure may contain itself.
    """

    name: str
    kind: str
    members: Mapping[str, Shape] = msgspec.field(default_factory=dict)  # of a structure
    required: tuple[str, ...] = ()
    element: Shape | None = None  # of a list, or the values of a map
    key_name: str = "key"  # how a map's entries name key and value in Query
    value_name: str = "value"
    minimum: int | None = None  # of the length; of the value, for numbers
    maximum: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    sensitive: bool = False
    places: Mapping[str, Place] = msgspec.field(default_factory=dict)  # of a structure's members
    payload: str | None = None  # the member of a structure that is the whole body
    key: Shape | None = None  # of a map
    timestamp: str | None = None  # "unixtimestamp", "iso8601" or "rfc822", None for the usual format of the location
    jsonvalue: bool = False  # whether a string in a query is JSON, or in a header, there in base64
    document: bool = False  # whether it is any JSON value
    union: bool = False  # whether a structure has one of its members alone
    event_stream: bool = False

    @property
    def scalar(self) -> bool:
        return self.kind not in ("structure", "list", "map")


NOTHING = Shape("", "structure")


class Operation(msgspec.Struct, frozen=True):
    """An operation: the shapes of its input, and of its output (None: it has no result).

    `method` and `uri` are how REST protocols call it, `status` is that of its success.
    """

    name: str
    input: Shape
    output: Shape | None
    method: str = "POST"
    uri: str = "/"
    status: int = 200


class Service(msgspec.Struct, frozen=True, eq=False):
    """A whole service: its operations by name, its modelled errors by shape name (None where no trait is).

    `error_shapes` are the structures of those errors.
    """

    name: str
    operations: Mapping[str, Operation]
    errors: Mapping[str, ErrorTrait | None]
    error_shapes: Mapping[str, Shape]


@cache
def service(name: str) -> Service:
    """Returns the model of "sqs", "sns", "sts" or "lambda"; it is read when it is first needed.

    Raises RuntimeError when botocore, or a botocore recent enough to speak JSON to SQS, is not installed.
    """
    model = json.loads(text(version_folder(name)))
    if model["metadata"]["protocol"] != _PROTOCOLS[name]:
        raise RuntimeError(
            "The installed botocore is too old: its model of SQS is not the JSON one of 1.31.81 or later"
        )
    return read_model(name, model)


def read_model(name: str, model: Mapping[str, Any]) -> Service:
    """Returns the service that a document in the form of `service-2.json` describes."""
    shapes = _Shapes(model["shapes"])
    errors = {shape: raw for shape, raw in model["shapes"].items() if raw.get("exception")}
    return Service(
        name,
        {op: _operation(op, raw, shapes) for op, raw in model["operations"].items()},
        {shape: _error_trait(raw) for shape, raw in errors.items()},
        {shape: shapes[shape] for shape in errors},
    )


def folder(name: str) -> Path:
    """Returns the folder that has the models of a service, one folder in it for each version."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise RuntimeError("botocore is not installed: it holds the models of SQS, SNS, STS and Lambda")
    return Path(spec.origin).parent / "data" / name


def version_folder(name: str) -> Path:
    """Returns the folder of the version that is used of a service that Decaf has."""
    return folder(name) / (VERSIONS.get(name) or REST_VERSIONS[name])


def text(version: Path) -> bytes:
    """Returns the model in the folder of a version, as JSON."""
    plain = version / "service-2.json"
    packed = plain.with_suffix(".json.gz")
    return gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()


def _operation(name: str, raw: Mapping[str, Any], shapes: _Shapes) -> Operation:
    taken, answered, http = raw.get("input"), raw.get("output"), raw.get("http", {})
    return Operation(
        name,
        shapes.referred(taken) if taken else NOTHING,
        shapes.referred(answered) if answered else None,
        http.get("method", "POST"),
        http.get("requestUri", "/"),
        http.get("responseCode", 200),
    )


def _error_trait(raw: Mapping[str, Any]) -> ErrorTrait | None:
    trait = raw.get("error")
    if trait is None:
        return None
    return ErrorTrait(trait.get("code", ""), trait["httpStatusCode"], trait.get("senderFault", False))


def _place(member: str, reference: Mapping[str, Any]) -> Place:
    location = reference.get("location", "body")
    return Place(location, reference.get("locationName", "" if location == "headers" else member))


class _Shapes(dict[str, Shape]):
    """Shapes by name, each built when first needed. Its parts are added once it is known: one may be the shape."""

    def __init__(self, raw: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self._raw = raw

    def __missing__(self, name: str) -> Shape:
        raw = self._raw[name]
        key, inner = raw.get("key", {}), raw.get("member") or raw.get("value") or {}
        references = raw.get("members", {})
        members: dict[str, Shape] = {}
        shape = self[name] = Shape(
            name,
            raw["type"],
            members,
            tuple(raw.get("required", ())),
            None,
            key.get("locationName", "key"),
            inner.get("locationName", "value"),
            raw.get("min"),
            raw.get("max"),
            raw.get("pattern"),
            tuple(raw.get("enum", ())),
            raw.get("sensitive", False),
            {member: _place(member, part) for member, part in references.items()},
            raw.get("payload"),
            None,
            raw.get("timestampFormat", "").lower() or None,
            raw.get("jsonvalue", False),
            raw.get("document", False),
            raw.get("union", False),
            raw.get("eventstream", False),
        )
        members.update({member: self.referred(part) for member, part in references.items()})
        for part, reference in (("element", inner), ("key", key)):
            if "shape" in reference:
                force_setattr(shape, part, self[reference["shape"]])
        return shape

    def referred(self, reference: Mapping[str, Any]) -> Shape:
        """Returns the shape that is referred to; a reference may say how it is written."""
        shape = self[reference["shape"]]
        if reference.keys().isdisjoint(("timestampFormat", "jsonvalue", "payload")):
            return shape
        return replace(
            shape,
            timestamp=reference.get("timestampFormat", "").lower() or shape.timestamp,
            jsonvalue=reference.get("jsonvalue", shape.jsonvalue),
            payload=reference.get("payload", shape.payload),
        )
