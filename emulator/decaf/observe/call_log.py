"""The log of calls: what is noted of each. The lines are made and written elsewhere, later.

Rule: a call is noted in about a microsecond, and never waits. What is noted has no credentials and no secrets, and of
message bodies and other parameters only what `with_bodies` asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from decaf.base.clock import real_time
from decaf.sns.topic import without_password
from decaf_protocol import Call, Params, Result

KEPT_OF_BODIES = 4_096  # characters of the parameters, and of the result
MASKED = "***"

_KEPT_OF_RESOURCES = 256  # characters

# The parameters that name what a call is about, the first that a call has. A phone number is not logged.
_RESOURCES = (
    "QueueUrl",
    "QueueName",
    "TopicArn",
    "TargetArn",
    "SubscriptionArn",
    "EndpointArn",
    "PlatformApplicationArn",
    "ResourceArn",
    "SourceArn",
    "Name",
)
# Members whose values are keys to something: to a push service, a device, a subscription or a phone.
_SECRETS = frozenset({"OneTimePassword", "PlatformCredential", "PlatformPrincipal", "Token"})


class LoggedCall(msgspec.Struct, frozen=True, gc=False):
    """A call that was answered. `at` is in epoch seconds of real time; `operation` is "" and `account` None where the
    request could not be read, `status` None where a fault left it without a response.

    `request` and `response` are parameters and result as JSON, where bodies are logged.
    """

    at: float
    service: str
    operation: str
    resource: str
    account: str | None
    status: int | None
    error: str | None
    seconds: float | None
    request: str | None
    response: str | None


class CallLog:
    """Notes calls, and passes each to `put`."""

    __slots__ = ("_put", "_with_bodies")

    def __init__(self, put: Callable[[LoggedCall], None], with_bodies: bool) -> None:
        self._put = put
        self._with_bodies = with_bodies

    def succeeded(self, call: Call, result: Result, status: int, seconds: float) -> None:
        """Note a call that was answered with a result after so many seconds."""
        self._note(call, call.dialect.service, status, None, seconds, result)

    def refused(self, call: Call | None, service: str, status: int | None, error: str, seconds: float | None) -> None:
        """Note a call that was answered with an error, `status` None: with nothing; `call` is None if it is unknown."""
        self._note(call, service, status, error, seconds, None)

    def _note(
        self,
        call: Call | None,
        service: str,
        status: int | None,
        error: str | None,
        seconds: float | None,
        result: Result | None,
    ) -> None:
        request = response = None
        if self._with_bodies and call is not None:
            request = _written(call.params)
            response = None if result is None else _written(result)
        operation, resource, account = ("", "", None)
        if call is not None:
            operation, resource, account = call.operation, _resource(call.params), call.account
        self._put(
            LoggedCall(real_time(), service, operation, resource, account, status, error, seconds, request, response)
        )


def _resource(params: Params) -> str:
    for name in _RESOURCES:
        value = params.get(name)
        if value:
            return str(value)[:_KEPT_OF_RESOURCES]
    return ""


def _written(values: Mapping[str, Any]) -> str:
    return msgspec.json.encode(_masked(values)).decode()[:KEPT_OF_BODIES]


def _masked(value: Any) -> Any:
    """Returns parameters or a result without secrets."""
    if isinstance(value, Mapping):
        return {name: MASKED if name in _SECRETS else _masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    return without_password(value) if isinstance(value, str) and "://" in value[:8] else value
