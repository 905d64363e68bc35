"""Stacks: what a template has made, and the calls that bring it up to date when the template is applied again.

Rule: as CloudFormation does, a template is compared with the one before it, not with what clients have changed since.
A call that the template before had made, too, updates what it made; what only the template before had is deleted.

Source: CloudFormation Template Reference, "Update requires" of each property of the types of SQS and SNS: a change of
QueueName, FifoQueue, TopicName, FifoTopic, or of a subscription's TopicArn, Protocol or Endpoint needs a replacement,
any other no interruption. For what stays: "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from decaf.base.arn import Arn, read_arn
from decaf.base.attributes import write_all
from decaf.declared.resource import Resource
from decaf.functions.function import function_arn
from decaf.functions.mapping import BATCH_SIZE, EventSourceMapping
from decaf.sns import topic_attributes
from decaf.sns.topic import Subscription
from decaf.sqs import attributes as queue_attributes
from decaf.store import StackCall, Store

Key = tuple[str, ...]

_KEYS = {  # the parameters that make a call the same as one before
    "CreateQueue": ("QueueName",),
    "SetQueueAttributes": ("QueueUrl",),
    "CreateTopic": ("Name",),
    "SetTopicAttributes": ("TopicArn", "AttributeName"),
    "Subscribe": ("TopicArn", "Protocol", "Endpoint"),
    "CreateFunction": ("FunctionName",),
    "CreateEventSourceMapping": ("EventSourceArn", "FunctionName"),
}
_UNSET = {  # values that take an attribute away where the empty text does not
    "MaximumMessageSize": str(topic_attributes.DEFAULT_MESSAGE_SIZE),
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
    "ArchivePolicy": "{}",
    "ContentBasedDeduplication": "false",
    "FilterPolicyScope": "MessageAttributes",
    "RawMessageDelivery": "false",
}

_UNSET_OF_MAPPINGS: Mapping[str, Any] = {
    "BatchSize": BATCH_SIZE,
    "Enabled": True,
    "FilterCriteria": {},
    "FunctionResponseTypes": [],
    "MaximumBatchingWindowInSeconds": 0,
    "ScalingConfig": {},
}


def key(call: Resource | StackCall) -> Key:
    """Return what makes the call the same as one of another template."""
    named = [str(call.params.get(name, "")) for name in _KEYS[call.operation]]
    if call.operation == "SetQueueAttributes":
        return (call.operation, call.region, named[0].rpartition("/")[2], *sorted(call.params["Attributes"]))
    return (call.operation, call.region, *named)


def remembered(resource: Resource) -> StackCall:
    """Return the call of a resource as its stack remembers it."""
    origin = resource.origin
    return StackCall(origin.what, resource.region, resource.operation, resource.params, origin.retained)


def arn_of(store: Store, account: str, call: Resource | StackCall) -> str | None:
    """Return the ARN of what a call has made or changed, None if it does not exist."""
    if call.operation in ("CreateQueue", "SetQueueAttributes"):
        name = key(call)[2]
        return None if store.find_queue(account, call.region, name) is None else _queue_arn(account, call.region, name)
    if call.operation == "CreateFunction":
        function = function_arn(call.params["FunctionName"], account, call.region)
        return None if store.functions.named(function) is None else function
    if call.operation == "CreateEventSourceMapping":
        mapping = _mapping(store, account, call)
        return None if mapping is None else str(mapping.arn)
    if call.operation == "Subscribe":
        found = _subscription(store, call)
        return None if found is None else str(found.arn)
    arn = Arn("sns", call.region, account, call.params["Name"]) if call.operation == "CreateTopic" else _topic(call)
    return None if arn is None or store.find_topic(arn) is None else str(arn)


def updates(arn: str, before: StackCall, now: Resource) -> Iterator[Resource]:
    """Yield the calls that change what `before` made into what `now` declares."""
    if now.params != before.params:
        yield from _UPDATES.get(now.operation, _again)(arn, before, now)


def removals(store: Store, arn: str, call: Resource) -> Iterator[Resource]:
    """Yield the call that deletes or unsets what a call of the template before has made, if AWS can do that."""
    if call.operation == "SetQueueAttributes":
        yield _call(
            call, call.operation, QueueUrl=key(call)[2], Attributes=dict.fromkeys(call.params["Attributes"], "")
        )
    elif call.operation == "SetTopicAttributes":
        yield _set_topic(call, arn, call.params["AttributeName"])
    elif call.operation == "CreateQueue":
        yield _call(call, "DeleteQueue", QueueUrl=call.params["QueueName"])
    elif call.operation == "CreateTopic":
        yield _call(call, "DeleteTopic", TopicArn=arn)
    elif call.operation == "CreateFunction":
        yield _call(call, "DeleteFunction", FunctionName=arn)
    elif call.operation == "CreateEventSourceMapping":
        yield _call(call, "DeleteEventSourceMapping", UUID=_uuid(arn))
    else:
        subscription = _subscription(store, call)
        # Developer Guide, "Deleting a subscription": one that is pending cannot be deleted; CloudFormation leaves it
        if subscription is not None and not subscription.pending:
            yield _call(call, "Unsubscribe", SubscriptionArn=arn)


def _again(arn: str, before: StackCall, now: Resource) -> Iterator[Resource]:
    yield now


def _update_queue(arn: str, before: StackCall, now: Resource) -> Iterator[Resource]:
    name = now.params["QueueName"]
    defaults = write_all(queue_attributes.SETTABLE, queue_attributes.defaults(name.endswith(".fifo")))
    changed = _changed(before.params["Attributes"], now.params["Attributes"])
    if changed.get("KmsMasterKeyId", "") is None and "SqsManagedSseEnabled" not in now.params["Attributes"]:
        changed["SqsManagedSseEnabled"] = None  # the key had turned off what a new queue has
    if changed:
        texts = {
            attribute: defaults.get(attribute, "") if text is None else text for attribute, text in changed.items()
        }
        yield _call(now, "SetQueueAttributes", QueueUrl=name, Attributes=texts)
    tags = _changed(before.params["tags"], now.params["tags"])
    added, dropped = _parted(tags)
    if added:
        yield _call(now, "TagQueue", QueueUrl=name, Tags=added)
    if dropped:
        yield _call(now, "UntagQueue", QueueUrl=name, TagKeys=dropped)


def _update_topic(arn: str, before: StackCall, now: Resource) -> Iterator[Resource]:
    for attribute, text in _changed(before.params["Attributes"], now.params["Attributes"]).items():
        yield _set_topic(now, arn, attribute, text)
    protection = now.params.get("DataProtectionPolicy", "")
    if protection != before.params.get("DataProtectionPolicy", ""):
        yield _call(now, "PutDataProtectionPolicy", ResourceArn=arn, DataProtectionPolicy=protection)
    old, new = ({tag["Key"]: tag["Value"] for tag in each.params["Tags"]} for each in (before, now))
    added, dropped = _parted(_changed(old, new))
    if added:
        tags = [{"Key": name, "Value": value} for name, value in added.items()]
        yield _call(now, "TagResource", ResourceArn=arn, Tags=tags)
    if dropped:
        yield _call(now, "UntagResource", ResourceArn=arn, TagKeys=dropped)


def _update_subscription(arn: str, before: StackCall, now: Resource) -> Iterator[Resource]:
    changed = _changed(before.params["Attributes"], now.params["Attributes"])
    # A filter policy is checked by its scope: that of the body allows more, so it comes first, and goes last.
    first, last = {"FilterPolicyScope"}, {"FilterPolicy"}
    if changed.get("FilterPolicyScope") != "MessageBody":
        first, last = last, first
    for attribute in sorted(changed, key=lambda name: (name in last) - (name in first)):
        params = _attribute(attribute, changed[attribute])
        yield _call(now, "SetSubscriptionAttributes", SubscriptionArn=arn, **params)


def mapping_update(arn: str, declared: Resource) -> Resource:
    """Return the call that makes the event source mapping with that ARN what is declared."""
    params = {name: value for name, value in declared.params.items() if name not in ("EventSourceArn", "Tags")}
    return _call(declared, "UpdateEventSourceMapping", UUID=_uuid(arn), **{**_UNSET_OF_MAPPINGS, **params})


def _update_mapping(arn: str, before: StackCall, now: Resource) -> Iterator[Resource]:
    yield mapping_update(arn, now)


def _uuid(arn: str) -> str:
    return arn.rpartition(":")[2]


_UPDATES: Mapping[str, Callable[[str, StackCall, Resource], Iterator[Resource]]] = {
    "CreateQueue": _update_queue,
    "CreateTopic": _update_topic,
    "Subscribe": _update_subscription,
    "CreateEventSourceMapping": _update_mapping,
}


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str | None]:
    """Return the values of `new` that differ from those of `old`, None for each that it no longer has."""
    return {name: new.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}


def _parted(changed: Mapping[str, str | None]) -> tuple[dict[str, str], list[str]]:
    """Return the values to set, and the names of those to take away."""
    kept = {name: value for name, value in changed.items() if value is not None}
    return kept, [name for name, value in changed.items() if value is None]


def _attribute(name: str, text: str | None) -> dict[str, str]:
    """Return the parameters that set an attribute, or take it away: then AWS wants no value at all, or the default."""
    text = _UNSET.get(name) if text is None else text
    return {"AttributeName": name} | ({} if text is None else {"AttributeValue": text})


def _set_topic(call: Resource, arn: str, attribute: str, text: str | None = None) -> Resource:
    found = read_arn(arn)
    if attribute == "Policy" and text is None and found is not None:
        text = topic_attributes.defaults(found, found.resource.endswith(".fifo"))["Policy"]
    return _call(call, "SetTopicAttributes", TopicArn=arn, **_attribute(attribute, text))


def _call(of: Resource, operation: str, **params: Any) -> Resource:
    return replace(of, operation=operation, params=params)


def _queue_arn(account: str, region: str, name: str) -> str:
    return str(Arn("sqs", region, account, name))


def _topic(call: Resource | StackCall) -> Arn | None:
    return read_arn(call.params["TopicArn"])


def _subscription(store: Store, call: Resource | StackCall) -> Subscription | None:
    arn = _topic(call)
    topic = None if arn is None else store.find_topic(arn)
    return None if topic is None else topic.by_endpoint.get((call.params["Protocol"], call.params.get("Endpoint", "")))


def _mapping(store: Store, account: str, call: Resource | StackCall) -> EventSourceMapping | None:
    wanted = (call.params["EventSourceArn"], call.params["FunctionName"])
    mappings = store.region(account, call.region).mappings.values()
    return next((one for one in mappings if (str(one.queue), one.function) == wanted), None)
