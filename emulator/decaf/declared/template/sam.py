"""The resources that the transform of SAM makes: subscriptions, queues and topics of functions, and their names.

Rule: only what concerns SQS and SNS is made in full; of the rest there is as much as other resources may refer to.

Source: SAM Developer Guide, "Generated CloudFormation resources" and the types of events; the logical ids as the
transform itself makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadableMapping
from dataclasses import dataclass, field
from typing import Any

from decaf.declared.template.node import BadTemplate, Mapping, Node, check_properties

_FUNCTION = "AWS::Serverless::Function"
_STATE_MACHINE = "AWS::Serverless::StateMachine"
_CONNECTOR = "AWS::Serverless::Connector"
_IMPLICIT = {
    "CodeDeployServiceRole": "AWS::IAM::Role",
    "ServerlessDeploymentApplication": "AWS::CodeDeploy::Application",
    "ServerlessHttpApi": "AWS::ApiGatewayV2::Api",
    "ServerlessRestApi": "AWS::ApiGateway::RestApi",
}
_PASSED_ON = ("FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region")
_DESTINATIONS = {"SQS": ("Queue", "AWS::SQS::Queue"), "SNS": ("Topic", "AWS::SNS::Topic")}
_OF_MAPPINGS = (  # properties of an event from a queue that its event source mapping has, too
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "ScalingConfig",
)
_SQS_BATCH = 10  # messages, of the queue between a topic and a function
_SOURCES = {"DynamoDB": "Stream", "Kinesis": "Stream", "SQS": "Queue"}  # the property that names what is listened to


@dataclass(slots=True)
class Serverless:
    """What the transform adds to the resources of a template.

    `globals` are the default properties of functions; `evaluate` returns the value of a node. `names` are logical ids
    by the names that SAM has for them, such as Brew.Alias.
    """

    written: Mapping
    globals: Mapping
    evaluate: Callable[[Node], Any]
    resources: Mapping = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def expand(self) -> None:
        """Make the resources. Raises BadTemplate."""
        if any(self._is(each, _FUNCTION) for each in self.written):
            for name, implicit in _IMPLICIT.items():
                self.add(name, implicit, {}, None, 1)
        for logical_id, resource in self.written.items():
            facts = resource.value if isinstance(resource.value, dict) else {}
            kind = facts["Type"].value if "Type" in facts else None
            if kind in (_FUNCTION, _STATE_MACHINE):
                self._expand_one(logical_id, str(kind), facts, resource.line)
            if "Connectors" in facts:
                for name, connector in members(facts, "Connectors").items():
                    self._connect(f"{logical_id}{name}", connector, logical_id)
            elif kind == _CONNECTOR:
                self._connect(logical_id, resource, None)

    def _expand_one(self, logical_id: str, kind: str, facts: Mapping, line: int) -> None:
        defaults = self.globals if kind == _FUNCTION else {}
        properties = defaults | members(facts, "Properties")
        made = _Maker(self, logical_id, facts.get("Condition"), line)
        if kind == _FUNCTION:
            made.function(properties)
        for name, event in members(properties, "Events").items():
            made.event(name, event)

    def _connect(self, logical_id: str, connector: Node, source: str | None) -> None:
        """Make the policy by which a topic may send to the queue that it is connected with."""
        facts = connector.mapping("a connector")
        properties = members(facts, "Properties")
        source = source or _id(properties.get("Source"))
        listed = properties.get("Destination", Node([], connector.line))
        destinations = listed.value if isinstance(listed.value, list) else [listed]
        for number, destination in enumerate(destinations):
            queue = _id(destination)
            if self._is(source, "AWS::SNS::Topic") and self._is(queue, "AWS::SQS::Queue"):
                policy = _queue_policy(_arn(queue), {"Ref": queue}, {"Ref": source}, "sns.amazonaws.com")
                name = f"{logical_id}{'' if listed is destination else f'Destination{number}'}QueuePolicy"
                self.add(name, "AWS::SQS::QueuePolicy", policy, facts.get("Condition"), connector.line)

    def _is(self, logical_id: str | None, kind: str) -> bool:
        found = self.written.get(logical_id or "")
        return found is not None and isinstance(found.value, dict) and found.value.get("Type", found).value == kind

    def add(self, logical_id: str, kind: str, properties: Any, condition: Node | None, line: int) -> None:
        facts = {"Type": kind, "Properties": properties} | ({} if condition is None else {"Condition": condition})
        self.resources[logical_id] = _as_node(facts, line)


@dataclass(slots=True)
class _Maker:
    """Makes what belongs to one function or state machine, under the same condition."""

    into: Serverless
    logical_id: str
    condition: Node | None
    line: int
    _endpoint: Any = None  # what events are sent to: the function or its alias

    def function(self, properties: Mapping) -> None:
        self._endpoint = _arn(self.logical_id)
        if "Role" not in properties:
            self._add("Role", "AWS::IAM::Role", {})
        if "AutoPublishAlias" in properties:
            self._alias(properties["AutoPublishAlias"])
        if "EventInvokeConfig" in properties:
            self._destinations(members(members(properties, "EventInvokeConfig"), "DestinationConfig"))

    def _alias(self, named: Node) -> None:
        name = self.into.evaluate(named)
        if not isinstance(name, str):
            raise BadTemplate(named.line, "AutoPublishAlias is not text")
        function = {"FunctionName": {"Ref": self.logical_id}}
        alias = self._add(f"Alias{name}", "AWS::Lambda::Alias", function | {"Name": name}, "Alias")
        self._add("Version", "AWS::Lambda::Version", function, "Version")
        self._endpoint = {"Ref": alias}

    def _destinations(self, config: Mapping) -> None:
        """Make the queues and topics of asynchronous calls that name no destination."""
        for outcome in ("OnSuccess", "OnFailure"):
            facts = members(config, outcome)
            kind = facts["Type"].value if "Type" in facts else None
            if "Destination" not in facts and isinstance(kind, str) and kind in _DESTINATIONS:
                word, of_kind = _DESTINATIONS[kind]
                self._add(f"EventInvokeConfig{outcome}{word}", of_kind, {}, f"Destination{word}")

    def event(self, name: str, event: Node) -> None:
        facts = event.mapping(f"the event {name}")
        kind = facts["Type"].value if "Type" in facts else None
        properties = members(facts, "Properties")
        if kind == "SNS" and self._endpoint is not None:
            self._subscription(name, properties, event.line)
        elif isinstance(kind, str) and _SOURCES.get(kind) in properties:
            if kind == "SQS":
                check_properties(f"the event {name} of the type SQS", properties, {"Queue", *_OF_MAPPINGS})
            passed_on = {key: properties[key] for key in _OF_MAPPINGS if key in properties}
            self._listen(name, properties[_SOURCES[kind]], passed_on if kind == "SQS" else {})
        self._dead_letters(name, members(properties, "DeadLetterConfig"))

    def _subscription(self, name: str, properties: Mapping, line: int) -> None:
        if "Topic" not in properties:
            raise BadTemplate(line, f"the event {name} needs the property Topic")
        topic = properties["Topic"]
        queue_arn = self._queue(name, properties.get("SqsSubscription"), topic)
        if queue_arn is not None:
            asked = members_of(properties.get("SqsSubscription"))
            self._listen(f"{name}EventSourceMapping", queue_arn, {"BatchSize": asked.get("BatchSize", _SQS_BATCH)})
        protocol, endpoint = ("lambda", self._endpoint) if queue_arn is None else ("sqs", queue_arn)
        passed_on = {key: properties[key] for key in _PASSED_ON if key in properties}
        subscribed = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
        self._add(name, "AWS::SNS::Subscription", subscribed | passed_on)

    def _queue(self, name: str, asked: Node | None, topic: Node) -> Any:
        """Return the ARN of the queue between topic and function, made with its policy; None if there is none."""
        if asked is None or (not isinstance(asked.value, dict) and str(asked.value).lower() != "true"):
            return None
        if isinstance(asked.value, dict):
            return self._existing_queue(name, asked, topic)
        queue = self._add(f"{name}Queue", "AWS::SQS::Queue", {})
        self._add(f"{name}QueuePolicy", "AWS::SQS::QueuePolicy", _queue_policy(_arn(queue), {"Ref": queue}, topic))
        return _arn(queue)

    def _existing_queue(self, name: str, asked: Node, topic: Node) -> Node:
        queue = asked.mapping("SqsSubscription")
        if "QueueArn" not in queue or "QueueUrl" not in queue:
            raise BadTemplate(asked.line, f"SqsSubscription of the event {name}: no QueueArn or QueueUrl")
        policy = _queue_policy(queue["QueueArn"], queue["QueueUrl"], topic)
        named = queue.get("QueuePolicyLogicalId")
        logical_id = f"{self.logical_id}{name}QueuePolicy" if named is None else named.text("QueuePolicyLogicalId")
        self.into.add(logical_id, "AWS::SQS::QueuePolicy", policy, self.condition, self.line)
        return queue["QueueArn"]

    def _listen(self, name: str, source: Any, properties: ReadableMapping[str, Any]) -> None:
        mapping = {"FunctionName": {"Ref": self.logical_id}, "EventSourceArn": source, **properties}
        self._add(name, "AWS::Lambda::EventSourceMapping", mapping)

    def _dead_letters(self, name: str, config: Mapping) -> None:
        """Make the queue of a rule's undelivered events, if SAM is to make it."""
        if "Arn" not in config and "Type" in config and config["Type"].value == "SQS":
            named = config.get("QueueLogicalId")
            logical_id = f"{self.logical_id}{name}Queue" if named is None else named.text("QueueLogicalId")
            self.into.add(logical_id, "AWS::SQS::Queue", {}, self.condition, self.line)

    def _add(self, name: str, kind: str, properties: Any, known_as: str = "") -> str:
        logical_id = f"{self.logical_id}{name}"
        self.into.add(logical_id, kind, properties, self.condition, self.line)
        if known_as:
            self.into.names.setdefault(f"{self.logical_id}.{known_as}", logical_id)
        return logical_id


def members_of(node: Node | None) -> Mapping:
    """Return the members of a mapping, none of anything else."""
    return node.value if node is not None and isinstance(node.value, dict) else {}


def members(mapping: ReadableMapping[str, Node], name: str) -> Mapping:
    """Return the members of a mapping in `mapping`, none if it is absent or empty. Raises BadTemplate."""
    found = mapping.get(name)
    return {} if found is None or found.value is None else found.mapping(name)


def _id(node: Node | None) -> str | None:
    """Return the logical id of a connector's end, None for one outside the template."""
    found = node.value.get("Id") if node is not None and isinstance(node.value, dict) else None
    return found.value if found is not None and isinstance(found.value, str) else None


def _arn(logical_id: str | None) -> Any:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def _queue_policy(queue_arn: Any, queue_url: Any, source_arn: Any, service: str = "") -> Any:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service} if service else "*",
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    return {"Queues": [queue_url], "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _as_node(value: Any, line: int) -> Node:
    """Return a plain value as a node; nodes in it stay what they are."""
    if isinstance(value, Node):
        return value
    if isinstance(value, dict):
        return Node({key: _as_node(inner, line) for key, inner in value.items()}, line)
    return Node([_as_node(inner, line) for inner in value] if isinstance(value, list) else value, line)
