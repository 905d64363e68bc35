"""Writes the resources of an account and region as a CloudFormation template.

Source: the types' schemas in the CloudFormation registry; CloudFormation Template Reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from decaf.declared.export.state import Attributes, Device, State, StatedQueue, StatedSubscription, StatedTopic
from decaf.declared.template.types import FEEDBACK, LOGGED
from decaf.declared.value import as_text

Properties = dict[str, Any]

_UNSUPPORTED = "cannot be declared in CloudFormation"


def write_template(state: State, as_json: bool) -> str:
    """Return the template, in YAML or JSON. The state's notes on omissions grow, and are in the Metadata."""
    resources = _Resources(state)
    resources.write()
    document: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09"}
    if state.notes:
        document["Metadata"] = {"Decaf": list(state.notes)}
    document["Resources"] = resources.written
    if as_json:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    import yaml

    return str(yaml.dump(document, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=1_000))


def _dumper() -> Any:
    """Return a dumper that writes repeated values in full: CloudFormation accepts no aliases."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return Dumper


class _Resources:
    """The resources of a template, by their logical ids, as they are written one after the other."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._references: dict[str, Any] = {}  # by ARN: the function that returns it
        self._queue_ids: dict[str, str] = {}
        self._topic_ids: dict[str, str] = {}
        self.written: dict[str, Any] = {}

    def write(self) -> None:
        for queue in self._state.queues:
            arn = str(queue.arn)
            self._queue_ids[arn] = self._reserve(queue.arn.resource, "Queue")
            self._references[arn] = {"Fn::GetAtt": [self._queue_ids[arn], "Arn"]}
        for topic in self._state.topics:
            arn = str(topic.arn)
            self._topic_ids[arn] = self._reserve(topic.arn.resource, "Topic")
            self._references[arn] = {"Ref": self._topic_ids[arn]}
        for queue in self._state.queues:
            self._queue(queue)
        for topic in self._state.topics:
            self._topic(topic)
        for subscription in self._state.subscriptions:
            self._subscription(subscription)
        for application in self._state.applications:
            self._state.notes.append(f"left out: {application.arn} {_UNSUPPORTED}")

    def _queue(self, queue: StatedQueue) -> None:
        logical_id = self._queue_ids[str(queue.arn)]
        properties: Properties = {"QueueName": queue.arn.resource} | _documents(queue.attributes) | _tags(queue.tags)
        policy = properties.pop("Policy", None)
        if "RedrivePolicy" in properties and not self._leads_on(queue):
            properties["RedrivePolicy"] = self._referring(properties["RedrivePolicy"])
        self.written[logical_id] = {"Type": "AWS::SQS::Queue", "Properties": properties}
        if policy is not None:
            document = {"Queues": [{"Ref": logical_id}], "PolicyDocument": self._referring(policy)}
            self._add(f"{logical_id}Policy", "AWS::SQS::QueuePolicy", document)

    def _leads_on(self, queue: StatedQueue) -> bool:
        """Whether the dead-letter queue has one itself: references could then form a circle, and ARNs are used."""
        target = queue.attributes["RedrivePolicy"]["deadLetterTargetArn"]
        return any(str(other.arn) == target and "RedrivePolicy" in other.attributes for other in self._state.queues)

    def _topic(self, topic: StatedTopic) -> None:
        logical_id = self._topic_ids[str(topic.arn)]
        properties: Properties = {"TopicName": topic.arn.resource} | _documents(topic.attributes) | _tags(topic.tags)
        policy = properties.pop("Policy", None)
        if properties.pop("DeliveryPolicy", None) is not None:
            self._state.notes.append(f"left out: DeliveryPolicy of {topic.arn} {_UNSUPPORTED}")
        logging = [_feedback(properties, protocol) for protocol in LOGGED]
        if any(logging):
            properties["DeliveryStatusLogging"] = [one for one in logging if one]
        self.written[logical_id] = {"Type": "AWS::SNS::Topic", "Properties": properties}
        if policy is not None:
            document = {"Topics": [{"Ref": logical_id}], "PolicyDocument": self._referring(policy)}
            self._add(f"{logical_id}Policy", "AWS::SNS::TopicPolicy", document)

    def _subscription(self, subscription: StatedSubscription) -> None:
        if isinstance(subscription.endpoint, Device):
            self._state.notes.append(f"left out: {subscription} {_UNSUPPORTED}")
            return
        if subscription.confirmed:
            self._state.notes.append(f"not confirmed: {subscription}, which {_UNSUPPORTED}")
        properties = {
            "TopicArn": self._referring(str(subscription.topic)),
            "Protocol": subscription.protocol,
            "Endpoint": self._referring(subscription.endpoint),
        } | _documents(subscription.attributes)
        if "RedrivePolicy" in properties:
            properties["RedrivePolicy"] = self._referring(properties["RedrivePolicy"])
        name = f"{subscription.topic.resource} {subscription.protocol}"
        self._add(self._reserve(name, "Subscription"), "AWS::SNS::Subscription", properties)

    def _add(self, logical_id: str, kind: str, properties: Properties) -> None:
        self.written[logical_id] = {"Type": kind, "Properties": properties}

    def _reserve(self, name: str, kind: str) -> str:
        """Return an unused logical id made of a name."""
        words = re.findall(r"[A-Za-z0-9]+", name)
        made = "".join(word[0].upper() + word[1:] for word in words) + kind
        number = 1
        while (found := made if number == 1 else f"{made}{number}") in self.written:
            number += 1
        self.written[found] = {}
        return found

    def _referring(self, value: Any) -> Any:
        """Return `value` with references in the place of ARNs of the template's resources."""
        if isinstance(value, dict):
            return {key: self._referring(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._referring(inner) for inner in value]
        return self._references.get(value, value) if isinstance(value, str) else value


def _documents(attributes: Attributes) -> Properties:
    """Return attributes as properties; a document that looks like a function, or has a null, becomes JSON text."""
    return {name: as_text(value) if _is_unwritable(value) else value for name, value in attributes.items()}


def _is_unwritable(value: Any) -> bool:
    if isinstance(value, dict):
        if len(value) == 1 and any(key == "Ref" or key.startswith("Fn::") for key in value):
            return True
        return any(map(_is_unwritable, value.values()))
    return any(map(_is_unwritable, value)) if isinstance(value, list) else value is None


def _tags(tags: Mapping[str, str]) -> Properties:
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}


def _feedback(properties: Properties, protocol: str) -> Properties:
    """Return the DeliveryStatusLogging of a protocol; its attributes are removed from the properties."""
    found = {name: properties.pop(f"{LOGGED[protocol]}{name}", None) for name in FEEDBACK}
    given = {name: str(value) for name, value in found.items() if value is not None}
    return {"Protocol": protocol} | given if given else {}
