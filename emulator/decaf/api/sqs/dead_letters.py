"""Dead-letter queues: which queue a redrive policy may name, and which queues name a given one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from decaf.api.sqs.paging import page
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn, read_arn
from decaf.sqs.queue import Queue
from decaf.sqs.redrive import allows, refused, target_arn
from decaf_protocol import Call, Result


def list_dead_letter_source_queues(sqs: Sqs, call: Call, now: float) -> Result:
    sources = {source.name: source for source in sources_of(sqs, sqs.queue(call).arn)}
    listed, more = page(sorted(sources), call.params, sqs.settings.max_page)
    return {"queueUrls": [sqs.url(sources[name], call) for name in listed], **more}


def sources_of(sqs: Sqs, target: Arn) -> Iterator[Queue]:
    """Iterate over the queues that name `target` as their dead-letter queue."""
    for queue in sqs.store.region(target.account, target.region).queues.values():
        policy = queue.attributes.get("RedrivePolicy")
        if policy is not None and policy["deadLetterTargetArn"] == str(target):
            yield queue


def check_target(sqs: Sqs, source: Arn, values: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Raises InvalidParameterValue if a redrive policy among `values` names no queue that `source` may name.

    `given` has the same attributes as the client's texts.
    """
    policy = values.get("RedrivePolicy")
    if policy is None:
        return
    text = given["RedrivePolicy"]
    target = sqs.queue_at(target_arn(policy, text, source))
    if target is None:
        raise refused(text, "Dead letter target does not exist.")
    if not allows(target.attributes.get("RedriveAllowPolicy"), source):
        raise refused(text, "The redrive allow policy of the dead-letter queue does not allow this source queue.")


def dead_letter_queue(sqs: Sqs, queue: Queue) -> Queue | None:
    """Returns the queue for messages of `queue` that are never processed; None if there is none, or it is the same."""
    arn = read_arn(queue.attributes["RedrivePolicy"]["deadLetterTargetArn"])
    target = None if arn is None else sqs.queue_at(arn)
    return None if target is queue else target
