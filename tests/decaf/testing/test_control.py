"""The control API from Python: the effect of each method at a server, and the errors it raises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from decaf.control.clock import Clock
from decaf.testing import Control, Decaf, ExpectationFailed, Match, NoServer, Refused, Throttle, When


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    """A server of the test's own: its clock is moved, and it is reset."""
    with Decaf() as started:
        yield started


@pytest.fixture
def control(decaf: Decaf) -> Control:
    return decaf.control


def test_the_clock_moves_by_seconds_and_to_a_time(control: Control) -> None:
    start = control.freeze().now
    assert control.advance(30) == Clock(now=start + 30, frozen=True)
    assert control.advance_to(start + 90).now == start + 90
    assert control.clock().now == start + 90
    assert not control.thaw().frozen


def test_the_clock_moves_to_the_next_thing_due(decaf: Decaf, control: Control) -> None:
    sqs = decaf.client("sqs")
    start = control.freeze().now
    url = sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "7"})["QueueUrl"]
    assert control.next().due is None
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    moved = control.next()
    assert moved.now == start + 7
    assert "orders" in (moved.due or "")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_events_of_several_queues_at_one_time_happen_in_one_move(decaf: Decaf, control: Control) -> None:
    sqs = decaf.client("sqs")
    control.freeze()
    for name in ("orders", "drinks"):
        url = sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "7"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="latte")
    control.advance(7)
    assert [(queue.name, queue.visible) for queue in control.queues()] == [("drinks", 1), ("orders", 1)]


def test_a_refusal_has_its_reason(control: Control) -> None:
    with pytest.raises(Refused, match="only moves forward") as refused:
        control.advance(-1)
    assert refused.value.status == 400


def test_the_inbox_has_messages_to_phones(decaf: Decaf, control: Control) -> None:
    decaf.client("sns").publish(PhoneNumber="+4915112345678", Message="your latte is ready")
    assert [delivery.body for delivery in control.inbox(recipient="+4915112345678")] == ["your latte is ready"]
    assert control.inbox(protocol="email") == []
    control.clear_inbox()
    assert control.inbox() == []


def test_a_reset_deletes_one_account_or_all(decaf: Decaf, control: Control) -> None:
    clients = [decaf.client("sqs", account) for account in ("111111111111", "222222222222")]

    def queues() -> list[int]:
        return [len(client.list_queues().get("QueueUrls", ())) for client in clients]

    for client in clients:
        client.create_queue(QueueName="orders")
    control.reset("111111111111")
    assert queues() == [0, 1]
    control.reset()
    assert queues() == [0, 0]


def test_without_a_server_the_error_names_its_url(decaf: Decaf, control: Control) -> None:
    assert control.answers()
    decaf.stop()
    assert not control.answers()
    with pytest.raises(NoServer, match=decaf.url):
        control.clock()


@pytest.fixture
def orders(decaf: Decaf) -> str:
    url: str = decaf.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return url


def test_events_since_a_mark_are_returned(decaf: Decaf, control: Control, orders: str) -> None:
    mark = control.mark()
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    (sent,) = control.events(since=mark)
    assert (sent.kind, sent.body) == ("MessageSent", "latte")
    assert control.events("MessageReceived", queue=orders) == []
    assert control.events(since=sent.mark) == []


def test_events_are_streamed_as_they_happen(decaf: Decaf, control: Control, orders: str) -> None:
    mark = control.mark()
    told = control.follow("MessageSent", since=mark, queue="orders")
    for body in ("latte", "decaf"):
        decaf.client("sqs").send_message(QueueUrl=orders, MessageBody=body)
        assert next(told).body == body
    told.close()


def test_a_wait_ends_when_it_happens(decaf: Decaf, control: Control, orders: str) -> None:
    seen: list[Any] = []
    mark = control.mark()
    waiter = threading.Thread(
        target=lambda: seen.extend(control.wait_for("MessageSent", queue="orders", count=2, since=mark))
    )
    waiter.start()
    for body in ("latte", "decaf"):
        decaf.client("sqs").send_message(QueueUrl=orders, MessageBody=body)
    waiter.join(10)
    assert [event.body for event in seen] == ["latte", "decaf"]


def test_a_wait_without_the_event_is_a_failed_assertion(control: Control, orders: str) -> None:
    with pytest.raises(ExpectationFailed, match="0 of 1 MessageSent in 0 s"):
        control.wait_for("MessageSent", queue="orders", timeout=0)


def test_an_event_that_must_not_happen(decaf: Decaf, control: Control, orders: str) -> None:
    mark = control.mark()
    control.never("MessageSent", queue="orders", since=mark)
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    with pytest.raises(ExpectationFailed, match="MessageSent did happen"):
        control.never("MessageSent", queue="orders", since=mark)


def test_an_unknown_kind_of_event_is_a_value_error(control: Control) -> None:
    with pytest.raises(ValueError, match="there is no kind of event 'MessageSend'"):
        control.events("MessageSend")


