"""The resource types of SQS and SNS: the properties of each, and the calls that create it.

Source: the types' schemas in the CloudFormation registry; CloudFormation Template Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from decaf.base.arn import Arn
from decaf.declared.calls import Caller, Place
from decaf.declared.resource import Resource
from decaf.declared.template.naming import Named
from decaf.declared.value import as_text


class BadProperty(Exception):
    """A property does not have the form that its type needs; the text names it and the reason."""


class Given(msgspec.Struct, frozen=True):
    """A resource of a template: its evaluated properties and its name."""

    properties: Mapping[str, Any]
    named: Named
    call: Caller

    def only(self, *names: str) -> dict[str, Any]:
        """Return the properties with these names, as far as they are given."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def text(self, name: str) -> str:
        value = self.properties[name]
        if not isinstance(value, str):
            raise BadProperty(f"{name} is text, not {value!r}")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; a single text counts as a list of one."""
        value = self.properties[name]
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in values):
            raise BadProperty(f"{name} is a list of texts, not {value!r}")
        return values

    def structures(self, name: str, required: set[str], optional: set[str]) -> list[dict[str, Any]]:
        """Return a list of structures that have all members of `required`, and no others but those of `optional`."""
        values = self.properties.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, dict) or not required <= value.keys() <= required | optional:
                raise BadProperty(f"{name} has structures of {', '.join(sorted(required | optional))}, not {value!r}")
        if not isinstance(values, list):
            raise BadProperty(f"{name} is a list")
        return values

    def tags(self) -> dict[str, Any]:
        """Return the tags by key."""
        return {str(tag["Key"]): tag["Value"] for tag in self.structures("Tags", {"Key", "Value"}, set())}


class Type(msgspec.Struct, frozen=True):
    """A resource type: its required and optional properties, and the calls that create one."""

    required: frozenset[str]
    optional: frozenset[str]
    calls: Callable[[Given], Iterator[Resource]]


_QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
_TOPIC_ATTRIBUTES = (
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DataProtectionPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "SignatureVersion",
    "TracingConfig",
)
_SUBSCRIPTION_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)
LOGGED = {"http/s": "HTTP", "sqs": "SQS", "lambda": "Lambda", "firehose": "Firehose", "application": "Application"}
FEEDBACK = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")


def _queue(given: Given) -> Iterator[Resource]:
    yield from given.call.queue(given.named.name, given.only(*_QUEUE_ATTRIBUTES), given.tags())


def _topic(given: Given) -> Iterator[Resource]:
    attributes = given.only(*_TOPIC_ATTRIBUTES) | _feedback(given)
    yield from given.call.topic(given.named.name, attributes, given.tags())
    arn = given.named.attributes()["TopicArn"]
    for one in given.structures("Subscription", {"Endpoint", "Protocol"}, set()):
        protocol = str(one["Protocol"])
        yield given.call.subscription(arn, protocol, _endpoint(given, protocol, str(one["Endpoint"])), {})


def _feedback(given: Given) -> dict[str, Any]:
    """Return the attributes of DeliveryStatusLogging: their names begin with that of the protocol."""
    attributes: dict[str, Any] = {}
    for one in given.structures("DeliveryStatusLogging", {"Protocol"}, set(FEEDBACK)):
        if one["Protocol"] not in LOGGED:
            raise BadProperty(f"DeliveryStatusLogging: Protocol is one of {', '.join(LOGGED)}, not {one['Protocol']!r}")
        attributes |= {f"{LOGGED[one['Protocol']]}{name}": one[name] for name in FEEDBACK if name in one}
    return attributes


def _subscription(given: Given) -> Iterator[Resource]:
    call, place = given.call, given.call.place
    if "Region" in given.properties:
        call = Caller(call.origin, Place(place.account, given.text("Region")))
    protocol = given.text("Protocol")
    endpoint = _endpoint(given, protocol, given.text("Endpoint")) if "Endpoint" in given.properties else None
    yield call.subscription(given.text("TopicArn"), protocol, endpoint, given.only(*_SUBSCRIPTION_ATTRIBUTES))


def _endpoint(given: Given, protocol: str, endpoint: str) -> str:
    """Return an endpoint; a function's name, which is its Ref, as its ARN."""
    if protocol != "lambda" or ":" in endpoint:
        return endpoint
    place = given.call.place
    return str(Arn("lambda", place.region, place.account, f"function:{endpoint}"))


def _queue_policy(given: Given) -> Iterator[Resource]:
    for queue in given.texts("Queues" if "Queues" in given.properties else "Queue"):
        yield given.call.queue_attributes(queue, {"Policy": _policy(given.properties["PolicyDocument"])})


def _topic_policy(given: Given) -> Iterator[Resource]:
    for topic in given.texts("Topics" if "Topics" in given.properties else "TopicArn"):
        yield given.call.topic_attribute(topic, "Policy", _policy(given.properties["PolicyDocument"]))


def _policy(value: Any) -> Any:
    """Return a policy with all values as text: `Sid: 1` and `"aws:SecureTransport": false` are common in templates."""
    if isinstance(value, dict):
        return {key: _policy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_policy(inner) for inner in value]
    return value if isinstance(value, str) else as_text(value)


def _type(calls: Callable[[Given], Iterator[Resource]], *required: str, may: tuple[str, ...] = ()) -> Type:
    return Type(frozenset(required), frozenset(may), calls)


TYPES: Mapping[str, Type] = {
    "AWS::SNS::Subscription": _type(
        _subscription, "Protocol", "TopicArn", may=("Endpoint", "Region", *_SUBSCRIPTION_ATTRIBUTES)
    ),
    "AWS::SNS::Topic": _type(
        _topic, may=("DeliveryStatusLogging", "Subscription", "Tags", "TopicName", *_TOPIC_ATTRIBUTES)
    ),
    "AWS::SNS::TopicInlinePolicy": _type(_topic_policy, "PolicyDocument", "TopicArn"),
    "AWS::SNS::TopicPolicy": _type(_topic_policy, "PolicyDocument", "Topics"),
    "AWS::SQS::Queue": _type(_queue, may=("QueueName", "Tags", *_QUEUE_ATTRIBUTES)),
    "AWS::SQS::QueueInlinePolicy": _type(_queue_policy, "PolicyDocument", "Queue"),
    "AWS::SQS::QueuePolicy": _type(_queue_policy, "PolicyDocument", "Queues"),
}
