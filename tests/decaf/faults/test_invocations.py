"""Faults of invocations: a function fails, times out or is throttled without being run."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.faults.checks import BadFault
from decaf.faults.effects import Drop, Effect, Fail, Throttle, Timeout
from decaf.faults.match import Match
from decaf.faults.rules import When
from tests.decaf.sns.cloud import ACCOUNT
from tests.decaf.triggers.kitchen import BREW, Kitchen, in_loop

ORDERS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"


def inject(kitchen: Kitchen, effect: Effect, when: When | None = None, **match: Any) -> None:
    kitchen.world.faults.add(Match(**match), effect, when or When(), kitchen.world.clock.now())


@pytest.mark.parametrize("function", ["brew", BREW])
@in_loop
async def test_the_nth_invocation_of_a_function_fails_and_its_batch_comes_back(function: str) -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map(BatchSize=1)
        inject(kitchen, Fail(), When(nth=2), function=function)
        kitchen.send("1", "2", "3")
        await kitchen.settle()
        assert sorted(run.outcome for run in kitchen.runs(mapping)) == ["failed", "succeeded", "succeeded"]
        assert len(kitchen.batches) == 2
        await kitchen.world.advance(30)
        assert sorted(kitchen.batches) == [["1"], ["2"], ["3"]]


@in_loop
async def test_the_reason_names_the_fault_and_so_does_the_history() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        inject(kitchen, Fail(), function="brew", queue="orders")
        kitchen.send("latte")
        await kitchen.settle()
        (run,) = kitchen.runs(mapping)
        assert run.reason == "InjectedFault: this error was injected by fault-1"
        (hit,) = [event for event in kitchen.world.history.since(0) if event.kind == "FaultInjected"]
        assert (hit.arn, hit.reason) == (BREW, "the function fails")


@in_loop
async def test_a_function_times_out_by_a_fault() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        mapping = kitchen.map()
        inject(kitchen, Timeout(), function="brew")
        kitchen.send("latte")
        await kitchen.settle()
        assert [run.reason for run in kitchen.runs(mapping)] == ["Task timed out after 3.00 seconds"]


@in_loop
async def test_a_function_that_a_fault_throttles_gets_the_batch_again() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        inject(kitchen, Throttle(), When(nth=1), function="brew")
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.batches == []
        await kitchen.world.advance(1)
        assert kitchen.batches == [["latte"]]


@in_loop
async def test_a_fault_of_another_function_or_queue_does_not_fire() -> None:
    async with Kitchen() as kitchen:
        kitchen.queue("orders")
        kitchen.map()
        inject(kitchen, Fail(), function="grind")
        inject(kitchen, Fail(), function="brew", queue="teas")
        kitchen.send("latte")
        await kitchen.settle()
        assert kitchen.batches == [["latte"]]


@pytest.mark.parametrize(
    ("effect", "match", "text"),
    [
        (Drop(), {}, "to fail, to time out, or to be throttled"),
        (Fail(), {"operation": "Invoke"}, "no service, operation or subscriber"),
        (Fail(), {"subscriber": "lambda"}, "no service, operation or subscriber"),
    ],
)
def test_what_could_never_happen_to_an_invocation_is_refused(effect: Effect, match: dict[str, Any], text: str) -> None:
    with pytest.raises(BadFault, match=text):
        inject(Kitchen(), effect, function="brew", **match)
