"""Publishing, one message or a batch: the same code checks a single message and each entry of a batch.

Source: the SNS API Reference, Publish and PublishBatch; as the real service answers, some
errors fail a whole batch, and others one entry of it.
"""

from __future__ import annotations

from collections.abc import Awaitable

from decaf.api.batches import BatchErrors, check_batch, each
from decaf.api.sns.data_protection import protected
from decaf.api.sns.platforms import endpoint_arn
from decaf.api.sns.service import Sns, named_arn
from decaf.base.arn import Arn
from decaf.base.deduplication import content_based_id
from decaf.base.half_closed import to_its_end
from decaf.sns import content, errors
from decaf.sns.attribute import BadAttribute
from decaf.sns.errors import endpoint_disabled, invalid, platform_application_disabled, topic_does_not_exist
from decaf.sns.notification import Notification
from decaf.sns.push import BadPayload, payload, read_push_options
from decaf.sns.sms.numbers import is_number
from decaf.sns.sms.parts import MAX_LENGTH
from decaf.sns.sms.preferences import read_sms_options
from decaf.sns.topic import Topic
from decaf.sns.topic_attributes import DEFAULT_MESSAGE_SIZE, dedups_by_group, max_message_size, signature_version
from decaf_protocol import Call, Params, Result

MAX_ENTRIES = 10
_TARGETS = ("TopicArn", "TargetArn", "PhoneNumber")
_BATCH_ERRORS = BatchErrors(
    errors.empty_batch,
    errors.too_many_batch_entries,
    errors.invalid_batch_entry_id,
    errors.batch_entry_id_repeated,
)
_TO_PHONES = "DirectPublishToPhoneNumber"  # AWS's name, as in the log group `sns/.../DirectPublishToPhoneNumber`


def publish(sns: Sns, call: Call, now: float) -> Result | Awaitable[Result]:
    targets = [name for name in _TARGETS if name in call.params]
    if not targets:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if len(targets) > 1:
        raise invalid(f"{' or '.join(targets)} Reason: only one of them can be given")
    if targets[0] == "PhoneNumber":
        return _publish_to_phone(sns, call, now)
    arn = named_arn(call, targets[0])
    if targets[0] == "TargetArn" and "/" in arn.resource:
        return _publish_to_endpoint(sns, call, now)
    topic = sns.store.find_topic(arn)
    if topic is None:
        raise topic_does_not_exist()
    notification = _compose(sns, call, arn, call.params, now, content.read_texts(call.params), topic)
    content.check_message(notification.message, notification.subject)
    _check_size(notification, max_message_size(topic))
    return _when_delivered(sns, _publish(sns, topic, protected(sns, call, topic, notification, now), now))


def publish_batch(sns: Sns, call: Call, now: float) -> Result | Awaitable[Result]:
    topic = sns.topic(call)
    entries: list[Params] = call.params["PublishBatchRequestEntries"]
    check_batch(entries, MAX_ENTRIES, _BATCH_ERRORS)
    texts = [content.read_texts(entry) for entry in entries]  # of all entries before any other check: recorded
    notifications = {
        entry["Id"]: _compose(sns, call, topic.arn, entry, now, read, topic)
        for entry, read in zip(entries, texts, strict=True)
    }
    if sum(map(_size, notifications.values())) > max_message_size(topic):
        raise errors.batch_too_long()
    result = each("sns", entries, lambda entry: _publish_entry(sns, call, topic, notifications[entry["Id"]], now))
    return _when_delivered(sns, result)


def _when_delivered(sns: Sns, result: Result) -> Result | Awaitable[Result]:
    """Returns the result, to be sent when the queues and the inbox have what was published."""
    unfinished = sns.courier.unfinished()
    return result if unfinished is None else _after(unfinished, result)


async def _after(delivered: Awaitable[None], result: Result) -> Result:
    await to_its_end(delivered)
    return result


def _publish_entry(sns: Sns, call: Call, topic: Topic, notification: Notification, now: float) -> Result:
    """Publish one entry of a batch. Raises the errors that fail this entry alone."""
    content.check_message(notification.message, notification.subject)
    return _publish(sns, topic, protected(sns, call, topic, notification, now), now)


