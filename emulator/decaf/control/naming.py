"""The names by which clients of the control API mean a queue or a topic."""

from __future__ import annotations

from decaf.base.arn import Arn, read_arn, read_queue_url


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
