"""The operations of SQS, by AWS's names. Those of the model that this table lacks are refused as not implemented.

Each takes the service, the call and the time (epoch seconds), and returns the result, or an
awaitable of it where it has to wait.
"""

from __future__ import annotations

from decaf.api.sqs import acknowledging, dead_letters, move_tasks, permissions, queues, receiving, sending, tagging
from decaf.api.sqs.service import Operation, Sqs

OPERATIONS: dict[str, Operation] = {
    "AddPermission": permissions.add_permission,
    "CancelMessageMoveTask": move_tasks.cancel_message_move_task,
    "ChangeMessageVisibility": acknowledging.change_message_visibility,
    "ChangeMessageVisibilityBatch": acknowledging.change_message_visibility_batch,
    "CreateQueue": queues.create_queue,
    "DeleteMessage": acknowledging.delete_message,
    "DeleteMessageBatch": acknowledging.delete_message_batch,
    "DeleteQueue": queues.delete_queue,
    "GetQueueAttributes": queues.get_queue_attributes,
    "GetQueueUrl": queues.get_queue_url,
    "ListDeadLetterSourceQueues": dead_letters.list_dead_letter_source_queues,
    "ListMessageMoveTasks": move_tasks.list_message_move_tasks,
    "ListQueueTags": tagging.list_queue_tags,
    "ListQueues": queues.list_queues,
    "PurgeQueue": queues.purge_queue,
    "ReceiveMessage": receiving.receive_message,
    "RemovePermission": permissions.remove_permission,
    "SendMessage": sending.send_message,
    "SendMessageBatch": sending.send_message_batch,
    "SetQueueAttributes": queues.set_queue_attributes,
    "StartMessageMoveTask": move_tasks.start_message_move_task,
    "TagQueue": tagging.tag_queue,
    "UntagQueue": tagging.untag_queue,
}

__all__ = ["OPERATIONS", "Sqs"]
