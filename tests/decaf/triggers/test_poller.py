"""A mapping receives its queue's messages in batches, deletes what the function processed, and leaves the rest."""

from __future__ import annotations

import json
import threading
from itertools import count
from typing import Any

import pytest

from decaf.base.clock import WorkWithoutEnd, give_way
from decaf.base.events import BatchFailed
from decaf.triggers import poller
from tests.decaf.sns.cloud import ACCOUNT
from tests.decaf.triggers.kitchen import REPORTING, Kitchen, failing, in_loop, raising

FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
DAY = 86_400


def letters(kitchen: Kitchen, most: int = 2, **attributes: str) -> None:
    """The queue orders, with a dead-letter queue."""
    policy = json.dumps({"deadLetterTargetArn": kitchen.queue("letters"), "maxReceiveCount": most})
    kitchen.queue("orders", RedrivePolicy=policy, **attributes)


# --- batches -------------------------------------------------------------------------------------------------


@in_loop
async def test_messages_sent_together_are_one_batch_and_are_deleted() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        ids = kitchen.send("latte", "tea", "mocha")
        await kitchen.settle()
        assert kitchen.batches == [["latte", "tea", "mocha"]]
        assert kitchen.counts() == (0, 0)
        (run,) = kitchen.runs(mapping)
        assert (run.outcome, list(run.deleted), run.kept) == ("succeeded", ids, ())


@in_loop
async def test_messages_that_wait_already_are_received() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.send("latte")
        kitchen.map()
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_a_batch_has_as_many_messages_as_it_may() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.send(*map(str, range(25)))
        kitchen.map()
        await kitchen.settle()
        assert sorted(map(len, kitchen.batches)) == [5, 10, 10]


@in_loop
async def test_an_event_has_the_records_as_they_were_received() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        size = {"size": {"DataType": "Number", "StringValue": "3"}}
        (message_id,) = kitchen.send("latte", MessageAttributes=size)
        await kitchen.settle()
        (record,) = kitchen.records
        assert record["messageId"] == message_id
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert record["messageAttributes"]["size"]["stringValue"] == "3"
        assert record["eventSourceARN"] == f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"


@in_loop
async def test_a_window_gathers_messages_until_it_ends() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map(MaximumBatchingWindowInSeconds=5)
        kitchen.send("latte")
        await kitchen.world.advance(3)
        kitchen.send("tea")
        await kitchen.world.advance(1.9)
        assert kitchen.batches == []
        await kitchen.world.advance(0.1)
        assert kitchen.batches == [["latte", "tea"]]


@in_loop
async def test_a_purge_does_not_reach_what_a_window_has_gathered() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map(MaximumBatchingWindowInSeconds=5)
        kitchen.send("latte")
        await kitchen.settle()
        kitchen.sqs("PurgeQueue", QueueUrl="orders")
        await kitchen.world.advance(5)
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_a_batch_that_is_full_does_not_wait_for_the_end_of_the_window() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map(MaximumBatchingWindowInSeconds=300, BatchSize=20)
        kitchen.send(*map(str, range(21)))
        await kitchen.settle()
        assert list(map(len, kitchen.batches)) == [20]
        await kitchen.world.advance(300)
        assert list(map(len, kitchen.batches)) == [20, 1]


@in_loop
async def test_a_batch_can_have_thousands_of_messages() -> None:
    async with Kitchen(max_history=0) as kitchen:
        kitchen.queue("orders")
        kitchen.map(MaximumBatchingWindowInSeconds=1, BatchSize=7_000)
        kitchen.send(*map(str, range(7_001)))
        await kitchen.settle()
        assert list(map(len, kitchen.batches)) == [7_000]


