"""GET /_decaf/doctor: each check finds what it is for, by what happened, and nothing where all is well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from decaf.access.simulation import SimulatedDecision
from decaf.control.doctor import route
from decaf.control.doctor.finding import Finding
from decaf.control.doctor.polling import PRICE_OF
from decaf.control.doctor.subscriptions import not_let_in
from decaf.control.doctor.view import View
from decaf.control.topics import SubscriptionDescription
from decaf.observe.history import HistoryEvent, Kind
from decaf.testing import Control
from tests.live import Live

Advance = Callable[[float], None]


class Examined:
    """The findings in an account, by check."""

    def __init__(self, endpoint: str, account: str) -> None:
        self.control = Control(endpoint, account)

    def found(self, check: str) -> list[Finding]:
        return [finding for finding in self.control.doctor() if finding.check == check]

    def one(self, check: str) -> Finding:
        (finding,) = self.found(check)
        return finding


@pytest.fixture
def doctor(endpoint: str, account: str) -> Examined:
    return Examined(endpoint, account)


@pytest.fixture
def orders(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


def named(live: Live, account: str, name: str) -> Any:
    """A client of a program with that name."""
    from botocore.config import Config

    return live.client("sqs", account, config=Config(user_agent_appid=name))


def send(sqs: Any, url: str, count: int, **more: Any) -> None:
    for number in range(count):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"order": number}), **more)


def received(sqs: Any, url: str, **more: Any) -> list[Any]:
    found: list[Any] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more).get("Messages", [])
    return found


def delete(sqs: Any, url: str, messages: list[Any]) -> None:
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def arn_of(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def set_attributes(sqs: Any, url: str, **attributes: str) -> None:
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def dead_letters(sqs: Any, source: str, most: int = 3) -> str:
    url = str(sqs.create_queue(QueueName="failed")["QueueUrl"])
    policy = {"deadLetterTargetArn": arn_of(sqs, url), "maxReceiveCount": most}
    set_attributes(sqs, source, RedrivePolicy=json.dumps(policy))
    return url


def test_an_empty_account_is_well(doctor: Examined) -> None:
    assert doctor.control.doctor() == []


def test_a_shop_that_does_all_right_is_well(
    doctor: Examined, sqs: Any, sns: Any, orders: str, advance: Advance, account: str
) -> None:
    set_attributes(sqs, dead_letters(sqs, orders), MessageRetentionPeriod="1209600")
    topic = sns.create_topic(Name="drinks")["TopicArn"]
    doctor.control.allow_topic(topic, orders)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, orders))
    made = sqs.create_queue(QueueName="made")["QueueUrl"]
    for _ in range(5):
        sns.publish(TopicArn=topic, Message="latte")
        messages = received(sqs, orders, WaitTimeSeconds=1)
        advance(1)
        sqs.send_message(QueueUrl=made, MessageBody="latte")
        delete(sqs, orders, messages)
    assert doctor.control.doctor() == []


def test_a_subscription_that_is_not_confirmed(doctor: Examined, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    sns.publish(TopicArn=topic, Message="hello")
    found = doctor.one("subscription-unconfirmed")
    assert (found.severity, found.evidence) == ("error", ["1 message published to news so far"])
    assert "ada@example.com" in found.problem
    assert found.command is not None
    assert found.command.startswith("decaf confirm news --account ")


def test_a_queue_that_does_not_let_its_topic_in(doctor: Examined, sqs: Any, sns: Any, orders: str) -> None:
    topic = sns.create_topic(Name="drinks")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, orders))
    sns.publish(TopicArn=topic, Message="latte")
    found = doctor.one("queue-policy")
    assert (found.severity, found.subject, bool(found.marks)) == ("error", arn_of(sqs, orders), True)
    assert found.command is not None
    assert "access allow drinks orders" in found.command
    doctor.control.allow_topic(topic, orders)
    assert doctor.found("queue-policy") == []


def test_a_filter_policy_that_nothing_matches(doctor: Examined, sqs: Any, sns: Any, orders: str) -> None:
    topic = sns.create_topic(Name="drinks")["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"kind": ["tea"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, orders), Attributes=policy)
    for _ in range(2):
        sns.publish(TopicArn=topic, Message=json.dumps({"kind": "tea"}))
    found = doctor.one("filter-never-matches")
    assert (found.severity, len(found.marks)) == ("warning", 2)
    assert found.evidence == ["2 times: the filter policy does not match: the message has no attributes"]
    attributes = {"kind": {"DataType": "String", "StringValue": "tea"}}
    sns.publish(TopicArn=topic, Message="green", MessageAttributes=attributes)
    assert doctor.found("filter-never-matches") == []


def test_one_that_matches_another_value_is_a_hint(doctor: Examined, sqs: Any, sns: Any, orders: str) -> None:
    topic = sns.create_topic(Name="drinks")["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"kind": ["tea"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, orders), Attributes=policy)
    attributes = {"kind": {"DataType": "String", "StringValue": "coffee"}}
    sns.publish(TopicArn=topic, Message="latte", MessageAttributes=attributes)
    assert doctor.one("filter-never-matches").severity == "hint"


def test_dead_letters_that_expire_with_their_source(doctor: Examined, sqs: Any, orders: str) -> None:
    failed = dead_letters(sqs, orders)
    found = doctor.one("dead-letter-retention")
    assert (found.severity, found.subject) == ("warning", arn_of(sqs, failed))
    assert found.command is not None
    assert found.command.endswith("MessageRetentionPeriod=1209600")
    set_attributes(sqs, failed, MessageRetentionPeriod="345601")
    assert doctor.found("dead-letter-retention") == []


def test_a_fifo_queue_counts_anew(doctor: Examined, sqs: Any) -> None:
    fifo = {"FifoQueue": "true"}
    failed = sqs.create_queue(QueueName="failed.fifo", Attributes=fifo)["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, failed), "maxReceiveCount": 3})
    sqs.create_queue(QueueName="orders.fifo", Attributes=fifo | {"RedrivePolicy": policy})
    assert doctor.found("dead-letter-retention") == []


def test_a_message_set_aside_after_one_receive(doctor: Examined, sqs: Any, orders: str) -> None:
    dead_letters(sqs, orders, most=1)
    send(sqs, orders, 1)
    for _ in range(2):
        received(sqs, orders, VisibilityTimeout=0)
    found = doctor.one("one-receive")
    assert (found.severity, len(found.marks)) == ("warning", 1)


def test_a_message_that_comes_again_and_again(doctor: Examined, sqs: Any, orders: str) -> None:
    send(sqs, orders, 1)
    for _ in range(4):
        received(sqs, orders, VisibilityTimeout=0)
    assert doctor.found("poison-message") == []
    received(sqs, orders, VisibilityTimeout=0)
    found = doctor.one("poison-message")
    assert (found.severity, found.evidence[0].endswith("received 5 times, never deleted")) == ("warning", True)
    dead_letters(sqs, orders, most=10)
    assert doctor.found("poison-message") == []


def test_work_that_takes_longer_than_the_visibility_timeout(
    doctor: Examined, sqs: Any, orders: str, advance: Advance
) -> None:
    set_attributes(sqs, orders, VisibilityTimeout="5")
    send(sqs, orders, 1)
    (first,) = received(sqs, orders)
    advance(8)
    received(sqs, orders)
    delete(sqs, orders, [first])
    found = doctor.one("visibility-timeout")
    assert (found.severity, len(found.marks)) == ("warning", 1)
    assert found.problem.endswith("the work takes longer than the visibility timeout.")
    assert "was 8." in found.evidence[0]
    assert found.command is not None
    assert found.command.endswith("VisibilityTimeout=17")
    late = doctor.one("late-deletion")
    assert late.evidence[0].endswith("deleted by the handle of receive 1 after receive 2")


def test_one_message_that_came_back_once_may_be_a_consumer_that_stopped(
    doctor: Examined, sqs: Any, orders: str, advance: Advance
) -> None:
    set_attributes(sqs, orders, VisibilityTimeout="5")
    send(sqs, orders, 1)
    received(sqs, orders)
    advance(8)
    delete(sqs, orders, received(sqs, orders))
    assert doctor.one("visibility-timeout").severity == "hint"
    assert doctor.found("late-deletion") == []


def test_a_message_that_a_consumer_returned_is_none(doctor: Examined, sqs: Any, orders: str) -> None:
    send(sqs, orders, 1)
    (message,) = received(sqs, orders)
    sqs.change_message_visibility(QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    delete(sqs, orders, received(sqs, orders))
    assert doctor.found("visibility-timeout") == []


def test_a_deletion_after_the_time_in_flight(doctor: Examined, sqs: Any, orders: str, advance: Advance) -> None:
    set_attributes(sqs, orders, VisibilityTimeout="5")
    send(sqs, orders, 1)
    messages = received(sqs, orders)
    advance(8)
    delete(sqs, orders, messages)
    assert doctor.one("late-deletion").evidence[0].endswith("deleted after its time in flight was over")


def test_a_deletion_that_a_fifo_queue_refuses(doctor: Examined, sqs: Any, advance: Advance) -> None:
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "5"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=attributes)["QueueUrl"]
    send(sqs, url, 1, MessageGroupId="ada", MessageDeduplicationId="1")
    messages = received(sqs, url)
    advance(8)
    with pytest.raises(sqs.exceptions.ClientError):
        delete(sqs, url, messages)
    found = doctor.one("late-deletion")
    assert (found.problem.endswith("FIFO queues refuse them."), len(found.calls)) == (True, 1)


def test_a_consumer_that_sends_on_after_it_has_deleted(
    doctor: Examined, sqs: Any, orders: str, live: Live, account: str
) -> None:
    made = sqs.create_queue(QueueName="made")["QueueUrl"]
    send(sqs, orders, 3)
    barista = named(live, account, "barista")
    for _ in range(3):
        messages = barista.receive_message(QueueUrl=orders)["Messages"]
        delete(barista, orders, messages)
        barista.send_message(QueueUrl=made, MessageBody="latte")
    barista.close()
    found = doctor.one("deleted-before-work")
    assert (found.severity, len(found.calls)) == ("warning", 6)
    assert found.problem.startswith("barista deletes a message of orders, and only then sends to made")


def test_programs_that_share_the_name_of_their_sdk_may_be_several(doctor: Examined, sqs: Any, orders: str) -> None:
    made = sqs.create_queue(QueueName="made")["QueueUrl"]
    send(sqs, orders, 3)
    for _ in range(3):
        delete(sqs, orders, sqs.receive_message(QueueUrl=orders)["Messages"])
        sqs.send_message(QueueUrl=made, MessageBody="latte")
    assert doctor.one("deleted-before-work").severity == "hint"


def test_one_that_sends_before_it_deletes_is_none(
    doctor: Examined, sqs: Any, orders: str, live: Live, account: str, advance: Advance
) -> None:
    made = sqs.create_queue(QueueName="made")["QueueUrl"]
    send(sqs, orders, 4)
    barista = named(live, account, "barista")
    for _ in range(4):
        messages = barista.receive_message(QueueUrl=orders)["Messages"]
        advance(1)
        barista.send_message(QueueUrl=made, MessageBody="latte")
        delete(barista, orders, messages)
    barista.close()
    assert doctor.found("deleted-before-work") == []


def test_deletions_at_once_are_a_hint(doctor: Examined, sqs: Any, orders: str) -> None:
    doctor.control.freeze()
    send(sqs, orders, 4)
    while messages := received(sqs, orders):
        delete(sqs, orders, messages)
    doctor.control.thaw()
    assert doctor.one("deleted-before-work").severity == "hint"


def test_short_polls_that_find_nothing(doctor: Examined, sqs: Any, orders: str, live: Live, account: str) -> None:
    barista = named(live, account, "barista")
    for _ in range(19):
        received(barista, orders)
    assert doctor.found("short-polling") == []
    received(barista, orders)
    barista.close()
    found = doctor.one("short-polling")
    assert (found.severity, len(found.calls)) == ("warning", 5)
    assert found.problem == "barista asks orders without waiting: 20 of 20 calls found nothing."
    assert f"us-east-1, {PRICE_OF}: 0.40 per million" in found.evidence[0]
    assert found.command is not None
    assert found.command.endswith("ReceiveMessageWaitTimeSeconds=20")


def test_polls_that_find_messages_are_none(doctor: Examined, sqs: Any, orders: str) -> None:
    for _ in range(20):
        send(sqs, orders, 1)
        assert received(sqs, orders)
    assert doctor.found("short-polling") == []


def test_a_fifo_queue_with_one_group(doctor: Examined, sqs: Any) -> None:
    attributes = {"FifoQueue": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=attributes)["QueueUrl"]
    for number in range(10):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="all", MessageDeduplicationId=str(number))
    found = doctor.one("one-group")
    assert (found.severity, found.evidence) == ("hint", ["message group all"])
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="ada", MessageDeduplicationId="ada")
    assert doctor.found("one-group") == []


def test_sends_that_were_dropped_as_duplicates(doctor: Examined, sqs: Any) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=attributes)["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="latte", MessageGroupId="ada")
    found = doctor.one("dropped-duplicate")
    assert (found.severity, len(found.calls)) == ("hint", 2)
    assert found.fix.endswith("this queue compares their bodies.")


def test_errors_come_first_and_other_accounts_are_not_looked_at(
    doctor: Examined, sqs: Any, sns: Any, orders: str, endpoint: str
) -> None:
    dead_letters(sqs, orders)
    topic = sns.create_topic(Name="drinks")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, orders))
    assert [finding.severity for finding in doctor.control.doctor()] == ["error", "warning"]
    assert Control(endpoint, "999999999999").doctor() == []


def test_their_number_is_limited(doctor: Examined, sqs: Any, orders: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("teas", "orders"):
        dead_letters(sqs, str(sqs.create_queue(QueueName=name)["QueueUrl"]))
    assert len(doctor.found("dead-letter-retention")) == 2
    monkeypatch.setattr(route, "MOST_FINDINGS", 1)
    assert len(doctor.control.doctor()) == 1


def test_what_happens_to_one_queue_is_no_finding_of_another(doctor: Examined, sqs: Any) -> None:
    policy = {"VisibilityTimeout": "0"}
    urls = [sqs.create_queue(QueueName=name, Attributes=policy)["QueueUrl"] for name in ("orders", "made", "idle")]
    for url, receives in zip(urls, (5, 6, 0), strict=True):
        send(sqs, url, 1)
        for _ in range(receives):
            received(sqs, url)
    evidence = {finding.subject: finding.evidence for finding in doctor.found("poison-message")}
    assert [arn.rpartition(":")[2] for arn in evidence] == ["made", "orders"]
    assert ["received 6 times" in text for lines in evidence.values() for text in lines] == [True, False]


def test_refusals_and_reports_of_them_are_shown_in_the_order_in_which_they_happened() -> None:
    topic, queue = "arn:aws:sns:us-east-1:000000000000:drinks", "arn:aws:sqs:us-east-1:000000000000:orders"
    subscription = SubscriptionDescription(
        arn=f"{topic}:1",
        topic=topic,
        protocol="sqs",
        endpoint=queue,
        owner="000000000000",
        pending=False,
        token=None,
        attributes={},
    )
    denied = SimulatedDecision(
        allowed=False,
        caller="sns.amazonaws.com",
        action="sqs:SendMessage",
        resource=queue,
        policy="",
        statement=None,
        missing=None,
        reason="it has no policy",
        careless=[],
    )
    happened: list[tuple[str, Kind]] = [
        (queue, "AccessWouldBeDenied"),
        (subscription.arn, "NotificationFailed"),
        (f"{topic}:2", "NotificationFailed"),
        (queue, "MessageSent"),
        (queue, "AccessWouldBeDenied"),
    ]
    events = [HistoryEvent(mark=mark, at=0, kind=kind, arn=arn) for mark, (arn, kind) in enumerate(happened, 1)]
    view = View(now=0, subscriptions=[subscription], lets_in={subscription.arn: denied}, events=events)
    (finding,) = not_let_in(view)
    assert (finding.marks, finding.evidence[1]) == ([1, 2, 5], "refused or reported so far: 3")
