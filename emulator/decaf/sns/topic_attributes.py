"""The attributes of a topic: tables of the settable ones, and the computed ones.

Source: the SNS API Reference, SetTopicAttributes and GetTopicAttributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decaf.base import attributes, policy
from decaf.base.arn import Arn
from decaf.base.attributes import Attribute, text, write_all, write_truth
from decaf.sns import delivery_policy
from decaf.sns.archive import read_archive_policy, write_archive_policy
from decaf.sns.attribute import BadAttribute, one_of, read_all, truth, whole
from decaf.sns.notification import SignatureVersion, timestamp
from decaf.sns.topic import Topic

DEFAULT_MESSAGE_SIZE = 262_144  # bytes
MOST_SUBSCRIPTIONS_OF_LARGE = 100  # of a topic whose MaximumMessageSize is above the default
PROTOCOLS_OF_LARGE = frozenset({"sqs", "lambda", "firehose"})
MAX_DISPLAY_NAME = 100  # characters

_DEFAULT_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
POLICY_ACTIONS = (*_DEFAULT_ACTIONS, "Receive")
OUT_OF_SCOPE = "Policy statement action out of service scope!"
_POLICY_LIMITS = policy.Limits(size=30_720, statements=100, principals=1_000, conditions=1_000)


def _display_name(name: str, value: str) -> str:
    if len(value) > MAX_DISPLAY_NAME:
        raise BadAttribute(f"{name}: must be at most {MAX_DISPLAY_NAME} characters long")
    return value


def _policy(name: str, value: str) -> str:
    try:
        for statement in policy.statements(policy.read(value)):
            _check_scope(statement)
        return policy.write(policy.parse(value, "sns", _POLICY_LIMITS))
    except policy.PrincipalNotFound:
        raise BadAttribute("Policy Error: PrincipalNotFound") from None
    except policy.BadPolicy:
        raise BadAttribute("Policy Error: null") from None
    except policy.PolicyOverLimit as over:
        raise BadAttribute(f"Policy Error: {over.found} {over.what}, maximum allowed is {over.most}") from None


def _check_scope(statement: Any) -> None:
    """Raises BadAttribute for an action that is none on a topic; `SNS:*` is refused too."""
    actions = statement.get("Action", []) if isinstance(statement, dict) else []
    known = {f"sns:{action}".lower() for action in POLICY_ACTIONS}
    for action in actions if isinstance(actions, list) else [actions]:
        if str(action).lower() not in known:
            raise BadAttribute(OUT_OF_SCOPE)


def _fifo_topic(name: str, value: str) -> bool | None:
    """A standard topic does not have the attribute at all, even if it was set to false."""
    return truth(name, value) or None


SETTABLE: dict[str, Attribute] = {
    "DeliveryPolicy": Attribute(delivery_policy.read_topic_policy, delivery_policy.write, clearable=True),
    "DisplayName": Attribute(_display_name, default=""),
    "KmsMasterKeyId": Attribute(text, clearable=True),
    "MaximumMessageSize": Attribute(whole(1_024, 1_048_576)),
    "Policy": Attribute(_policy),
    "SignatureVersion": Attribute(one_of("1", "2")),
    "TracingConfig": Attribute(one_of("PassThrough", "Active")),
    **{
        f"{protocol}{feedback}": Attribute(whole(0, 100) if feedback.endswith("Rate") else text, clearable=True)
        for protocol in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
        for feedback in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
    },
}

OF_FIFO_TOPICS: dict[str, Attribute] = {
    "ArchivePolicy": Attribute(read_archive_policy, write_archive_policy),
    "ContentBasedDeduplication": Attribute(truth, write_truth, default=False),
    "FifoThroughputScope": Attribute(one_of("Topic", "MessageGroup")),  # shown only when set: recorded 2023-08, 2025-12
}

AT_CREATION: dict[str, Attribute] = SETTABLE | OF_FIFO_TOPICS | {"FifoTopic": Attribute(_fifo_topic, write_truth)}


def read_new(given: Mapping[str, str]) -> dict[str, Any]:
    """Returns the values that `given` sets for a new topic. Raises BadAttribute."""
    fifo = given.get("FifoTopic", "").lower() == "true"
    return read_all(AT_CREATION if fifo else SETTABLE | {"FifoTopic": AT_CREATION["FifoTopic"]}, given, OF_FIFO_TOPICS)


def read(given: Mapping[str, str], topic: Topic) -> dict[str, Any]:
    """Returns the values that `given` sets for `topic`. Raises BadAttribute."""
    values = read_all(SETTABLE | OF_FIFO_TOPICS if topic.is_fifo else SETTABLE, given, OF_FIFO_TOPICS)
    check_large(topic, values.get("MaximumMessageSize", 0))
    # Developer Guide, "High throughput for FIFO topics": there is no way back to Topic
    if values.get("FifoThroughputScope") == "Topic" and dedups_by_group(topic):
        raise BadAttribute("FifoThroughputScope: MessageGroup cannot be changed back to Topic.")
    return values


def dedups_by_group(topic: Topic) -> bool:
    """Returns whether a FIFO topic deduplicates within each message group, not across all of them."""
    return bool(topic.attributes.get("FifoThroughputScope") == "MessageGroup")


def defaults(arn: Arn, fifo: bool) -> dict[str, Any]:
    """Returns the values of a new topic, by default."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _DEFAULT_ACTIONS],
        "Resource": str(arn),
        "Condition": {"StringEquals": {"AWS:SourceOwner": arn.account}},
    }
    document = {"Version": policy.DEFAULT_VERSION, "Id": "__default_policy_ID", "Statement": [statement]}
    return attributes.defaults(AT_CREATION if fifo else SETTABLE) | {"Policy": policy.write(document)}