@in_loop
async def test_messages_of_a_window_stay_hidden_until_the_function_had_its_time() -> None:
    async with Kitchen(raising) as kitchen:
        kitchen.queue("orders", VisibilityTimeout="10")
        kitchen.map(MaximumBatchingWindowInSeconds=20)
        kitchen.send("latte")
        await kitchen.world.advance(20)
        assert kitchen.batches == [["latte"]]
        await kitchen.world.advance(32)  # the window, the timeout of 3 s and 30 s from the receive on
        assert kitchen.counts() == (0, 1)
        await kitchen.world.advance(1)
        assert kitchen.records[0]["attributes"]["ApproximateReceiveCount"] == "1"
        await kitchen.world.advance(20)
        assert kitchen.records[1]["attributes"]["ApproximateReceiveCount"] == "2"


@in_loop
async def test_an_event_stays_within_six_megabytes() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.send(*["x" * 1_000_000 for _ in range(8)])
        await kitchen.settle()
        assert sorted(map(len, kitchen.batches)) == [2, 6]


@in_loop
async def test_messages_beyond_what_is_processed_at_once_are_not_received() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.register(reserved_concurrency=0)  # so that both batches wait for the function
        kitchen.map(BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
        kitchen.send(*map(str, range(5)))
        await kitchen.settle()
        assert kitchen.counts() == (3, 2)
        kitchen.register()
        await kitchen.world.advance(1)
        assert sorted(kitchen.batches) == [["0"], ["1"], ["2"], ["3"], ["4"]]


# --- failures ------------------------------------------------------------------------------------------------


@in_loop
async def test_a_batch_that_failed_comes_back_when_its_visibility_timeout_ends() -> None:
    async with Kitchen(raising) as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        ids = kitchen.send("latte", "tea")
        await kitchen.settle()
        (run,) = kitchen.runs(mapping)
        assert (run.outcome, list(run.kept)) == ("failed", ids)
        assert "no milk" in f"{run.reason}"
        await kitchen.world.advance(29)
        assert (len(kitchen.batches), kitchen.counts()) == (1, (0, 2))
        kitchen.does = lambda records: None
        await kitchen.world.advance(1)
        assert kitchen.batches == [["latte", "tea"]] * 2
        assert [record["attributes"]["ApproximateReceiveCount"] for record in kitchen.records] == ["1", "1", "2", "2"]
        assert kitchen.counts() == (0, 0)


@in_loop
async def test_messages_that_fail_too_often_are_dead_lettered() -> None:
    async with Kitchen(raising) as kitchen:
        letters(kitchen, most=3)
        kitchen.map()
        kitchen.send("latte")
        await kitchen.world.advance(1000)
        assert len(kitchen.batches) == 3
        assert (kitchen.counts(), kitchen.counts("letters")) == ((0, 0), (1, 0))


@in_loop
async def test_reported_messages_stay_and_the_others_are_deleted() -> None:
    async with Kitchen(failing("tea")) as kitchen:
        letters(kitchen)
        mapping = kitchen.map(**REPORTING)
        kitchen.send("latte", "tea", "mocha")
        await kitchen.settle()
        assert kitchen.counts() == (0, 1)
        assert [run.outcome for run in kitchen.runs(mapping)] == ["partly_failed"]
        await kitchen.world.advance(1000)
        assert kitchen.batches == [["latte", "tea", "mocha"], ["tea"]]
        assert [message["Body"] for message in kitchen.received("letters")] == ["tea"]


@in_loop
async def test_a_report_means_nothing_where_the_mapping_does_not_ask_for_it() -> None:
    async with Kitchen(failing("latte", "tea")) as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.send("latte", "tea")
        await kitchen.settle()
        assert kitchen.counts() == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"id": "x"}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": "all"},
        ["latte"],
    ],
)
@in_loop
async def test_a_report_that_cannot_be_read_fails_the_whole_batch(answer: Any) -> None:
    async with Kitchen(lambda records: answer) as kitchen:
        letters(kitchen)
        mapping = kitchen.map(**REPORTING)
        kitchen.send("latte", "tea")
        await kitchen.settle()
        assert kitchen.counts() == (0, 2)
        assert kitchen.runs(mapping)[0].outcome == "failed"
        await kitchen.world.advance(1000)
        assert kitchen.counts("letters") == (2, 0)


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
@in_loop
async def test_an_answer_without_failures_is_a_complete_success(answer: Any) -> None:
    async with Kitchen(lambda records: answer) as kitchen:
        kitchen.queue("orders")
        kitchen.map(**REPORTING)
        kitchen.send("latte", "tea")
        await kitchen.settle()
        assert kitchen.counts() == (0, 0)


