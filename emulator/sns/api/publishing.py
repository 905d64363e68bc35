"""Publishing, one message or a batch: each entry of a batch obeys the rules of a single message, from the same code.

Source: the SNS API Reference, Publish and PublishBatch; which errors fail a whole batch, and which one entry of it,
is as the real service answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator.arn import Arn
from emulator.errors import (
    endpoint_disabled,
    invalid,
    platform_application_disabled,
    topic_does_not_exist,
)
from emulator.sns import content, sms
from emulator.sns.api.platforms import endpoint_arn
from emulator.sns.api.service import Params, Result, Sns, named_arn
from emulator.sns.notification import Notification
from emulator.sns.topic import Topic
from emulator.sns.topic_attributes import DEFAULT_MESSAGE_SIZE, max_message_size
from protocol import AWSError, Call, error_code

MAX_ENTRIES = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TARGETS = ("TopicArn", "TargetArn", "PhoneNumber")
_TO_PHONES = "DirectPublishToPhoneNumber"  # what AWS names it where an ARN or a log group must


def publish(sns: Sns, call: Call, now: float) -> Result:
    params = call.params
    targets = [name for name in _TARGETS if name in params]
    if not targets:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if len(targets) > 1:
        raise invalid(f"{' or '.join(targets)} Reason: only one of them can be given")
    if targets[0] == "PhoneNumber":
        return _publish_to_phone(sns, call, now)
    arn = named_arn(call, targets[0])
    if "/" in arn.resource and targets[0] == "TargetArn":
        return _publish_to_endpoint(sns, call, now)
    topic = sns.store.find_topic(arn)
    if topic is None:
        raise topic_does_not_exist()
    _check(params)
    content.check_message(params["Message"], params.get("Subject"))
    if _size(params) > max_message_size(topic):
        raise invalid("Message too long")
    return _publish(sns, call, topic, params, now)


def publish_batch(sns: Sns, call: Call, now: float) -> Result:
    topic = sns.topic(call)
    entries: list[Params] = call.params["PublishBatchRequestEntries"]
    _check_batch(entries)
    for entry in entries:
        _check(entry)
    if sum(map(_size, entries)) > max_message_size(topic):
        raise AWSError(
            "BatchRequestTooLongException", "The length of all the messages put together is more than the limit."
        )
    successful: list[Result] = []
    failed: list[Result] = []
    for entry in entries:
        try:
            content.check_message(entry["Message"], entry.get("Subject"))
            successful.append({"Id": entry["Id"], **_publish(sns, call, topic, entry, now)})
        except AWSError as error:
            code = error_code("sns", error.shape)
            failed.append({"Id": entry["Id"], "Code": code, "Message": error.message, "SenderFault": True})
    return {"Successful": successful, "Failed": failed}


def _check(params: Params) -> None:
    """What is wrong with one entry of a batch in these ways fails all of it."""
    content.check_ids(params)
    content.check_attributes(params.get("MessageAttributes"))
    if params.get("MessageStructure") == "json":
        content.check_default(content.read_texts(params["Message"], "json"))


def _publish(sns: Sns, call: Call, topic: Topic, params: Params, now: float) -> Result:
    notification = _notification(sns, call, topic.arn, params, now)
    sns.courier.publish(topic, notification, now)
    return {"MessageId": notification.message_id}


def _publish_to_phone(sns: Sns, call: Call, now: float) -> Result:
    number: str = call.params["PhoneNumber"]
    if not sms.is_number(number):
        raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    _check(call.params)
    content.check_message(call.params["Message"], call.params.get("Subject"))
    region = sns.region(call)
    source = Arn("sns", region.name, region.account, _TO_PHONES)
    notification = _notification(sns, call, source, call.params, now)
    if len(notification.text_for("sms")) > sms.MAX_LENGTH:
        raise invalid("Message too long")
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
    content.check_ids(call.params)
    content.check_attributes(call.params.get("MessageAttributes"))
    content.check_message(call.params["Message"], call.params.get("Subject"))
    if _size(call.params) > DEFAULT_MESSAGE_SIZE:
        raise invalid("Message too long")
    notification = _notification(sns, call, arn, call.params, now)
    if notification.texts is not None and not notification.texts.keys() & {"default", application.platform}:
        raise invalid(f"JSON must contain an entry for 'default' or '{application.platform}'.")
    sns.courier.publish_directly("application", str(arn), notification, now)
    return {"MessageId": notification.message_id}


def _notification(sns: Sns, call: Call, source: Arn, params: Params, now: float) -> Notification:
    return Notification(
        message_id=sns.ids.uuid(),
        source=source,
        message=params["Message"],
        at=now,
        base_url=sns.base_url(call),
        texts=content.read_texts(params["Message"], params.get("MessageStructure")),
        subject=params.get("Subject"),
        attributes=params.get("MessageAttributes") or None,
        group_id=params.get("MessageGroupId"),
        trace_header=call.trace_header,
    )


def _size(params: Params) -> int:
    return content.size(params["Message"], params.get("MessageAttributes"))


def _check_batch(entries: Sequence[Params]) -> None:
    """Raises the error of a batch that is empty, too long, or whose entries' ids are bad or not distinct."""
    if not entries:
        raise AWSError("EmptyBatchRequestException", "The batch request doesn't contain any entries.")
    if len(entries) > MAX_ENTRIES:
        raise AWSError(
            "TooManyEntriesInBatchRequestException", "The batch request contains more entries than permissible."
        )
    seen: set[str] = set()
    for entry in entries:
        if not _ID.fullmatch(entry["Id"]):
            raise AWSError(
                "InvalidBatchEntryIdException",
                "The Id of a batch entry in a batch request doesn't abide by the specification.",
            )
        if entry["Id"] in seen:
            raise AWSError(
                "BatchEntryIdsNotDistinctException", "Two or more batch entries in the request have the same Id."
            )
        seen.add(entry["Id"])
