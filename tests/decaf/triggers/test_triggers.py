"""Mappings are created, changed and deleted as on AWS, and they outlive a restore and a restart."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.base.clock import Clock
from decaf.functions.function import Function
from decaf.functions.mapping import EventSourceMapping
from decaf.world import World
from decaf_protocol import AWSError
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud
from tests.decaf.triggers.kitchen import BREW, Kitchen, in_loop

ORDERS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
OTHER = "222222222222"


def refusal(kitchen: Kitchen, function: str = BREW, **params: Any) -> tuple[str, str]:
    with pytest.raises(AWSError) as error:
        kitchen.world.triggers.create(ACCOUNT, function, params, 0.0)
    return error.value.shape, error.value.message


def created() -> tuple[Kitchen, EventSourceMapping]:
    kitchen = Kitchen()
    kitchen.queue("orders")
    return kitchen, kitchen.map()


@pytest.mark.parametrize("arn", [None, "", "orders", "arn:aws:kinesis:us-east-1:111111111111:stream/orders"])
def test_a_source_that_is_no_queue_is_not_recognized(arn: Any) -> None:
    assert refusal(Kitchen(), EventSourceArn=arn) == ("InvalidParameterValueException", "Unrecognized event source.")


def test_the_queue_has_to_exist() -> None:
    shape, text = refusal(Kitchen(), EventSourceArn=ORDERS)
    assert shape == "InvalidParameterValueException"
    assert text == (
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )


def test_the_function_has_to_exist() -> None:
    kitchen, _ = created()
    unknown = BREW.replace("brew", "grind")
    assert refusal(kitchen, unknown, EventSourceArn=ORDERS)[1] == "Function does not exist"


def test_queue_and_function_are_in_one_region() -> None:
    kitchen, _ = created()
    abroad = BREW.replace("us-east-1", "eu-west-1")
    assert "they must be in one" in refusal(kitchen, abroad, EventSourceArn=ORDERS)[1]


def test_a_function_may_not_take_longer_than_its_messages_stay_hidden() -> None:
    kitchen = Kitchen()
    kitchen.queue("orders", VisibilityTimeout="2")
    text = "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds"
    assert refusal(kitchen, EventSourceArn=ORDERS) == ("InvalidParameterValueException", text)


def test_a_queue_is_mapped_to_a_function_once() -> None:
    kitchen, mapping = created()
    assert refusal(kitchen, EventSourceArn=ORDERS) == (
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {ORDERS} ") and function (" brew ") already exists. '
        f"Please update or delete the existing mapping with UUID {mapping.uuid}",
    )


def test_a_queue_of_another_account_can_be_mapped() -> None:
    kitchen = Kitchen()
    kitchen.queue("orders", OTHER)
    mapping = kitchen.world.triggers.create(ACCOUNT, BREW, {"EventSourceArn": ORDERS.replace(ACCOUNT, OTHER)}, 0.0)
    assert (mapping.account, mapping.queue.account) == (ACCOUNT, OTHER)


def test_a_mapping_is_found_by_its_uuid_in_its_account_and_region() -> None:
    kitchen, mapping = created()
    triggers = kitchen.world.triggers
    assert triggers.find(mapping.uuid, ACCOUNT, "us-east-1") is mapping
    for account, region in ((OTHER, "us-east-1"), (ACCOUNT, "eu-west-1")):
        with pytest.raises(AWSError, match="The resource you requested does not exist"):
            triggers.find(mapping.uuid, account, region)


def test_a_deleted_mapping_is_gone() -> None:
    kitchen, mapping = created()
    kitchen.world.triggers.delete(mapping)
    assert kitchen.world.triggers.all() == []
    with pytest.raises(AWSError):
        kitchen.world.triggers.find(mapping.uuid, ACCOUNT, "us-east-1")


def test_an_update_that_is_refused_changes_nothing() -> None:
    kitchen, mapping = created()
    before = mapping.configuration
    with pytest.raises(AWSError):
        kitchen.world.triggers.update(mapping, BREW, {"BatchSize": 11}, 5.0)
    assert mapping.configuration is before


def test_a_mapping_without_its_queue_or_its_function_can_be_disabled_and_not_enabled() -> None:
    kitchen, mapping = created()
    kitchen.sqs("DeleteQueue", QueueUrl="orders")
    kitchen.world.functions.forget("brew")
    kitchen.change(mapping, Enabled=False)
    assert mapping.state == "Disabled"
    with pytest.raises(AWSError, match="NonExistentQueue"):
        kitchen.change(mapping, Enabled=True)


def test_an_update_can_name_another_function() -> None:
    kitchen, mapping = created()
    kitchen.world.functions.register(Function("grind", in_process=lambda event, context: None))
    kitchen.world.triggers.update(mapping, BREW.replace("brew", "grind"), {}, 5.0)
    assert mapping.function.endswith(":grind")
    assert mapping.modified_at == 5.0


@in_loop
async def test_a_reset_ends_all_mappings() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.world.reset()
        kitchen.queue("orders")
        kitchen.send("latte")
        await kitchen.settle()
        assert (kitchen.world.triggers.all(), kitchen.batches) == ([], [])


@in_loop
async def test_a_reset_of_another_account_leaves_a_mapping_alone() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.world.reset(OTHER)
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_a_reset_of_the_account_of_the_queue_leaves_a_mapping_with_a_problem() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders", OTHER)
        arn = ORDERS.replace(ACCOUNT, OTHER)
        mapping = kitchen.world.triggers.create(ACCOUNT, BREW, {"EventSourceArn": arn}, 0.0)
        kitchen.world.reset(OTHER)
        assert mapping.problem == "the queue does not exist"
        kitchen.queue("orders", OTHER)
        kitchen.sqs("SendMessage", OTHER, QueueUrl="orders", MessageBody="latte")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_a_snapshot_has_mappings_and_they_go_on_after_a_restore() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map(BatchSize=2, FilterCriteria={"Filters": [{"Pattern": '{"body":[{"prefix":"l"}]}'}]})
        snapshot = kitchen.world.snapshot()
        kitchen.world.reset()
        kitchen.world.restore(snapshot)
        (mapping,) = kitchen.world.triggers.all()
        assert mapping.configuration.batch_size == 2
        kitchen.send("latte", "tea")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_the_snapshot_of_an_account_goes_into_another() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.world.restore(kitchen.world.snapshot(ACCOUNT), into=OTHER)
        kitchen.sqs("SendMessage", OTHER, QueueUrl="orders", MessageBody="latte")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]
        assert [mapping.function for mapping in kitchen.world.triggers.all()] == [BREW, BREW.replace(ACCOUNT, OTHER)]


@in_loop
async def test_mappings_go_on_while_the_snapshot_of_their_account_goes_into_another() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        kitchen.world.restore(kitchen.world.snapshot(ACCOUNT), into=OTHER)
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]
        triggers = kitchen.world.triggers
        runs = {mapping.account: len(triggers.runs(mapping)) for mapping in triggers.all()}
        assert runs == {ACCOUNT: 1, OTHER: 0}


def test_a_mapping_survives_a_restart_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cloud, "store", "durable")

    @in_loop
    async def map_and_send(kitchen: Kitchen) -> None:
        async with kitchen:
            kitchen.queue("orders")
            kitchen.map(BatchSize=3, Enabled=False, Tags={"shop": "corner"})
            (mapping,) = kitchen.world.triggers.all()
            kitchen.change(mapping, Enabled=True, BatchSize=4)

    kitchen = Kitchen()
    map_and_send(kitchen)
    kitchen.world = World(kitchen.world.settings, Clock(lambda: START))
    kitchen.register()

    @in_loop
    async def go_on(kitchen: Kitchen) -> None:
        async with kitchen:
            (mapping,) = kitchen.world.triggers.all()
            assert (mapping.configuration.batch_size, mapping.tags) == (4, {"shop": "corner"})
            kitchen.send("latte")
            await kitchen.settle()
            assert kitchen.batches == [["latte"]]

    go_on(kitchen)


@in_loop
async def test_a_server_that_stops_leaves_no_poll_and_no_message_behind() -> None:
    kitchen = Kitchen()
    async with kitchen:
        kitchen.queue("orders")
        kitchen.map(MaximumBatchingWindowInSeconds=5)
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.counts() == (0, 1)
    assert kitchen.counts() == (1, 0)
    assert not kitchen.world.triggers.is_busy


@in_loop
async def test_a_seeded_run_can_be_repeated() -> None:
    async def play() -> list[str]:
        async with Kitchen() as kitchen:
            kitchen.queue("orders")
            mapping = kitchen.map(BatchSize=2)
            kitchen.send(*"abcde")
            await kitchen.world.advance(60)
            return [mapping.uuid, *(run.request_id for run in kitchen.runs(mapping))]

    assert await play() == await play()


def test_events_report_that_a_mapping_was_made_changed_and_deleted() -> None:
    kitchen = Kitchen()
    kitchen.queue("orders")
    mark = kitchen.world.history.mark
    mapping = kitchen.map()
    kitchen.change(mapping, BatchSize=5)
    kitchen.world.triggers.delete(mapping)
    found = [(event.kind, event.arn) for event in kitchen.world.history.since(mark)]
    assert found == [(f"Mapping{what}", str(mapping.arn)) for what in ("Created", "Updated", "Deleted")]


@in_loop
async def test_events_say_what_became_of_the_messages() -> None:
    def fails(records: list[dict[str, Any]]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}

    async with Kitchen(fails) as kitchen:
        kitchen.queue("orders")
        kitchen.map(
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": [{"Pattern": '{"body":[{"anything-but":"tea"}]}'}]},
        )
        latte, mocha, tea = kitchen.send("latte", "mocha", "tea")
        await kitchen.settle()
        found = {event.kind: event for event in kitchen.world.history.since(0) if event.function == BREW}
        assert found["MessageFiltered"].message_ids == (tea,)
        assert found["BatchFailed"].message_ids == (latte,)
        assert (found["BatchFailed"].batch_size, found["BatchFailed"].arn) == (2, ORDERS)
        assert found["BatchProcessed"].message_ids == (mocha,)
        assert found["BatchFailed"].reason == "the function reported it as failed"