@in_loop
async def test_a_function_that_is_throttled_gets_the_same_batch_again_later() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.register(reserved_concurrency=0)
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.world.advance(2.9)
        assert [(run.outcome, run.attempts) for run in kitchen.runs(mapping)] == [("running", 2)]
        kitchen.register()
        await kitchen.world.advance(0.1)
        assert kitchen.batches == [["latte"]]
        assert kitchen.records[0]["attributes"]["ApproximateReceiveCount"] == "1"
        assert [(run.outcome, run.attempts) for run in kitchen.runs(mapping)] == [("succeeded", 3)]


@in_loop
async def test_a_batch_of_a_throttled_function_is_let_go_before_its_messages_are_visible() -> None:
    async with Kitchen() as kitchen:
        letters(kitchen, most=1)
        kitchen.register(reserved_concurrency=0)
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.world.advance(29)
        assert [(run.outcome, run.attempts) for run in kitchen.runs(mapping)] == [("not_invoked", 5)]
        await kitchen.world.advance(1)
        assert (kitchen.batches, kitchen.counts("letters")) == ([], (1, 0))


@in_loop
async def test_a_mapping_that_is_disabled_lets_go_of_the_batch_of_a_throttled_function() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.register(reserved_concurrency=0)
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.settle()
        kitchen.change(mapping, Enabled=False)
        assert [run.outcome for run in kitchen.runs(mapping)] == ["not_invoked"]
        await kitchen.world.advance(30)
        assert (kitchen.batches, kitchen.counts()) == ([], (1, 0))


@in_loop
async def test_a_batch_is_complete_when_a_smaller_size_is_set() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map(MaximumBatchingWindowInSeconds=300)
        kitchen.send("1", "2", "3")
        await kitchen.settle()
        kitchen.change(mapping, BatchSize=2)
        await kitchen.settle()
        assert kitchen.batches == [["1", "2", "3"]]


@in_loop
async def test_a_function_that_takes_too_long_has_failed() -> None:
    async with Kitchen(clock_patience=0.05) as kitchen:
        ended = threading.Event()
        kitchen.does = lambda records: ended.wait()
        kitchen.queue("orders")
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.world.advance(3)
        ended.set()
        (run,) = kitchen.runs(mapping)
        assert (run.outcome, run.reason, run.duration) == ("failed", "Task timed out after 3.00 seconds", 3.0)
        assert kitchen.counts() == (0, 1)


@in_loop
async def test_messages_that_a_function_makes_visible_at_once_are_received_a_second_later() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")

        def give_back(records: list[dict[str, Any]]) -> Any:
            handle = records[0]["receiptHandle"]
            kitchen.call("ChangeMessageVisibility", QueueUrl="orders", ReceiptHandle=handle, VisibilityTimeout=0)
            return {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}

        kitchen.does = give_back
        kitchen.map(**REPORTING)
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]
        await kitchen.world.advance(1)
        assert kitchen.batches == [["latte"]] * 2


@in_loop
async def test_a_queue_without_visibility_timeout_hides_messages_for_a_second() -> None:
    async with Kitchen(raising) as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.sqs("SetQueueAttributes", QueueUrl="orders", Attributes={"VisibilityTimeout": "0"})
        kitchen.send("latte")
        await kitchen.world.advance(3)
        assert len(kitchen.batches) == 4


@in_loop
async def test_a_function_may_delete_its_messages_itself() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")

        def delete(records: list[dict[str, Any]]) -> None:
            for record in records:
                kitchen.call("DeleteMessage", QueueUrl="orders", ReceiptHandle=record["receiptHandle"])

        kitchen.does = delete
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.counts() == (0, 0)
        assert kitchen.runs(mapping)[0].outcome == "succeeded"


