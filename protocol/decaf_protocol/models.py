"""The models of the services, from botocore's data: operations, shapes and errors, read once per process.

Rule: botocore is data here. Its `service-2.json` is found on disk and read; none of its code is imported, so
starting up costs milliseconds. Only the parts that readers and writers need are kept: no documentation.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VERSIONS: Mapping[str, str] = {"sqs": "2012-11-05", "sns": "2010-03-31", "sts": "2011-06-15"}
_PROTOCOLS = {"sqs": "json", "sns": "query", "sts": "query"}


@dataclass(frozen=True, slots=True)
class ErrorTrait:
    """An error in a model: its query code, its HTTP status, and whether the client (the sender) caused it."""

    code: str
    status: int
    sender: bool = True


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a model with all it refers to; `kind` is structure, list, map or the name of a scalar."""

    name: str
    kind: str
    members: Mapping[str, Shape] = field(default_factory=dict)  # of a structure
    required: tuple[str, ...] = ()
    element: Shape | None = None  # of a list, or the values of a map
    key_name: str = "key"  # how a map's entries name key and value in Query
    value_name: str = "value"
    minimum: int | None = None  # of the length; of the value, for numbers
    maximum: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def scalar(self) -> bool:
        return self.kind not in ("structure", "list", "map")


NOTHING = Shape("", "structure")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: the shapes of its input, and of its output (None: it has no result)."""

    name: str
    input: Shape
    output: Shape | None


@dataclass(frozen=True, slots=True)
class Service:
    """A whole service: its operations by name, its modelled errors by shape name (None where no trait is)."""

    name: str
    operations: Mapping[str, Operation]
    errors: Mapping[str, ErrorTrait | None]


@cache
def service(name: str) -> Service:
    """Returns the model of "sqs", "sns" or "sts"; it is read when it is first needed.

    Raises RuntimeError when botocore, or a botocore recent enough to speak JSON to SQS, is not installed.
    """
    model = _load(name)
    if model["metadata"]["protocol"] != _PROTOCOLS[name]:
        raise RuntimeError(
            "The installed botocore is too old: its model of SQS is not the JSON one of 1.31.81 or later"
        )
    shapes = _Shapes(model["shapes"])
    return Service(
        name,
        {op: _operation(op, raw, shapes) for op, raw in model["operations"].items()},
        {shape: _error_trait(raw) for shape, raw in model["shapes"].items() if raw.get("exception")},
    )


def folder(name: str) -> Path:
    """Returns the folder that has the models of a service, one folder in it for each version."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise RuntimeError("botocore is not installed: it holds the models of SQS, SNS and STS")
    return Path(spec.origin).parent / "data" / name


def text(version: Path) -> bytes:
    """Returns the model in the folder of a version, as JSON."""
    plain = version / "service-2.json"
    packed = plain.with_suffix(".json.gz")
    return gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()


def _load(name: str) -> Any:
    return json.loads(text(folder(name) / VERSIONS[name]))


def _operation(name: str, raw: Mapping[str, Any], shapes: _Shapes) -> Operation:
    taken, answered = raw.get("input"), raw.get("output")
    return Operation(
        name,
        shapes[taken["shape"]] if taken else NOTHING,
        shapes[answered["shape"]] if answered else None,
    )


def _error_trait(raw: Mapping[str, Any]) -> ErrorTrait | None:
    trait = raw.get("error")
    if trait is None:
        return None
    return ErrorTrait(trait["code"], trait["httpStatusCode"], trait.get("senderFault", False))


class _Shapes(dict[str, Shape]):
    """Shapes by name, each built when first needed; no model here has a shape that contains itself."""

    def __init__(self, raw: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self._raw = raw

    def __missing__(self, name: str) -> Shape:
        raw = self._raw[name]
        key, inner = raw.get("key", {}), raw.get("member") or raw.get("value") or {}
        shape = self[name] = Shape(
            name,
            raw["type"],
            {member: self[reference["shape"]] for member, reference in raw.get("members", {}).items()},
            tuple(raw.get("required", ())),
            self[inner["shape"]] if inner else None,
            key.get("locationName", "key"),
            inner.get("locationName", "value"),
            raw.get("min"),
            raw.get("max"),
            raw.get("pattern"),
            tuple(raw.get("enum", ())),
            raw.get("sensitive", False),
        )
        return shape