def test_messages_are_looked_at_and_not_received(decaf: Decaf, control: Control, orders: str) -> None:
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
    (message,) = control.messages("orders")
    assert (message.body, message.state, message.receive_count) == ("latte", "visible", 0)
    assert control.messages(orders, "in_flight") == []
    with pytest.raises(Refused, match="no queue drinks") as refused:
        control.messages("drinks")
    assert refused.value.status == 404


def test_a_message_is_explained(decaf: Decaf, control: Control, orders: str) -> None:
    sent = decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")["MessageId"]
    decaf.client("sqs").receive_message(QueueUrl=orders)
    assert control.explain(sent).state == "in_flight"
    assert control.explain("latte").kind == "unknown"


def test_more_than_a_page_is_all_of_it(decaf: Decaf, control: Control, orders: str) -> None:
    for start in range(0, 1_010, 10):
        entries = [{"Id": str(number), "MessageBody": str(start + number)} for number in range(10)]
        decaf.client("sqs").send_message_batch(QueueUrl=orders, Entries=entries)
    assert [message.body for message in control.messages("orders")] == [str(number) for number in range(1_010)]


def test_groups_are_those_of_the_queue(decaf: Decaf, control: Control, orders: str) -> None:
    decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte", MessageGroupId="ada")
    assert [(group.id, group.waiting) for group in control.groups("orders")] == [("ada", 1)]


def test_topics_and_their_subscriptions(decaf: Decaf, control: Control) -> None:
    sns = decaf.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    assert [(found.name, found.pending) for found in control.topics()] == [("news", 1)]
    (subscription,) = control.subscriptions("news")
    arn = sns.confirm_subscription(TopicArn=topic, Token=subscription.token)["SubscriptionArn"]
    assert [(found.arn, found.pending) for found in control.subscriptions()] == [(arn, False)]


def test_calls_about_one_account_see_no_other(decaf: Decaf, control: Control, orders: str) -> None:
    mine = control.of("111111111111")
    sqs = decaf.client("sqs", "111111111111")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="mine")
    assert [queue.account for queue in mine.queues()] == ["111111111111"]
    assert [message.body for message in mine.messages("orders")] == ["mine"]
    assert {event.arn.split(":")[4] for event in mine.events()} == {"111111111111"}
    decaf.client("sns", "111111111111").publish(PhoneNumber="+4915112345678", Message="mine")
    decaf.client("sns").publish(PhoneNumber="+4915112345678", Message="another's")
    assert [delivery.body for delivery in mine.inbox()] == ["mine"]
    mine.clear_inbox()
    assert [delivery.body for delivery in control.inbox()] == ["another's"]
    assert (mine.topics(), mine.subscriptions()) == ([], [])
    mine.reset()
    assert [queue.account for queue in control.queues()] == ["000000000000"]


def test_faults_are_set_listed_and_removed(decaf: Decaf, control: Control, orders: str) -> None:
    sqs, other = decaf.client("sqs"), decaf.client("sqs", "111111111111")
    fault = control.of("000000000000").set_fault(Throttle(), Match(operation="ListQueues"), When(count=1))
    other.list_queues()
    with pytest.raises(sqs.exceptions.ClientError, match="hrottl"):
        sqs.list_queues()
    sqs.list_queues()
    assert [(found.id, found.fired) for found in control.faults()] == [(fault, 1)]
    mine = control.of("111111111111")
    assert mine.faults() == []
    own = mine.set_fault(Throttle())
    control.clear_faults(fault)
    assert [found.id for found in control.faults()] == [own]
    mine.clear_faults()
    assert control.faults() == []
    with pytest.raises(Refused, match="no fault"):
        control.clear_faults(fault)


def test_a_seed_makes_ids_repeat(decaf: Decaf, control: Control, orders: str) -> None:
    def message_id() -> str:
        control.seed(7)
        sent: str = decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")["MessageId"]
        return sent

    assert message_id() == message_id()


class _Other(BaseHTTPRequestHandler):
    seen: ClassVar[list[str | None]] = []  # the Authorization of each request

    def do_GET(self) -> None:
        self.seen.append(self.headers["Authorization"])
        self.send_response(404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no")

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


@pytest.fixture
def other() -> Iterator[Control]:
    """The control API of a server that is not Decaf."""
    with HTTPServer(("127.0.0.1", 0), _Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Control(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
        _Other.seen.clear()


def test_another_server_is_not_taken_for_decaf(other: Control) -> None:
    assert not other.answers()
    with pytest.raises(NoServer, match="is not Decaf"):
        other.clock()


def test_the_token_of_the_variable_is_sent(other: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DECAF_CONTROL_TOKEN", raising=False)
    other.answers()
    monkeypatch.setenv("DECAF_CONTROL_TOKEN", "s3cret")
    other.answers()
    assert _Other.seen == [None, "Bearer s3cret"]