# --- filters -------------------------------------------------------------------------------------------------


@in_loop
async def test_messages_that_match_no_filter_are_deleted_and_do_not_count() -> None:
    async with Kitchen() as kitchen:
        letters(kitchen)
        pattern = json.dumps({"body": {"kind": ["hot"]}})
        kitchen.map(FilterCriteria={"Filters": [{"Pattern": pattern}]}, BatchSize=2)
        bodies = [json.dumps({"kind": kind, "number": n}) for n in range(2) for kind in ("hot", "cold")]
        kitchen.send(*bodies, "no json")
        await kitchen.settle()
        assert kitchen.batches == [[bodies[0], bodies[2]]]
        assert (kitchen.counts(), kitchen.counts("letters")) == ((0, 0), (0, 0))


@in_loop
async def test_a_queue_of_which_nothing_passes_is_emptied() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.send(*map(str, range(30)))
        kitchen.map(FilterCriteria={"Filters": [{"Pattern": '{"body":{"kind":["hot"]}}'}]})
        await kitchen.settle()
        assert (kitchen.batches, kitchen.counts()) == ([], (0, 0))


# --- FIFO ----------------------------------------------------------------------------------------------------


def ordered(kitchen: Kitchen, group: str, *bodies: str) -> None:
    kitchen.send(*bodies, queue="orders.fifo", MessageGroupId=group)


@in_loop
async def test_a_fifo_batch_has_the_order_of_its_groups() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders.fifo", **FIFO)
        kitchen.map("orders.fifo")
        ordered(kitchen, "a", "a1", "a2")
        ordered(kitchen, "b", "b1")
        await kitchen.settle()
        assert [body for batch in kitchen.batches for body in batch] == ["a1", "a2", "b1"]
        attributes = kitchen.records[0]["attributes"]
        assert {"MessageGroupId", "SequenceNumber", "MessageDeduplicationId"} <= attributes.keys()


@in_loop
async def test_a_group_waits_while_one_of_its_messages_failed() -> None:
    async with Kitchen(failing("a2", "a3")) as kitchen:
        kitchen.queue("orders.fifo", **FIFO)
        mapping = kitchen.map("orders.fifo", **REPORTING)
        ordered(kitchen, "a", "a1", "a2", "a3")
        await kitchen.settle()
        ordered(kitchen, "a", "a4")
        ordered(kitchen, "b", "b1")
        await kitchen.settle()
        assert kitchen.batches == [["a1", "a2", "a3"], ["b1"]]
        kitchen.does = failing()
        await kitchen.world.advance(30)
        assert kitchen.batches[2:] == [["a2", "a3", "a4"]]
        assert all(run.warning is None for run in kitchen.runs(mapping))


@in_loop
async def test_a_later_message_of_a_group_is_deleted_though_an_earlier_one_stays_and_that_is_warned_of() -> None:
    async with Kitchen(failing("a1")) as kitchen:
        kitchen.queue("orders.fifo", **FIFO)
        mapping = kitchen.map("orders.fifo", **REPORTING)
        ordered(kitchen, "a", "a1", "a2")
        await kitchen.settle()
        assert kitchen.counts("orders.fifo") == (0, 1)
        (run,) = kitchen.runs(mapping)
        assert run.warning == "a message of group a was deleted while an earlier one is kept"


@in_loop
async def test_a_failed_group_reaches_the_dead_letter_queue_in_order() -> None:
    async with Kitchen(raising) as kitchen:
        target = kitchen.queue("letters.fifo", **FIFO)
        policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 2})
        kitchen.queue("orders.fifo", RedrivePolicy=policy, **FIFO)
        kitchen.map("orders.fifo")
        ordered(kitchen, "a", "a1", "a2")
        await kitchen.world.advance(1000)
        assert [message["Body"] for message in kitchen.received("letters.fifo")] == ["a1", "a2"]


