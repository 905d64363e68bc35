"""Which calls, deliveries and invocations of functions a fault is for.

Rule: a call, delivery or invocation must have everything that a match names; a match that names nothing fits all.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from decaf.base.arn import Arn, read_arn, read_queue_url
from decaf_protocol import Call

_TOPICS = ("TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn")


Kind = Literal["call", "delivery", "invocation"]


class Context(msgspec.Struct, frozen=True):
    """A call, a delivery or an invocation that a fault may hit. A delivery has no operation, but a subscriber; an
    invocation has a function.

    `subscriber` has the protocol, the endpoint and the ARN of the subscription. `message_id` is that of the message
    delivered, or of the message received that may be received twice.
    `account` and `region` are the client's, for a delivery the topic's. `target` is the queue, topic or subscription;
    for a call that names none, the service in its region.
    """

    service: str
    account: str
    region: str
    target: Arn
    operation: str = ""
    queue: Arn | None = None
    topic: Arn | None = None
    subscriber: tuple[str, ...] = ()
    message_id: str | None = None
    function: Arn | None = None

    @property
    def kind(self) -> Kind:
        if self.function is not None:
            return "invocation"
        return "delivery" if self.subscriber else "call"

    @property
    def is_fifo(self) -> bool:
        return any(arn is not None and arn.resource.endswith(".fifo") for arn in (self.queue, self.topic))


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which calls, deliveries or invocations a fault is for: those that have everything that is named here.

    A queue is named by its name, URL or ARN, a topic by its name or ARN, a subscriber by its endpoint, its
    subscription's ARN, or its protocol. A function, by its name or ARN, makes it a fault of invocations.
    """

    service: Literal["sqs", "sns"] | None = None
    operation: str | list[str] | None = None
    queue: str | None = None
    topic: str | None = None
    subscriber: str | None = None
    function: str | None = None
    account: str | None = None
    region: str | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that it names; none if it is for all."""
        named = self.operation
        return () if named is None else (named,) if isinstance(named, str) else tuple(named)

    @property
    def owner(self) -> str | None:
        """The only account that it can fit, None when it can fit several."""
        named = (self.queue, self.topic, self.subscriber, self.function)
        arns = [arn for text in named if text is not None and (arn := read_arn(text)) is not None]
        return self.account or next((arn.account for arn in arns), None)

    def fits(self, context: Context) -> bool:
        """Whether `context` has everything that is named here."""
        return (
            self.service in (None, context.service)
            and (self.operation is None or context.operation in self.operations)
            and self.account in (None, context.account)
            and self.region in (None, context.region)
            and (self.queue is None or _is_named(context.queue, self.queue))
            and (self.topic is None or _is_named(context.topic, self.topic))
            and (self.subscriber is None or self.subscriber in context.subscriber)
            and (self.function is None or _is_function(context.function, self.function))
        )


def call_context(call: Call, default_region: str) -> Context:
    """Return the context of a call."""
    service = call.dialect.service
    region = call.region or default_region
    queue = _queue(call, region) if service == "sqs" else None
    topic = _topic(call, region) if service == "sns" else None
    target = queue or topic or Arn(service, region, call.account, "")
    return Context(service, call.account, region, target, call.operation, queue, topic)


def _is_named(arn: Arn | None, text: str) -> bool:
    """Whether `text`, a name, a URL or an ARN, names `arn`."""
    if arn is None or (named := read_arn(text)) is not None:
        return arn is not None and named == arn
    address = read_queue_url(text)
    return (
        address.name == arn.resource and address.account in (None, arn.account) and address.region in (None, arn.region)
    )


def _is_function(arn: Arn | None, text: str) -> bool:
    return arn is not None and text in (str(arn), arn.resource.partition(":")[2])


def _queue(call: Call, region: str) -> Arn | None:
    params = call.params
    if "QueueUrl" in params:
        address = read_queue_url(params["QueueUrl"])
        return Arn("sqs", address.region or region, address.account or call.account, address.name)
    if "QueueName" in params:
        return Arn("sqs", region, params.get("QueueOwnerAWSAccountId", call.account), params["QueueName"])
    return read_arn(params.get("SourceArn", ""))


def _topic(call: Call, region: str) -> Arn | None:
    if call.operation == "CreateTopic":
        return Arn("sns", region, call.account, call.params["Name"])
    arn = next((arn for name in _TOPICS if (arn := read_arn(call.params.get(name, "")))), None)
    return None if arn is None else Arn(arn.service, arn.region, arn.account, arn.resource.partition(":")[0])
