"""Whether a rule can ever fire. One that cannot is refused when it is set."""

from __future__ import annotations

from decaf.faults.effects import ON_DELIVERIES, Duplicate, Effect, Error, PartialBatch, Reorder
from decaf.faults.match import Match
from decaf_protocol import error_shape, operations

SERVICES = ("sqs", "sns")
BATCHES = frozenset({"ChangeMessageVisibilityBatch", "DeleteMessageBatch", "PublishBatch", "SendMessageBatch"})
RECEIVES = frozenset({"ReceiveMessage"})


class BadFault(Exception):
    """A rule that could never fire; the text is the reason."""


def is_for_deliveries(match: Match, effect: Effect) -> bool:
    """Whether a rule is for deliveries, not for calls."""
    if isinstance(effect, Duplicate):
        return match.topic is not None or match.subscriber is not None
    return isinstance(effect, ON_DELIVERIES)


def check(match: Match, effect: Effect) -> None:
    """Raises BadFault for a rule that can match nothing, or whose error its service does not have."""
    if isinstance(effect, Reorder | Duplicate) and (match.queue or match.topic or "").endswith(".fifo"):
        raise BadFault("FIFO queues and topics keep their order, and deliver once")
    if is_for_deliveries(match, effect):
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