@in_loop
async def test_a_group_that_is_processed_gets_no_second_batch_meanwhile() -> None:
    async with Kitchen() as kitchen:
        running: list[str] = []
        together: list[tuple[str, ...]] = []

        def note(records: list[dict[str, Any]]) -> None:
            groups = {record["attributes"]["MessageGroupId"] for record in records}
            together.append((*running, *groups))
            running.extend(groups)
            for group in groups:
                running.remove(group)

        kitchen.does = note
        kitchen.queue("orders.fifo", **FIFO)
        kitchen.map("orders.fifo", BatchSize=1)
        for number in range(8):
            ordered(kitchen, "ab"[number % 2], f"{'ab'[number % 2]}{number}")
        await kitchen.settle()
        assert all(len(set(groups)) == len(groups) for groups in together)
        for group in "ab":
            bodies = [body for (body,) in kitchen.batches if body.startswith(group)]
            assert bodies == sorted(bodies)


# --- beginning and end ---------------------------------------------------------------------------------------


@in_loop
async def test_a_disabled_mapping_receives_nothing_and_goes_on_when_it_is_enabled() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map(Enabled=False)
        kitchen.send("latte")
        await kitchen.world.advance(DAY)
        assert (kitchen.batches, kitchen.counts()) == ([], (1, 0))
        kitchen.change(mapping, Enabled=True)
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]
        assert kitchen.records[0]["attributes"]["ApproximateReceiveCount"] == "1"


@in_loop
async def test_messages_of_a_window_that_is_given_up_were_never_received() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map(MaximumBatchingWindowInSeconds=5)
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.counts() == (0, 1)
        kitchen.world.triggers.delete(mapping)
        assert kitchen.counts() == (1, 0)
        (message,) = kitchen.received("orders")
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"


@in_loop
async def test_nothing_waits_at_the_queue_once_its_mapping_is_gone() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        await kitchen.settle()
        (queue,) = kitchen.world.queues()
        assert len(queue.waiters) == 1
        kitchen.world.triggers.delete(mapping)
        await give_way()
        assert not queue.waiters


@in_loop
async def test_a_client_that_waits_longer_gets_the_message() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        poll = kitchen.sqs("ReceiveMessage", QueueUrl="orders", WaitTimeSeconds=20)
        kitchen.map()
        await kitchen.settle()
        kitchen.send("latte", "tea")
        await kitchen.settle()
        assert [message["Body"] for message in (await poll)["Messages"]] == ["latte"]
        assert kitchen.batches == [["tea"]]


