"""Message move tasks: starting, cancelling and listing them.

Source: the SQS API Reference, StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks.
"""

from __future__ import annotations

from decaf.api.sqs.dead_letters import sources_of
from decaf.api.sqs.service import Sqs
from decaf.base.arn import Arn, read_arn
from decaf.sqs.errors import invalid_value, move_task_does_not_exist, resource_not_found
from decaf.sqs.move_task import MoveTask, Status, read_handle
from decaf.sqs.queue import Queue
from decaf_protocol import AWSError, Call, Params, Result

MAX_LISTED = 10  # also the most that are remembered
_FORM = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"


def start_message_move_task(sqs: Sqs, call: Call, now: float) -> Result:
    params = call.params
    source = _queue(sqs, call, params["SourceArn"], "SourceArn")
    destination = None
    if "DestinationArn" in params:
        destination = _queue(sqs, call, params["DestinationArn"], "DestinationArn")
        _check_destination(source, destination)
    rate = _rate(params, sqs.settings.max_move_rate)
    # StartMessageMoveTask: the source must be a dead-letter queue
    if next(sources_of(sqs, source.arn), None) is None:
        raise invalid_value("Source queue must be configured as a Dead Letter Queue.")
    tasks = _tasks(sqs, source.arn)
    _check_room(sqs, source.arn, tasks)
    task = MoveTask(
        id=sqs.ids.uuid(),
        source=source,
        destination=None if destination is None else destination.arn,
        rate=rate or sqs.settings.max_move_rate,
        limited=rate is not None,
        started_at=now,
        longest=sqs.settings.max_move_time,
        ids=sqs.ids,
        find_queue=sqs.queue_at,
        clock=sqs.clock,
    )
    task.begin()
    tasks.insert(0, task)
    del tasks[MAX_LISTED:]
    return {"TaskHandle": task.handle}


def cancel_message_move_task(sqs: Sqs, call: Call, now: float) -> Result:
    named = read_handle(call.params["TaskHandle"])
    if named is None:
        raise invalid_value("Value for parameter TaskHandle is invalid.")
    source_arn, task_id = named
    source = _queue(sqs, call, source_arn, "SourceArn")
    task = next((task for task in _tasks(sqs, source.arn) if task.id == task_id), None)
    if task is None:
        raise move_task_does_not_exist()
    if task.status is not Status.RUNNING:
        raise invalid_value("Only active tasks can be cancelled.")
    task.cancel()
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def list_message_move_tasks(sqs: Sqs, call: Call, now: float) -> Result:
    source = _queue(sqs, call, call.params["SourceArn"], "SourceArn")
    most: int = call.params.get("MaxResults", 1)
    if not 1 <= most <= MAX_LISTED:
        raise _not_between("MaxResults", MAX_LISTED)
    return {"Results": [_describe(task) for task in _tasks(sqs, source.arn)[:most]]}


def _describe(task: MoveTask) -> Result:
    described: Result = {
        "Status": task.status.value,
        "SourceArn": str(task.source.arn),
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": int(task.started_at * 1000),
    }
    if task.status is Status.RUNNING:
        described["TaskHandle"] = task.handle
    if task.destination is not None:
        described["DestinationArn"] = str(task.destination)
    if task.limited:
        described["MaxNumberOfMessagesPerSecond"] = task.rate
    if task.failure is not None:
        described["FailureReason"] = task.failure
    return described


def _queue(sqs: Sqs, call: Call, text: str, parameter: str) -> Queue:
    """Returns the queue that an ARN names, in the region of the call."""
    arn = read_arn(text)
    if arn is None or arn.service != "sqs":
        raise invalid_value(f"You must use this format to specify the {parameter}: {_FORM}")
    queue = sqs.queue_at(arn) if arn.region == (call.region or sqs.settings.region) else None
    if queue is None:
        raise resource_not_found(parameter)
    return queue


def _check_destination(source: Queue, destination: Queue) -> None:
    if source is destination:
        raise invalid_value("Source queue arn and destination queue arn cannot be the same.")
    if source.is_fifo != destination.is_fifo:
        raise invalid_value("The source queue and destination queue must be of the same queue type.")


def _rate(params: Params, most: int) -> int | None:
    rate: int | None = params.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= most:
        raise _not_between("MaxNumberOfMessagesPerSecond", most)
    return rate


def _not_between(parameter: str, most: int) -> AWSError:
    return invalid_value(
        f"Value for parameter {parameter} is invalid. Reason: You must enter a number that's between 1 and {most}."
    )


def _tasks(sqs: Sqs, source: Arn) -> list[MoveTask]:
    """Returns the tasks of a source queue, the latest first."""
    region = sqs.store.region(source.account, source.region)
    return region.move_tasks.setdefault(source.resource, [])


def _check_room(sqs: Sqs, source: Arn, tasks: list[MoveTask]) -> None:
    if any(task.active for task in tasks):  # StartMessageMoveTask: one active task for each source
        raise invalid_value(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    others = sqs.store.region(source.account, source.region).move_tasks.values()
    most = sqs.settings.max_move_tasks
    # Developer Guide, quotas: 100 active tasks in an account
    if sum(task.active for tasks in others for task in tasks) >= most:
        raise invalid_value(f"Only {most} active tasks are allowed for an account at a given time.")
