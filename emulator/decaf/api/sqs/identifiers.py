"""The ids of a message that is sent: its group's, and the one for its deduplication.

Rule: a FIFO queue needs both, though it can derive the second from the body. A standard queue takes a group's id, for
fair sharing of its consumers, and none for deduplication.
Source: the SQS API Reference, SendMessage and SendMessageBatch.
"""

from __future__ import annotations

from collections.abc import Sequence

from decaf.base.deduplication import content_based_id
from decaf.sqs import content
from decaf.sqs.errors import invalid_value, missing_parameter, no_deduplication_id, not_for_this_queue_type
from decaf.sqs.queue import Queue
from decaf_protocol import Params


def read_ids(queue: Queue, params: Params) -> tuple[str | None, str | None]:
    """Returns the group id and the deduplication id of a message to `queue`.

    Raises MissingParameter or InvalidParameterValue when one is missing, not for this queue, or malformed.
    """
    group_id, deduplication_id = params.get("MessageGroupId"), params.get("MessageDeduplicationId")
    if group_id is not None:
        content.check_id(group_id, "MessageGroupId")
    elif queue.is_fifo:
        raise missing_parameter("MessageGroupId")
    if not queue.is_fifo:
        if deduplication_id is not None:
            raise not_for_this_queue_type(deduplication_id, "MessageDeduplicationId")
    elif deduplication_id is not None:
        content.check_id(deduplication_id, "MessageDeduplicationId")
    elif queue.attributes["ContentBasedDeduplication"]:
        deduplication_id = content_based_id(params["MessageBody"])
    else:
        raise no_deduplication_id()
    return group_id, deduplication_id


def check_ids_are_there(queue: Queue, entries: Sequence[Params]) -> None:
    """Raises InvalidParameterValue, for the whole batch, when an entry lacks an id that `queue` needs."""
    if not queue.is_fifo:
        return
    for entry in entries:
        if "MessageGroupId" not in entry:
            # not MissingParameter, as for a single message (reported answer)
            raise invalid_value(missing_parameter("MessageGroupId").message)
        if "MessageDeduplicationId" not in entry and not queue.attributes["ContentBasedDeduplication"]:
            raise no_deduplication_id()
