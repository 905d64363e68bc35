"""The configuration of a function: as requests set it, and as responses have it.

Rule: what changes how a function runs is a field of it; what has no effect here is kept and returned as it was set.
What would have an effect that Decaf does not have is refused.

Source: Lambda API Reference, CreateFunction and FunctionConfiguration; recorded answers for texts and usual values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from decaf.api.lambda_.service import Named
from decaf.functions.errors import invalid_value, not_here, violation
from decaf.functions.function import LATEST, LONGEST, RESERVED, Function
from decaf_protocol import Params, Result

_MOST_MEMORY = 10_240  # megabytes
_MOST_VARIABLES = 4_096  # bytes
_OTHERS = {  # without effect; with what AWS returns when they are not set
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "KMSKeyArn": None,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": None,
}
_NOT_HERE = {
    "AcceleratorConfig": "accelerators",
    "CapacityProviderConfig": "capacity providers",
    "CodeSigningConfigArn": "code signing",
    "DurableConfig": "durable executions",
    "FileSystemConfigs": "file systems of functions",
    "ImageConfig": "container images of functions",
    "Layers": "layers of functions",
    "PublishTo": "versions of functions",
    "TenancyConfig": "tenants of functions",
}


def read(params: Params, runtimes: tuple[str, ...]) -> dict[str, Any]:
    """Returns the fields of a function that a request sets. Raises AWSError for what Lambda or Decaf does not take."""
    for member, what in _NOT_HERE.items():
        if params.get(member):
            raise not_here(what)
    if params.get("Publish"):
        raise not_here("versions of functions")
    if params.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        raise not_here("snapshots of functions")
    if "Runtime" in params:
        _check_runtime(params["Runtime"], runtimes)
    return dict(_read(params))


def _read(params: Params) -> Iterator[tuple[str, Any]]:
    for member, name in (("Description", "description"), ("Role", "role"), ("Runtime", "runtime")):
        if member in params:
            yield name, params[member]
    if "Handler" in params:
        yield "handler", params["Handler"]
    if "Timeout" in params:
        yield "timeout", _at_most(params["Timeout"], int(LONGEST), "timeout")
    if "MemorySize" in params:
        yield "memory_size", _at_most(params["MemorySize"], _MOST_MEMORY, "memorySize")
    if "Environment" in params:
        yield "environment", _environment(params["Environment"].get("Variables", {}))
    if "DeadLetterConfig" in params:
        yield "dead_letter_queue", params["DeadLetterConfig"].get("TargetArn") or None


def others(params: Params, present: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what is kept of a request, on top of what is kept already."""
    return {**present, **{name: params[name] for name in (*_OTHERS, "LoggingConfig") if name in params}}


def _at_most(value: int, most: int, member: str) -> int:
    if value > most:
        raise violation(value, member, f"Member must have value less than or equal to {most}")
    return value


def _check_runtime(runtime: str, runtimes: tuple[str, ...]) -> None:
    if runtime not in runtimes:
        raise invalid_value(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(runtimes)}] or be a valid ARN"
        )
    if not runtime.startswith("python"):
        raise invalid_value(
            f"Decaf runs zip files with Python, and not {runtime}: register a command or a URL instead, by "
            "'decaf function add'."
        )


def _environment(variables: dict[str, str]) -> dict[str, str]:
    reserved = sorted(RESERVED & variables.keys())
    if reserved:
        raise invalid_value(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > _MOST_VARIABLES:
        raise invalid_value(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit."
        )
    return variables


def describe(function: Function, named: Named) -> Result:
    """Returns the configuration, which is always active: a function is created and changed at once."""
    described: Result = {
        "FunctionName": function.short_name,
        "FunctionArn": named.qualified,
        "Role": function.role or f"arn:aws:iam::{named.arn.split(':')[4]}:role/decaf",
        "CodeSize": function.code_size,
        "Description": function.description,
        "Timeout": int(function.timeout) or 1,
        "MemorySize": function.memory_size,
        "LastModified": _moment(function.last_modified),
        "CodeSha256": function.code_sha256,
        "Version": LATEST,
        "RevisionId": function.revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.short_name}"}
        | function.others.get("LoggingConfig", {}),
        **{name: usual for name, usual in _OTHERS.items() if usual is not None},
        **{name: value for name, value in function.others.items() if name in _OTHERS},
    }
    if function.runtime is not None:
        described["Runtime"] = function.runtime
    if function.handler is not None:
        described["Handler"] = function.handler
    if function.environment:
        described["Environment"] = {"Variables": dict(function.environment)}
    if function.dead_letter_queue is not None:
        described["DeadLetterConfig"] = {"TargetArn": function.dead_letter_queue}
    return described


def _moment(seconds: float) -> str:
    """Returns a moment as the API of functions writes it: 2026-01-01T00:00:00.000+0000."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