def describe(topic: Topic, now: float) -> dict[str, str]:
    """Returns all attributes as a client reads them."""
    pending = topic.pending_count()
    described = write_all(AT_CREATION, topic.attributes)
    beginning = beginning_of_archive(topic, now)
    if beginning is not None:
        described["BeginningArchiveTime"] = timestamp(beginning)
    return described | {
        "EffectiveDeliveryPolicy": delivery_policy.write(
            delivery_policy.effective(topic.attributes.get("DeliveryPolicy"))
        ),
        "Owner": topic.arn.account,
        "SubscriptionsConfirmed": str(len(topic.subscriptions) - pending),
        "SubscriptionsDeleted": str(topic.deleted_count),
        "SubscriptionsPending": str(pending),
        "TopicArn": str(topic.arn),
    }


def beginning_of_archive(topic: Topic, now: float) -> float | None:
    """Returns the time of the first message that can be replayed, None without an archive."""
    return None if topic.archive is None else topic.archive.beginning(topic.attributes["ArchivePolicy"], now)


def max_message_size(topic: Topic) -> int:
    """Returns the size limit of a message, and of a batch, to `topic`, in bytes."""
    return int(topic.attributes.get("MaximumMessageSize", DEFAULT_MESSAGE_SIZE))


def signature_version(topic: Topic) -> SignatureVersion:
    """Returns the signature version of `topic`'s confirmations, and of its messages unless it is a FIFO topic."""
    return "2" if topic.attributes.get("SignatureVersion") == "2" else "1"


def check_large(topic: Topic, size: int) -> None:
    """Raises BadAttribute when `topic` has subscriptions that do not allow messages of `size` bytes."""
    if size <= DEFAULT_MESSAGE_SIZE:
        return
    if len(topic.subscriptions) > MOST_SUBSCRIPTIONS_OF_LARGE:
        raise BadAttribute(
            f"MaximumMessageSize: a topic with more than {MOST_SUBSCRIPTIONS_OF_LARGE} subscriptions "
            f"cannot take messages larger than {DEFAULT_MESSAGE_SIZE} bytes"
        )
    for protocol, _ in topic.by_endpoint:
        if protocol not in PROTOCOLS_OF_LARGE:
            raise BadAttribute(
                f"MaximumMessageSize: {protocol} subscriptions cannot take messages "
                f"larger than {DEFAULT_MESSAGE_SIZE} bytes"
            )
