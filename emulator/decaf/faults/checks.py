"""Whether a rule can ever fire. One that cannot is refused when it is set."""

from __future__ import annotations

from decaf.faults.effects import ON_DELIVERIES, ON_INVOCATIONS, Duplicate, Effect, Error, PartialBatch, Reorder
from decaf.faults.match import Kind, Match
from decaf_protocol import error_shape, operations

SERVICES = ("sqs", "sns")
BATCHES = frozenset({"ChangeMessageVisibilityBatch", "DeleteMessageBatch", "PublishBatch", "SendMessageBatch"})
RECEIVES = frozenset({"ReceiveMessage"})


class BadFault(Exception):
    """A rule that could never fire; the text is the reason."""


def kind_of(match: Match, effect: Effect) -> Kind:
    """Returns what a rule is for."""
    if match.function is not None:
        return "invocation"
    if isinstance(effect, Duplicate):
        return "call" if match.topic is None and match.subscriber is None else "delivery"
    return "delivery" if isinstance(effect, ON_DELIVERIES) else "call"


def check(match: Match, effect: Effect) -> None:
    """Raises BadFault for a rule that can match nothing, or whose error its service does not have."""
    if isinstance(effect, Reorder | Duplicate) and (match.queue or match.topic or "").endswith(".fifo"):
        raise BadFault("FIFO queues and topics keep their order, and deliver once")
    kind = kind_of(match, effect)
    if kind == "invocation":
        if not isinstance(effect, ON_INVOCATIONS):
            raise BadFault("a function can be made to fail, to time out, or to be throttled")
        if match.operation is not None or match.service is not None or match.subscriber is not None:
            raise BadFault("an invocation of a function has no service, operation or subscriber")
        return
    if kind == "delivery":
        if match.operation is not None or match.service == "sqs":
            raise BadFault("this effect is for deliveries of SNS: they have no operation")
        return
    if match.subscriber is not None:
        raise BadFault("this effect is for calls: only deliveries have a subscriber")
    for name in match.operations:
        if not any(name in operations(service) for service in SERVICES):
            raise BadFault(f"there is no operation {name}")
    services = [service for service in SERVICES if _reaches(match, effect, service)]
    if not services:
        raise BadFault("no operation fits everything that is named")
    if isinstance(effect, Error | PartialBatch):
        _check_code(effect.code, services)


def _reaches(match: Match, effect: Effect, service: str) -> bool:
    """Whether there is an operation of `service` that can match, and suits the effect."""
    if match.service not in (None, service) or (match.queue if service == "sns" else match.topic) is not None:
        return False
    suitable = set(match.operations or operations(service)) & set(operations(service))
    if isinstance(effect, PartialBatch):
        suitable &= BATCHES
    elif isinstance(effect, Reorder | Duplicate):
        suitable &= RECEIVES
    return bool(suitable)


def _check_code(code: str, services: list[str]) -> None:
    for service in services:
        if error_shape(service, code) is None:
            raise BadFault(f"{service.upper()} has no error {code}; if another service has it, name the service")
