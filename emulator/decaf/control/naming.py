"""The names by which clients of the control API mean a queue or a topic, and the place that they name."""

from __future__ import annotations

from decaf.base.arn import Arn, read_arn, read_queue_url
from decaf_protocol import is_account

_NAMES = ("queue", "topic", "topic_arn", "subscription", "endpoint_arn", "function", "name", "on")


def is_queue(arn: Arn, name: str) -> bool:
    """Returns whether `name` (a name, URL or ARN) means the queue `arn`; a bare name fits any account and region."""
    if arn.service != "sqs":
        return False
    if (exact := read_arn(name)) is not None:
        return arn == exact
    address = read_queue_url(name)
    return (
        address.name == arn.resource and address.account in (None, arn.account) and address.region in (None, arn.region)
    )


def is_of_topic(arn: Arn, name: str) -> bool:
    """Returns whether `arn` is the topic that `name` (a name or ARN) means, or one of its subscriptions."""
    if arn.service != "sns":
        return False
    topic = Arn("sns", arn.region, arn.account, arn.resource.partition(":")[0])
    return name in (topic.resource, str(topic))


def place_of(request: object) -> tuple[str | None, str | None]:
    """Returns the account and the region that a request names: those of an ARN or a URL, else its own; None for what it
    leaves open. The first name counts: a function that has an ARN does not say which queue it is mapped to.
    """
    account, region = getattr(request, "account", None), getattr(request, "region", None)
    named = next((text for name in _NAMES if isinstance(text := getattr(request, name, None), str)), None)
    found = None if named is None else _place_in(named)
    return (account, region) if found is None else (found[0], found[1] or region)


def _place_in(text: str) -> tuple[str, str | None] | None:
    arn = read_arn(text)
    if arn is not None:
        return (arn.account, arn.region) if is_account(arn.account) else None
    address = read_queue_url(text)
    return None if address.account is None else (address.account, address.region)
