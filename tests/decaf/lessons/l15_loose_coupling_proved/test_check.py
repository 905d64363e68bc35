"""What is said of parts that wait for each other, of runs that ended early, and of orders called out twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from decaf.lessons.l15_loose_coupling_proved import check
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from tests.decaf.lessons.fan_out import wire_of
from tests.live import Live

Judge = Callable[..., Verdict]


@pytest.fixture
def judge(live: Live, account: str, sqs: Any) -> Judge:
    """Returns the verdict on orders that were sent, those that were called out, and how much went on meanwhile."""
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders", "made", "ready", "log")}

    def verdict(orders: list[int], ready: list[int], **meanwhile: int) -> Verdict:
        for name, numbers in {"orders": orders, "ready": ready}.items():
            for order in numbers:
                sqs.send_message(QueueUrl=urls[name], MessageBody=json.dumps({"order": order}))
        for message in sqs.receive_message(QueueUrl=urls["orders"], MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=urls["orders"], ReceiptHandle=message["ReceiptHandle"])
        for killed, count in meanwhile.items():
            note = {"killed": killed, "meanwhile": count, "ids": []}
            sqs.send_message(QueueUrl=urls["log"], MessageBody=json.dumps(note))
        return check(wire_of(live, account))

    return verdict


def code(verdict: Verdict) -> str:
    assert isinstance(verdict, Diagnosis)
    return verdict.code


ALL = [1, 2, 3, 4, 5]


def test_nobody_was_killed(judge: Judge) -> None:
    assert code(judge(ALL, ALL)) == "not-run"


def test_the_barista_waits_for_the_announcer(judge: Judge) -> None:
    assert code(judge(ALL, ALL, server=0, barista=3, announcer=1)) == "barista-waits"


def test_the_run_ended_early(judge: Judge) -> None:
    assert code(judge(ALL, ALL, server=0, barista=3, announcer=3)) == "unfinished"


def test_an_order_in_no_queue_is_lost(judge: Judge) -> None:
    verdict = judge(ALL, [1, 2, 4, 5], server=0, barista=3, announcer=3, cashier=0)
    assert code(verdict) == "lost"
    assert isinstance(verdict, Diagnosis)
    assert verdict.sentence.startswith("Order 3 got lost")


def test_an_order_called_out_twice_is_remarked(judge: Judge) -> None:
    verdict = judge(ALL, [*ALL, 4], server=0, barista=3, announcer=3, cashier=0)
    assert isinstance(verdict, Passed)
    assert verdict.remark.startswith("Order 4: called out twice")
