"""Queues themselves: creating, finding, listing, describing, changing, tagging, emptying and deleting them."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from emulator.arn import Arn, read_arn
from emulator.errors import (
    invalid_attribute_name,
    invalid_value,
    purge_in_progress,
    queue_deleted_recently,
    queue_does_not_exist,
    queue_name_exists,
)
from emulator.events import QueueCreated, QueueDeleted
from emulator.sqs import attributes
from emulator.sqs.api.paging import page
from emulator.sqs.api.service import Result, Sqs
from emulator.sqs.fifo import FifoQueue
from emulator.sqs.queue import Queue
from emulator.sqs.redrive import read_redrive_policy, target_arn, target_does_not_exist
from emulator.sqs.tags import check_tags
from emulator.store import Region
from protocol import Call

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo")


def create_queue(sqs: Sqs, call: Call, now: float) -> Result:
    region = sqs.region(call)
    name: str = call.params["QueueName"]
    given: dict[str, str] = call.params.get("Attributes", {})
    fifo = given.get("FifoQueue", "").lower() == "true"
    _check_name(name, fifo)
    values = attributes.read(given, fifo)
    attributes.check_throughput(values)
    existing = region.queues.get(name)
    if existing is None:
        existing = _create(sqs, region, name, values, call.params.get("tags", {}), now)
    else:
        _check_same(sqs, existing, values)
    return {"QueueUrl": sqs.url(existing, call)}


def get_queue_url(sqs: Sqs, call: Call, now: float) -> Result:
    account = call.params.get("QueueOwnerAWSAccountId") or call.account
    region = call.region or sqs.settings.region
    queue = sqs.store.find_queue(account, region, call.params["QueueName"])
    if queue is None:
        raise queue_does_not_exist()
    return {"QueueUrl": sqs.url(queue, call)}


def list_queues(sqs: Sqs, call: Call, now: float) -> Result:
    prefix = call.params.get("QueueNamePrefix", "")
    queues = sqs.region(call).queues
    names = sorted(name for name in queues if name.startswith(prefix))
    listed, token = page(names, call.params)
    return {"QueueUrls": [sqs.url(queues[name], call) for name in listed], "NextToken": token}


def delete_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    region = sqs.store.region(queue.arn.account, queue.arn.region)
    del region.queues[queue.name]
    region.deleted_queues[queue.name] = now
    queue.close()
    if sqs.events.listeners:
        sqs.events.tell(QueueDeleted(now, queue.arn))
    return {}


def get_queue_attributes(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    names = call.params.get("AttributeNames", [])
    for name in names:
        if name not in attributes.NAMES:
            raise invalid_attribute_name(name)
    described = _describe(queue, now) if names else {}
    if "All" not in names:
        described = {name: described[name] for name in names if name in described}
    return {"Attributes": described}


def set_queue_attributes(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    values = attributes.read(call.params["Attributes"], queue.is_fifo)
    attributes.check_throughput(queue.attributes | values)
    _settle_redrive(sqs, queue.arn, values)
    queue.reconfigure(values, now)
    return {}


def purge_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    cooldown = sqs.settings.purge_cooldown
    if queue.purged_at is not None and now < queue.purged_at + cooldown:
        raise purge_in_progress(queue.name, cooldown)
    queue.purge(now)
    return {}


def tag_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    check_tags(call.params["Tags"], queue.tags)
    queue.tags.update(call.params["Tags"])
    return {}


def untag_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    for key in call.params["TagKeys"]:
        queue.tags.pop(key, None)
    return {}


def list_queue_tags(sqs: Sqs, call: Call, now: float) -> Result:
    return {"Tags": dict(sqs.queue(call).tags)}


def _check_name(name: str, fifo: bool) -> None:
    if fifo and not _FIFO_NAME.fullmatch(name):
        raise invalid_value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not fifo and not _NAME.fullmatch(name):
        raise invalid_value("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def _create(sqs: Sqs, region: Region, name: str, values: dict[str, Any], tags: dict[str, str], now: float) -> Queue:
    cooldown = sqs.settings.recreate_cooldown
    if name in region.deleted_queues and now < region.deleted_queues.pop(name) + cooldown:
        raise queue_deleted_recently(cooldown)
    check_tags(tags, {})
    arn = region.queue_arn(name)
    _settle_redrive(sqs, arn, values)
    settled = attributes.defaults(fifo="FifoQueue" in values)
    attributes.apply(settled, values)
    kind = FifoQueue if "FifoQueue" in values else Queue
    queue = kind(
        arn=arn,
        tag=sqs.ids.tag(),
        attributes=settled,
        created_at=now,
        modified_at=now,
        clock=sqs.clock,
        events=sqs.events,
        dead_letter_queue=lambda: None,
        tags=dict(tags),
    )
    queue.dead_letter_queue = partial(_dead_letter_queue, sqs, queue)
    region.queues[name] = queue
    if sqs.events.listeners:
        sqs.events.tell(QueueCreated(now, arn))
    return queue


def _check_same(sqs: Sqs, queue: Queue, values: dict[str, Any]) -> None:
    """Only the attributes given are compared, with what the queue has now."""
    if values.get("RedrivePolicy") is not None:
        values["RedrivePolicy"] = read_redrive_policy(values["RedrivePolicy"])
    for name, value in values.items():
        if queue.attributes.get(name) != value:
            raise queue_name_exists(name)


def _settle_redrive(sqs: Sqs, source: Arn, values: dict[str, Any]) -> None:
    """Check a redrive policy among `values` and bring it into the form that is kept."""
    given = values.get("RedrivePolicy")
    if given is None:
        return
    policy = read_redrive_policy(given)
    if sqs.queue_at(target_arn(policy, source)) is None:
        raise target_does_not_exist(policy)
    values["RedrivePolicy"] = policy


def _dead_letter_queue(sqs: Sqs, queue: Queue) -> Queue | None:
    """Where `queue` sends what it cannot get processed; a queue that names itself keeps its messages."""
    arn = read_arn(queue.attributes["RedrivePolicy"]["deadLetterTargetArn"])
    target = None if arn is None else sqs.queue_at(arn)
    return None if target is queue else target


def _describe(queue: Queue, now: float) -> dict[str, str]:
    queue.settle(now)
    return attributes.write(queue.attributes) | {
        "ApproximateNumberOfMessages": str(len(queue.line)),
        "ApproximateNumberOfMessagesNotVisible": str(len(queue.in_flight)),
        "ApproximateNumberOfMessagesDelayed": str(len(queue.delayed)),
        "CreatedTimestamp": str(int(queue.created_at)),
        "LastModifiedTimestamp": str(int(queue.modified_at)),
        "QueueArn": str(queue.arn),
    }
