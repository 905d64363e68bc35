"""Profiles on queues, by AWS's calls: changes that take a while, and AWS's waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decaf.base.profile import Profile
from decaf_protocol import AWSError
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT


class Shop(Bench):
    """A world in which queues are realistic. A start ends the changes under way, so calls are made to one."""

    store = "memory"

    def __init__(self, **settings: Any) -> None:
        super().__init__(**({"profile": "realistic"} | settings))

    def attributes(self, queue: str = "orders", *names: str) -> dict[str, str]:
        found = self.sqs("GetQueueAttributes", QueueUrl=queue, AttributeNames=list(names) or ["All"])
        attributes: dict[str, str] = found["Attributes"]
        return attributes

    def change(self, **attributes: str) -> None:
        self.sqs("SetQueueAttributes", QueueUrl="orders", Attributes=attributes)

    def refused(self, operation: str, **params: Any) -> str:
        with pytest.raises(AWSError) as raised:
            self.sqs(operation, **params)
        return raised.value.shape

    def worked_off(self, queue: str = "orders") -> list[str]:
        bodies: list[str] = []
        for _ in range(50):
            for message in self.sqs("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ()):
                bodies.append(message["Body"])
                self.drop(queue, message)
        return bodies


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.sqs("CreateQueue", QueueName="orders")
    return shop


def test_messages_come_twice_over_the_api(shop: Shop) -> None:
    for order in range(10):
        shop.send("orders", str(order))
    assert len(shop.worked_off()) == 13


def test_batches_delete_as_single_calls_do(shop: Shop) -> None:
    shop.send("orders")
    handles: list[str] = []
    while not handles:
        found = shop.sqs("ReceiveMessage", QueueUrl="orders").get("Messages", ())
        handles = [message["ReceiptHandle"] for message in found]
    entries = [{"Id": "1", "ReceiptHandle": handles[0]}]
    assert shop.sqs("DeleteMessageBatch", QueueUrl="orders", Entries=entries)["Successful"] == [{"Id": "1"}]
    assert shop.worked_off() == ["hello"]


def test_a_fifo_queue_stays_exact(shop: Shop) -> None:
    shop.sqs("CreateQueue", QueueName="o.fifo", Attributes={"FifoQueue": "true"})
    for order in range(20):
        shop.send("o.fifo", str(order), MessageGroupId="ada", MessageDeduplicationId=str(order))
    assert shop.worked_off("o.fifo") == [str(order) for order in range(20)]


def test_a_change_takes_up_to_a_minute(shop: Shop) -> None:
    shop.change(VisibilityTimeout="5")
    assert shop.attributes()["VisibilityTimeout"] == "30"
    shop.move_clock(60)
    assert shop.attributes()["VisibilityTimeout"] == "5"


def test_a_new_retention_period_takes_up_to_a_quarter_of_an_hour(shop: Shop) -> None:
    shop.change(MessageRetentionPeriod="3600", DelaySeconds="1")
    shop.move_clock(60)
    seen = shop.attributes()
    assert (seen["MessageRetentionPeriod"], seen["DelaySeconds"]) == ("345600", "1")
    shop.move_clock(840)
    assert shop.attributes()["MessageRetentionPeriod"] == "3600"


@pytest.mark.parametrize("seed", range(5))
def test_the_last_of_several_changes_stays(shop: Shop, seed: int) -> None:
    shop.world.set_profile(Profile("realistic", seed=seed), ACCOUNT)
    for seconds in range(1, 5):
        shop.change(VisibilityTimeout=str(seconds))
        shop.move_clock(1)
    shop.move_clock(60)
    assert shop.attributes()["VisibilityTimeout"] == "4"


def test_a_bad_change_is_refused_at_once(shop: Shop) -> None:
    attributes = {"VisibilityTimeout": "-1"}
    assert shop.refused("SetQueueAttributes", QueueUrl="orders", Attributes=attributes) == "InvalidAttributeValue"


def test_the_time_of_a_change_is_that_of_the_call(shop: Shop) -> None:
    shop.move_clock(100)
    shop.change(VisibilityTimeout="5")
    at = int(shop.world.clock.now())
    shop.move_clock(60)
    assert shop.attributes()["LastModifiedTimestamp"] == str(at)


def test_a_permission_takes_a_while_and_two_in_a_row_are_both_there(shop: Shop) -> None:
    for label in ("one", "two"):
        shop.sqs("AddPermission", QueueUrl="orders", Label=label, AWSAccountIds=[ACCOUNT], Actions=["SendMessage"])
    assert "Policy" not in shop.attributes()
    shop.move_clock(60)
    statements = json.loads(shop.attributes()["Policy"])["Statement"]
    assert [statement["Sid"] for statement in statements] == ["one", "two"]
    for label in ("one", "two"):
        shop.sqs("RemovePermission", QueueUrl="orders", Label=label)
    shop.move_clock(60)
    assert "Policy" not in shop.attributes()


def test_the_policy_for_a_topic_is_returned_before_it_has_an_effect(shop: Shop) -> None:
    shop.sns("CreateTopic", Name="drinks")
    allowed = shop.post("/access/allow", topic="drinks", queue="orders", account=ACCOUNT)
    assert "drinks" in allowed["policy"]
    assert "Policy" not in shop.attributes()


def test_a_change_in_another_profile_is_made_after_those_that_were_announced(shop: Shop) -> None:
    shop.change(VisibilityTimeout="5", DelaySeconds="7")
    shop.world.set_profile(Profile(), ACCOUNT)
    shop.change(VisibilityTimeout="20")
    for _ in range(2):
        found = shop.attributes()
        assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("20", "7")
        shop.move_clock(60)


def test_what_comes_next_is_described(shop: Shop) -> None:
    shop.change(VisibilityTimeout="5")
    assert shop.post("/clock/next")["due"] == "a change of VisibilityTimeout of orders takes effect"
    assert shop.attributes()["VisibilityTimeout"] == "5"
    shop.sqs("DeleteQueue", QueueUrl="orders")
    assert shop.post("/clock/next")["due"] == "the deleted queue orders is gone"


def test_a_deleted_queue_answers_for_up_to_a_minute(shop: Shop) -> None:
    shop.sqs("DeleteQueue", QueueUrl="orders")
    shop.send("orders")
    assert shop.refused("CreateQueue", QueueName="orders") == "QueueDeletedRecently"
    shop.sqs("DeleteQueue", QueueUrl="orders")
    shop.move_clock(60)
    assert shop.refused("SendMessage", QueueUrl="orders", MessageBody="latte") == "QueueDoesNotExist"
    shop.sqs("CreateQueue", QueueName="orders")
    shop.move_clock(60)
    assert shop.attributes("orders", "ApproximateNumberOfMessages") == {"ApproximateNumberOfMessages": "0"}


def test_a_reset_ends_what_was_to_come(shop: Shop) -> None:
    shop.change(VisibilityTimeout="5")
    shop.sqs("DeleteQueue", QueueUrl="orders")
    shop.world.reset(ACCOUNT)
    shop.sqs("CreateQueue", QueueName="orders")
    shop.move_clock(60)
    assert shop.attributes()["VisibilityTimeout"] == "30"


def test_a_snapshot_has_changes_as_if_they_had_an_effect(shop: Shop) -> None:
    shop.change(VisibilityTimeout="5")
    shop.world.restore(shop.world.snapshot())
    assert shop.attributes()["VisibilityTimeout"] == "5"
    shop.send("orders")
    assert len(shop.worked_off()) == 2


def test_a_restart_goes_on(tmp_path: Path) -> None:
    shop = Shop(profile="strict", data_dir=str(tmp_path), durability="none")
    shop.world.set_profile(Profile("realistic", seed=7, salt="a"), ACCOUNT)
    for queue in ("orders", "teas"):
        shop.sqs("CreateQueue", QueueName=queue)
    shop.change(VisibilityTimeout="5")
    shop.sqs("DeleteQueue", QueueUrl="teas")
    shop.restart()
    assert shop.world.store.profiles.own() == {ACCOUNT: Profile("realistic", seed=7, salt="a")}
    assert shop.attributes()["VisibilityTimeout"] == "5"
    shop.send("orders")
    assert len(shop.worked_off()) == 2
    shop.send("teas")
    shop.move_clock(60)
    assert shop.refused("SendMessage", QueueUrl="teas", MessageBody="green") == "QueueDoesNotExist"
    shop.world.reset(ACCOUNT)
    shop.restart()
    assert shop.world.store.profiles.own() == {}


def test_which_messages_come_twice_survives_a_restart(tmp_path: Path) -> None:
    shop = Shop(data_dir=str(tmp_path), durability="none", duplicates=1.0)
    shop.sqs("CreateQueue", QueueName="orders")
    shop.send("orders")
    handles: list[str] = []
    while not handles:
        found = shop.sqs("ReceiveMessage", QueueUrl="orders", VisibilityTimeout=0).get("Messages", ())
        handles = [message["ReceiptHandle"] for message in found]
    shop.restart()
    shop.sqs("DeleteMessage", QueueUrl="orders", ReceiptHandle=handles[0])
    assert shop.worked_off() == ["hello"]


def test_the_chance_of_short_polls_goes_on_after_a_restart(tmp_path: Path) -> None:
    def found(name: str, restarts: bool) -> list[bool]:
        shop = Shop(data_dir=str(tmp_path / name), durability="none", duplicates=0.0)
        shop.sqs("CreateQueue", QueueName="orders")
        shop.send("orders")
        polls = []
        for _ in range(12):
            answer = shop.sqs("ReceiveMessage", QueueUrl="orders", VisibilityTimeout=0)
            polls.append(bool(answer.get("Messages")))
            if restarts:
                shop.restart()
        return polls

    polls = found("one", restarts=False)
    assert set(polls) == {True, False}
    assert found("other", restarts=True) == polls


def test_relaxed_has_no_waits_and_exact_queues() -> None:
    shop = Shop(profile="relaxed")
    shop.sqs("CreateQueue", QueueName="orders")
    shop.sqs("PurgeQueue", QueueUrl="orders")
    shop.sqs("PurgeQueue", QueueUrl="orders")
    shop.sqs("DeleteQueue", QueueUrl="orders")
    shop.sqs("CreateQueue", QueueName="orders")
    shop.send("orders")
    assert shop.worked_off() == ["hello"]