def _publish(sns: Sns, topic: Topic, notification: Notification, now: float) -> Result:
    """Deliver a message to the topic's subscribers, unless it is a duplicate to a FIFO topic."""
    if topic.deduplication is None:
        notification.signature_version = signature_version(topic)  # envelopes of FIFO topics have no signature
        sns.courier.publish(topic, notification, now)
        return {"MessageId": notification.message_id}
    if topic.deduplication.accept(notification, dedups_by_group(topic), now):
        if topic.archive is not None:
            topic.archive.add(notification)
            topic.archive.drop_expired(topic.attributes["ArchivePolicy"], now)
        sns.courier.publish(topic, notification, now)
    return {"MessageId": notification.message_id, "SequenceNumber": notification.sequence_number}


def _compose(
    sns: Sns,
    call: Call,
    source: Arn,
    params: Params,
    now: float,
    texts: content.Texts | None,
    topic: Topic | None = None,
) -> Notification:
    """Returns the notification to publish, to a topic or else directly; `texts` are its texts per protocol.

    Raises the errors that fail a batch as a whole, even if only one entry has them.
    """
    fifo = topic if topic is not None and topic.is_fifo else None
    content.check_ids(params, fifo is not None)
    attributes = params.get("MessageAttributes") or None
    if attributes is not None:
        content.check_attributes(attributes)
    return Notification(
        message_id=sns.ids.uuid(),
        source=source,
        message=params["Message"],
        at=now,
        base_url=sns.base_url(call),
        texts=texts,
        subject=params.get("Subject"),
        attributes=attributes,
        group_id=params.get("MessageGroupId"),
        trace_header=call.trace_header,
        deduplication_id=_deduplication_id(fifo, params) if fifo is not None else None,
    )


def _deduplication_id(topic: Topic, params: Params) -> str:
    given: str | None = params.get("MessageDeduplicationId")
    if given is None and not topic.attributes["ContentBasedDeduplication"]:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled "
            "or MessageDeduplicationId provided explicitly"
        )
    return given or content_based_id(params["Message"])


def _publish_to_phone(sns: Sns, call: Call, now: float) -> Result:
    number: str = call.params["PhoneNumber"]
    if not is_number(number):
        raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    region = sns.region(call)
    texts, source = content.read_texts(call.params), Arn("sns", region.name, region.account, _TO_PHONES)
    notification = _compose(sns, call, source, call.params, now, texts)
    content.check_message(notification.message, notification.subject)
    if len(notification.text_for("sms")) > MAX_LENGTH:
        raise invalid("Message too long")
    try:
        read_sms_options(notification.attributes, region.sms.preferences)
    except BadAttribute as bad:
        raise invalid(f"MessageAttributes Reason: {bad}") from None
    sns.courier.publish_directly("sms", number, notification, now)
    return {"MessageId": notification.message_id}


def _publish_to_endpoint(sns: Sns, call: Call, now: float) -> Result:
    arn = endpoint_arn(call, "TargetArn")
    application, endpoint = sns.store.find_application(arn), sns.store.find_endpoint(arn)
    if application is None or endpoint is None:
        raise invalid("TargetArn Reason: No endpoint found for the target arn specified")
    if not application.attributes["Enabled"]:
        raise platform_application_disabled()
    if not endpoint.attributes["Enabled"]:
        raise endpoint_disabled()
    notification = _compose(sns, call, arn, call.params, now, content.read_texts(call.params, needs_default=False))
    content.check_message(notification.message, notification.subject)
    _check_size(notification, DEFAULT_MESSAGE_SIZE)
    # a text for the platform is enough, other than for topics and phones (reported answer)
    if notification.texts is not None and not notification.texts.keys() & {"default", application.platform}:
        raise invalid(f"JSON must contain an entry for 'default' or '{application.platform}'.")
    try:
        read_push_options(application.platform, notification.attributes, payload(application.platform, notification))
    except BadPayload as bad:
        raise invalid(f"Message Reason: {bad}") from None
    except BadAttribute as bad:
        raise invalid(f"MessageAttributes Reason: {bad}") from None
    sns.courier.publish_directly("application", str(arn), notification, now)
    return {"MessageId": notification.message_id}


def _size(notification: Notification) -> int:
    return content.size(notification.message, notification.attributes)


def _check_size(notification: Notification, limit: int) -> None:
    if _size(notification) > limit:
        raise invalid("Message too long")
