"""The batch processor of Powertools for AWS Lambda, on a mapping that asks for its reports."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)

from tests.decaf.triggers.kitchen import REPORTING, Kitchen, NoMilk, in_loop

FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def brew_one(record: Any) -> str:
    """The work for one record."""
    if record.body.startswith("bad"):
        raise NoMilk(record.body)
    return str(record.body)


class Shop(Kitchen):
    """The function is what Powertools' guide has for it."""

    processor: BatchProcessor | SqsFifoPartialProcessor

    def brew(self, event: dict[str, Any], context: Any) -> Any:
        self.batches.append([record["body"] for record in event["Records"]])
        return process_partial_response(event=event, record_handler=brew_one, processor=self.processor, context=context)


@in_loop
async def test_records_that_raise_come_back_and_the_others_are_deleted() -> None:
    shop = Shop()
    shop.processor = BatchProcessor(event_type=EventType.SQS)
    async with shop:
        shop.queue("orders")
        mapping = shop.map(**REPORTING)
        shop.send("latte", "bad milk", "tea")
        await shop.settle()
        assert (shop.counts(), [run.outcome for run in shop.runs(mapping)]) == ((0, 1), ["partly_failed"])
        await shop.world.advance(30)
        assert shop.batches == [["latte", "bad milk", "tea"], ["bad milk"]]


@in_loop
async def test_a_batch_of_which_every_record_raises_is_an_error_of_the_function() -> None:
    shop = Shop()
    shop.processor = BatchProcessor(event_type=EventType.SQS)
    async with shop:
        shop.queue("orders")
        mapping = shop.map(**REPORTING)
        shop.send("bad milk", "bad beans")
        await shop.settle()
        (run,) = shop.runs(mapping)
        assert (run.outcome, shop.counts()) == ("failed", (0, 2))
        assert "BatchProcessingError" in f"{run.reason}"


@in_loop
async def test_a_fifo_batch_stops_at_the_first_failure() -> None:
    shop = Shop()
    shop.processor = SqsFifoPartialProcessor()
    async with shop:
        shop.queue("orders.fifo", **FIFO)
        mapping = shop.map("orders.fifo", **REPORTING)
        for body in ("1", "bad 2", "3"):
            shop.send(body, queue="orders.fifo", MessageGroupId="table")
        await shop.settle()
        (run,) = shop.runs(mapping)
        assert (len(run.deleted), len(run.kept), run.warning) == (1, 2, None)
        await shop.world.advance(30)
        assert shop.batches == [["1", "bad 2", "3"], ["bad 2", "3"]]


@in_loop
async def test_a_fifo_batch_skips_the_group_that_failed() -> None:
    shop = Shop()
    shop.processor = SqsFifoPartialProcessor(skip_group_on_error=True)
    async with shop:
        shop.queue("orders.fifo", **FIFO)
        mapping = shop.map("orders.fifo", **REPORTING)
        for body, group in (("bad 1", "a"), ("2", "a"), ("3", "b")):
            shop.send(body, queue="orders.fifo", MessageGroupId=group)
        await shop.settle()
        (run,) = shop.runs(mapping)
        assert (len(run.deleted), len(run.kept), run.warning) == (1, 2, None)
