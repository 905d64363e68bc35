"""A new form of a message is wanted, and one that only this barista understands is remarked."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config

from decaf.lessons.l16_microservices import check
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from tests.decaf.lessons.fan_out import wire_of
from tests.live import Live


@pytest.fixture
def queues(sqs: Any) -> None:
    for name in ("orders", "orders-dead", "made"):
        sqs.create_queue(QueueName=name)


def judged(
    live: Live, account: str, endpoint: str, sqs: Any, new: dict[str, Any], unknown: tuple[str, ...] = ()
) -> Verdict:
    """Returns the verdict on four orders, the last two of a new form, that two programs send and make.

    Those with `unknown` fields are deleted without being made.
    """
    client = boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="x",
        config=Config(user_agent_appid="cashier"),
    )
    orders, made = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("orders", "made"))
    for order in (1, 2, 3, 4):
        body = {"order": order} | ({"drink": "latte"} if order < 3 else new)
        client.send_message(QueueUrl=orders, MessageBody=json.dumps(body))
    client.close()
    for message in sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10)["Messages"]:
        if not set(unknown) & set(json.loads(message["Body"])):
            sqs.send_message(QueueUrl=made, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"])
    return check(wire_of(live, account))


@pytest.mark.usefixtures("queues")
def test_a_menu_that_says_nothing_new(live: Live, account: str, endpoint: str, sqs: Any) -> None:
    verdict = judged(live, account, endpoint, sqs, {"drink": "latte"})
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "nothing-new"


@pytest.mark.usefixtures("queues")
def test_a_barista_who_knows_both_forms(live: Live, account: str, endpoint: str, sqs: Any) -> None:
    verdict = judged(live, account, endpoint, sqs, {"product": "latte", "milk": "oat"})
    assert isinstance(verdict, Passed)
    assert "no drink any more" in verdict.remark


@pytest.mark.usefixtures("queues")
def test_a_barista_who_deletes_what_is_unknown(live: Live, account: str, endpoint: str, sqs: Any) -> None:
    verdict = judged(live, account, endpoint, sqs, {"drink": "latte", "milk": "oat"}, unknown=("milk",))
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == "thrown-away"
