"""Functions that a template declares: registered as by CreateFunction, which has no folders on this machine.

Source: AWS Lambda API Reference, CreateFunction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from decaf.declared.resource import Resource
from decaf.declared.value import NoText, as_text
from decaf.functions.function import BadFunction, Function, function_arn
from decaf.store import Store

if TYPE_CHECKING:
    from decaf.delivery.runtimes.code import FunctionCode

_DEFAULTS: Mapping[str, Any] = {"Timeout": 3, "MemorySize": 128}
_FIELDS = {
    "Description": "description",
    "MemorySize": "memory_size",
    "Role": "role",
    "Runtime": "runtime",
    "Timeout": "timeout",
    "ReservedConcurrentExecutions": "reserved_concurrency",
    "MaximumEventAgeInSeconds": "maximum_event_age",
    "MaximumRetryAttempts": "maximum_retry_attempts",
    "OnFailure": "on_failure",
    "OnSuccess": "on_success",
}
_NUMBERS = frozenset(
    {"MemorySize", "Timeout", "ReservedConcurrentExecutions", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"}
)


class DeclaredFunctions:
    """Registers and removes functions. `code` returns where code that stands in a template is kept."""

    def __init__(self, store: Store, code: Callable[[], FunctionCode]) -> None:
        self._functions = store.functions
        self._code = code

    def run(self, resource: Resource, now: float) -> str:
        """Make the call of a resource: CreateFunction or DeleteFunction. Returns the function's ARN.

        Raises BadDeclaration for a function that cannot be registered.
        """
        arn = function_arn(resource.params["FunctionName"], resource.account, resource.region)
        if resource.operation == "DeleteFunction":
            self._functions.forget(arn)
            return arn
        try:
            self._functions.register(replace(self._read(arn, resource.params), last_modified=now))
        except (BadFunction, NoText, ValueError) as error:
            raise resource.origin.bad(str(error)) from None
        return arn

    def _read(self, arn: str, params: Mapping[str, Any]) -> Function:
        facts: dict[str, Any] = {
            field: _number(name, params[name]) if name in _NUMBERS else str(params[name])
            for name, field in _FIELDS.items()
            if name in params
        }
        facts["environment"] = {name: as_text(value) for name, value in params["Environment"]["Variables"].items()}
        facts["dead_letter_queue"] = params["DeadLetterConfig"].get("TargetArn")
        code = params["Code"]
        if "Registered" in code:
            return self._as_registered(code["Registered"], arn, facts)
        path = code["Path"] if "Path" in code else self._code().keep_text(code["Name"], code["Text"]).path
        return Function(arn, handler=str(params["Handler"]), path=path, **facts)

    def _as_registered(self, name: str, arn: str, facts: Mapping[str, Any]) -> Function:
        """Return the function of the settings under the name of the template, with what the template says of it."""
        registered = self._functions.named(name)
        if registered is None:
            raise BadFunction(f"the function {name} is registered no more")
        environment = {**facts["environment"], **registered.environment}
        return replace(registered, **{**facts, "name": arn, "environment": environment})


def _number(name: str, value: Any) -> float | int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadFunction(f"{name} is a number, not {value!r}") from None
    return int(number) if number.is_integer() else number
