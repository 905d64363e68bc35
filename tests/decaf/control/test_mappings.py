"""Event source mappings over HTTP: created, listed with the runs of their batches, switched and deleted."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace

from decaf.control.explain.sentences import sentence
from decaf.functions.function import Function
from decaf.observe.history import HistoryEvent
from decaf.testing.environment import ACCOUNT as DEFAULT
from decaf.testing.functions import FunctionFactory
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT, HOST
from tests.live import Live

ORDERS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
BREW = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:brew"


def does_nothing(event: Any, context: Any) -> None:
    """A function."""


@pytest.fixture
def mapped(bench: Bench) -> Bench:
    """A queue orders, and a function brew."""
    bench.queue("orders")
    bench.world.functions.register(Function("brew", in_process=does_nothing))
    return bench


def test_a_queue_is_mapped_to_a_function(mapped: Bench) -> None:
    created = mapped.post("/mappings", queue="orders", function="brew", batch_size=5, reports_failures=True)
    (found,) = mapped.get("/mappings")["mappings"]
    assert found == {
        "uuid": created["uuid"],
        "arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{created['uuid']}",
        "account": ACCOUNT,
        "queue": ORDERS,
        "function": BREW,
        "batch_size": 5,
        "window": 0,
        "filters": [],
        "reports_failures": True,
        "max_concurrency": None,
        "state": "Enabled",
        "problem": None,
        "running": 0,
        "succeeded": 0,
        "failed": 0,
    }


def test_mappings_are_found_by_queue_and_account(mapped: Bench) -> None:
    mapped.post("/mappings", queue="orders", function="brew")
    assert len(mapped.get("/mappings", queue="orders", account=ACCOUNT)["mappings"]) == 1
    assert mapped.get("/mappings", queue="others") == {"mappings": [], "next": None}
    assert mapped.get("/mappings", account="222222222222") == {"mappings": [], "next": None}


def test_a_mapping_is_switched_and_deleted(mapped: Bench) -> None:
    uuid = mapped.post("/mappings", queue="orders", function="brew", max_concurrency=2, window=1)["uuid"]
    assert mapped.post("/mappings/switch", uuid=uuid, enabled=False) == {}
    assert mapped.get("/mappings")["mappings"][0]["state"] == "Disabled"
    assert mapped.delete("/mappings", uuid=uuid) == {}
    assert mapped.get("/mappings") == {"mappings": [], "next": None}


def test_what_aws_refuses_is_refused(mapped: Bench) -> None:
    assert mapped.post("/mappings", queue="orders", function="grind") == (404, "there is no function grind")
    assert mapped.post("/mappings", queue="tea", function="brew") == (404, "there is no queue tea")
    pattern = mapped.post("/mappings", queue="orders", function="brew", filters=["hot"])
    assert pattern == (400, "Invalid filter pattern definition.")


def test_a_mapping_that_does_not_exist_is_not_found(mapped: Bench) -> None:
    missing = (404, "there is no mapping u-1")
    assert mapped.delete("/mappings", uuid="u-1") == missing
    assert mapped.post("/mappings/switch", uuid="u-1", enabled=True) == missing
    assert mapped.get("/mappings/runs", uuid="u-1") == missing


def test_a_mapping_with_the_uuid_of_another_is_named_by_its_account_or_its_arn(mapped: Bench) -> None:
    other = "222222222222"
    uuid = mapped.post("/mappings", queue="orders", function="brew")["uuid"]
    mapped.post("/snapshots", name="prepared", account=ACCOUNT)
    mapped.post("/snapshots/restore", name="prepared", into=other)
    arns = [f"arn:aws:lambda:us-east-1:{account}:event-source-mapping:{uuid}" for account in (ACCOUNT, other)]
    several = (400, f"several mappings have the UUID {uuid}: {', '.join(arns)}")
    assert mapped.get("/mappings/runs", uuid=uuid) == several
    assert mapped.post("/mappings/switch", uuid=uuid, enabled=False) == several
    assert mapped.delete("/mappings", uuid=uuid) == several
    assert mapped.post("/mappings/switch", uuid=uuid, account=other, enabled=False) == {}
    assert mapped.get("/mappings/runs", uuid=arns[0]) == {"runs": []}
    assert [each["state"] for each in mapped.get("/mappings")["mappings"]] == ["Enabled", "Disabled"]
    assert mapped.delete("/mappings", uuid=arns[0]) == {}
    assert [each["arn"] for each in mapped.get("/mappings")["mappings"]] == arns[1:]
    assert mapped.get("/mappings/runs", uuid=uuid, account=ACCOUNT) == (404, f"there is no mapping {uuid}")


def test_a_mapping_that_cannot_be_enabled_any_more_is_refused(mapped: Bench) -> None:
    uuid = mapped.post("/mappings", queue="orders", function="brew", enabled=False)["uuid"]
    mapped.sqs("SetQueueAttributes", QueueUrl="orders", Attributes={"VisibilityTimeout": "1"})
    status, text = mapped.post("/mappings/switch", uuid=uuid, enabled=True)
    assert (status, text[:24]) == (400, "Queue visibility timeout")


def test_runs_say_what_became_of_each_batch(mapped: Bench) -> None:
    uuid = mapped.post("/mappings", queue="orders", function="brew", batch_size=1)["uuid"]
    sent = [mapped.send("orders", body) for body in ("latte", "tea")]

    async def play() -> None:
        mapped.world.open(HOST)
        await mapped.world.advance(0)
        await mapped.world.close()

    asyncio.run(play())
    runs = mapped.get("/mappings/runs", uuid=uuid)["runs"]
    assert sorted(run["messages"][0] for run in runs) == sorted(sent)
    assert [run["number"] for run in runs] == [1, 2]
    assert {run["outcome"] for run in runs} == {"succeeded"}
    assert all(run["deleted"] == run["messages"] and run["kept"] == [] for run in runs)
    assert [run["number"] for run in mapped.get("/mappings/runs", uuid=uuid, limit="1")["runs"]] == [2]
    assert mapped.get("/mappings")["mappings"][0]["succeeded"] == 2


@pytest.mark.parametrize(("size", "batch"), [(1, "it"), (7, "its batch of 7")])
def test_a_batch_is_told_of_one_message_of_it(size: int, batch: str) -> None:
    processed = HistoryEvent(mark=1, at=0, kind="BatchProcessed", arn=ORDERS, function=BREW, batch_size=size)
    assert sentence(processed) == f"the function brew processed {batch}"
    failed = replace(processed, kind="BatchFailed", reason="ValueError: no milk")
    assert sentence(failed) == f"the function brew failed {batch}: ValueError: no milk"


def test_a_message_is_explained_with_the_batches_that_it_was_in() -> None:
    def brew(event: Any, context: Any) -> None:
        raise ValueError("no milk")

    with Live() as live:
        arn = FunctionFactory(live, DEFAULT)(brew, "brew", timeout=10)
        with closing(live.client("sqs")) as sqs:
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            live.control.map_queue("orders", arn, window=1)
            sent = [sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in ("latte", "mocha")]
        live.advance(1)
        texts = [step.text for step in live.control.explain(sent[0]).timeline]
        assert "the function brew failed its batch of 2: ValueError: no milk" in texts
