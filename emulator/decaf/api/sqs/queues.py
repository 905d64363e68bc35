"""Queues: creating, finding, listing, describing, changing, purging and deleting them."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from decaf.api.sqs import changing
from decaf.api.sqs.dead_letters import check_target, dead_letter_queue
from decaf.api.sqs.paging import page
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn
from decaf.base.events import QueueCreated
from decaf.base.slices import freeing
from decaf.sqs import attributes
from decaf.sqs.errors import (
    invalid_attribute_name,
    invalid_value,
    purge_in_progress,
    queue_deleted_recently,
    queue_does_not_exist,
    queue_name_exists,
    queue_of_other_account_does_not_exist,
)
from decaf.sqs.fifo import FifoQueue
from decaf.sqs.queue import Queue
from decaf.sqs.tags import check_tags
from decaf.store import REGION_STATE, Region
from decaf_protocol import Call, Result

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo")


def create_queue(sqs: Sqs, call: Call, now: float) -> Result:
    region = sqs.region(call)
    name: str = call.params["QueueName"]
    given: dict[str, str] = call.params.get("Attributes", {})
    fifo = given.get("FifoQueue", "").lower() == "true"
    values = attributes.read_new(given, fifo or name.endswith(".fifo"), sqs.settable)
    _check_name(name, fifo)
    tags: dict[str, str] = call.params.get("tags", {})
    queue = region.queues.get(name)
    if queue is None or changing.is_going(region, name):
        check_target(sqs, region.queue_arn(name), values, given)
        queue = _create(sqs, region, name, values, tags, now)
    # CreateQueue: the same attributes return the queue; only given ones are compared (recorded answer)
    elif (difference := attributes.first_difference(values, queue.attributes)) is not None:
        raise queue_name_exists(difference)
    elif tags and tags != queue.tags:  # as users of AWS report, and a client library of AWS works around
        raise queue_name_exists("tags")
    return {"QueueUrl": sqs.url(queue, call)}


def get_queue_url(sqs: Sqs, call: Call, now: float) -> Result:
    account = call.params.get("QueueOwnerAWSAccountId") or call.account
    region = call.region or sqs.settings.region
    queue = sqs.store.find_queue(account, region, call.params["QueueName"])
    if queue is None:
        raise queue_does_not_exist() if account == call.account else queue_of_other_account_does_not_exist()
    return {"QueueUrl": sqs.url(queue, call)}


def list_queues(sqs: Sqs, call: Call, now: float) -> Result:
    prefix = call.params.get("QueueNamePrefix")
    region = sqs.region(call)
    names = region.queue_names()
    if prefix:
        names = [name for name in names if name.startswith(prefix)]
    listed, more = page(names, call.params, sqs.settings.max_page)
    beginning = sqs.urls(region, call)
    return {"QueueUrls": [beginning + name for name in listed], **more}


def delete_queue(sqs: Sqs, call: Call, now: float) -> Result:
    changing.delete(sqs, sqs.queue(call), now)
    return {}


def get_queue_attributes(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    names = call.params.get("AttributeNames", [])
    for name in names:
        if name not in attributes.NAMES:
            raise invalid_attribute_name(name)
    described = _describe(queue, now) if names else {}  # GetQueueAttributes: without names there is no attribute
    if "All" not in names:
        described = {name: described[name] for name in names if name in described}
    return {"Attributes": described}


def set_queue_attributes(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    given: dict[str, str] = call.params["Attributes"]
    values = attributes.read_changes(given, queue.latest_attributes(), sqs.settable)
    check_target(sqs, queue.arn, values, given)
    changing.change_attributes(sqs, queue, values, now)
    return {}


def purge_queue(sqs: Sqs, call: Call, now: float) -> Result:
    queue = sqs.queue(call)
    cooldown = sqs.store.profiles.of(queue.arn.account).cooldown(sqs.settings.purge_cooldown)
    # PurgeQueue: once in 60 seconds
    if queue.purged_at is not None and now < queue.purged_at + cooldown:
        raise purge_in_progress(queue.name, cooldown)
    sqs.freed.run(freeing(queue.purge(now)), queue.arn.account)
    return {}


def _check_name(name: str, fifo: bool) -> None:
    if not name:
        raise invalid_value("Queue name cannot be empty")
    if fifo and not _FIFO_NAME.fullmatch(name):
        raise invalid_value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not fifo and not _NAME.fullmatch(name):
        raise invalid_value("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def _create(sqs: Sqs, region: Region, name: str, values: dict[str, Any], tags: dict[str, str], now: float) -> Queue:
    cooldown = sqs.store.profiles.of(region.account).cooldown(sqs.settings.recreate_cooldown)
    # CreateQueue: QueueDeletedRecently, 60 seconds after DeleteQueue
    if name in region.deleted_queues and now < region.deleted_queues[name] + cooldown:
        raise queue_deleted_recently(cooldown)
    check_tags(tags, {}, name, sqs.settings.max_tags)
    arn = region.queue_arn(name)
    settled = attributes.defaults("FifoQueue" in values) | {"MaximumMessageSize": sqs.settings.max_message_size}
    attributes.apply(settled, values)
    queue = make_queue(sqs, arn, sqs.ids.tag(), settled, now)
    queue.tags.update(tags)
    region.queues[name] = queue
    if region.deleted_queues.pop(name, None) is not None:
        sqs.events.mark_dirty(REGION_STATE, region)
    if sqs.events.listeners:
        sqs.events.emit(QueueCreated(now, arn))
    return queue


def make_queue(sqs: Sqs, arn: Arn, tag: bytes, values: dict[str, Any], now: float) -> Queue:
    """Returns an empty queue with all the attribute values `values`; `tag` (8 bytes) marks its receipt handles."""
    kind = FifoQueue if "FifoQueue" in values else Queue
    queue = kind(arn, tag, values, now, now, sqs.clock, sqs.events, lambda: None, memory_limit=sqs.memory_limit)
    queue.long_work = sqs.held
    queue.dead_letter_queue = partial(dead_letter_queue, sqs, queue)
    sqs.spread(queue)
    return queue


def _describe(queue: Queue, now: float) -> dict[str, str]:
    queue.settle(now)
    exact = len(queue.visible), len(queue.in_flight), len(queue.delayed)
    visible, in_flight, delayed = exact if queue.servers is None else queue.servers.counts(now)
    return attributes.write(queue.attributes) | {
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(in_flight),
        "ApproximateNumberOfMessagesDelayed": str(delayed),
        "CreatedTimestamp": str(int(queue.created_at)),
        "LastModifiedTimestamp": str(int(queue.modified_at)),
        "QueueArn": str(queue.arn),
    }