@in_loop
async def test_a_mapping_without_room_lets_others_receive() -> None:
    async with Kitchen(raising) as kitchen:
        kitchen.queue("orders")
        kitchen.register(reserved_concurrency=0)
        kitchen.map(BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
        kitchen.send("1", "2")
        await kitchen.settle()
        poll = kitchen.sqs("ReceiveMessage", QueueUrl="orders", WaitTimeSeconds=20)
        kitchen.send("3")
        assert [message["Body"] for message in (await poll)["Messages"]] == ["3"]


@in_loop
async def test_a_deleted_queue_is_a_problem_until_it_is_there_again() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        kitchen.sqs("DeleteQueue", QueueUrl="orders")
        await kitchen.settle()
        assert mapping.problem == "the queue does not exist"
        await kitchen.world.advance(60)
        kitchen.queue("orders")
        kitchen.send("latte")
        await kitchen.settle()
        assert (mapping.problem, kitchen.batches) == ("", [["latte"]])


@in_loop
async def test_a_removed_function_is_a_problem_until_it_is_there_again() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        kitchen.world.functions.forget("brew")
        kitchen.send("latte")
        await kitchen.world.advance(DAY)
        assert (mapping.problem, kitchen.counts()) == ("the function does not exist", (1, 0))
        kitchen.register()
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_a_purge_while_a_batch_is_processed_leaves_an_empty_queue() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.does = lambda records: kitchen.call("PurgeQueue", QueueUrl="orders")
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.settle()
        assert (kitchen.counts(), kitchen.runs(mapping)[0].outcome) == ((0, 0), "succeeded")


@in_loop
async def test_deleting_the_queue_while_a_batch_is_processed_ends_the_batch() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.does = lambda records: kitchen.call("DeleteQueue", QueueUrl="orders")
        mapping = kitchen.map()
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.runs(mapping)[0].outcome == "succeeded"
        assert mapping.problem == "the queue does not exist"


@in_loop
async def test_two_mappings_of_a_queue_compete_for_its_messages() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map(BatchSize=1)
        kitchen.world.triggers.create(
            ACCOUNT,
            f"{BREW_OF_OTHERS}",
            {"EventSourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", "BatchSize": 1},
            kitchen.world.clock.now(),
        )
        kitchen.send(*map(str, range(6)))
        await kitchen.settle()
        assert sorted(body for (body,) in kitchen.batches) == list("012345")


BREW_OF_OTHERS = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:brew:live"


# --- loops ---------------------------------------------------------------------------------------------------


@in_loop
async def test_a_message_that_too_many_functions_led_to_is_passed_to_none() -> None:
    """AWS Lambda Developer Guide, "Use Lambda recursive loop detection": about 16 times, as the trace header counts."""

    def traced(count: int) -> dict[str, Any]:
        header = {"DataType": "String", "StringValue": f"Root=1-5759e988-bd862e3fe1be46a994272793;Decaf={count}"}
        return {"MessageSystemAttributes": {"AWSTraceHeader": header}}

    async with Kitchen() as kitchen:
        letters(kitchen, most=1)
        kitchen.map()
        kitchen.send("the sixteenth", **traced(15))
        kitchen.send("the next", **traced(16))
        await kitchen.settle()
        assert kitchen.batches == [["the sixteenth"]]
        assert kitchen.counts() == (0, 1)
        await kitchen.world.advance(30)
        assert kitchen.counts("letters") == (1, 0)


@in_loop
async def test_the_clock_does_not_wait_without_end_for_a_function_that_feeds_its_own_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("decaf.world.LONGEST_WORK", 0.2)
    async with Kitchen(lambda _: kitchen.call("SendMessage", QueueUrl="orders", MessageBody="again")) as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        kitchen.send("again")
        with pytest.raises(WorkWithoutEnd, match="sends to its own queue"):
            await kitchen.world.advance(60)
        kitchen.change(mapping, Enabled=False)
        await kitchen.world.advance(60)
        assert kitchen.counts()[0] == 1


@in_loop
async def test_slow_filters_leave_the_event_loop_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.send(*(f'{{"kind":"{kind}"}}' for kind in ("hot", "cold") * 15))
        times = count()
        monkeypatch.setattr(poller, "seconds", lambda: next(times))  # each message takes a second
        kitchen.map(FilterCriteria={"Filters": [{"Pattern": '{"body":{"kind":["hot"]}}'}]})
        left = []
        while kitchen.counts()[0]:
            left.append(kitchen.counts()[0])
            await give_way()
        assert left[-3:] == [3, 2, 1]
        await kitchen.settle()
        assert sorted(map(len, kitchen.batches)) == [5, 10]


# --- errors of Decaf's own ----------------------------------------------------------------------------------


@in_loop
async def test_an_internal_error_ends_the_run_and_the_messages_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no pipe")

    async with Kitchen() as kitchen:
        monkeypatch.setattr(kitchen.world.runner, "invoke", fail)
        kitchen.queue("orders")
        mapping, seen = kitchen.map(), kitchen.listen()
        ids = kitchen.send("latte")
        await kitchen.settle()
        (run,) = kitchen.runs(mapping)
        assert (run.outcome, list(run.kept), run.reason) == ("failed", ids, "internal error: RuntimeError: no pipe")
        assert kitchen.counts() == (0, 1)
        (failed,) = [event for event in seen if isinstance(event, BatchFailed)]
        assert list(failed.subject.message_ids) == ids
