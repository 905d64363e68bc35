"""Remote deliveries: when attempts start, how many run at once, and how they end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.delivery.delivery import Delivery, SubscriptionDelivery
from decaf.delivery.scheduler import PAUSE, STARTED_TOGETHER, DeliveryScheduler
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DELIVERED, DeliveryAttempt, Outcome
from decaf.sns.retry_policy import NEVER, RetryPolicy
from decaf.sns.topic import Subscription

START = 1_700_000_000.0
TOPIC = Arn("sns", "us-east-1", "111111111111", "orders")


def subscription(name: str, account: str = TOPIC.account) -> Subscription:
    topic = Arn("sns", "us-east-1", account, "orders")
    arn = Arn("sns", "us-east-1", account, f"orders:{name}")
    return Subscription(arn, topic, "http", name, None, account, {}, "", START, False, True)


def notification(text: str) -> Notification:
    return Notification("id", TOPIC, text, START, "http://decaf.test")


class Post:
    """A transport: `outcomes` by endpoint, DELIVERED where none is given; `dead` endpoints never answer."""

    def __init__(self, *, rate: float | None = None, timeout: float = 15.0) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.dead: set[str] = set()
        self.places: AbstractAsyncContextManager[object] = nullcontext()
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_in_all = 0
        self.started = 0
        self._rate = rate
        self._timeout = timeout

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        name = subscription.endpoint
        self.started += 1
        self.under_way[name] += 1
        self.most |= self.under_way
        self.most_in_all = max(self.most_in_all, self.under_way.total())
        try:
            await (asyncio.get_running_loop().create_future() if name in self.dead else asyncio.sleep(0))
        finally:
            self.under_way[name] -= 1
        return self.outcomes.get(name, DELIVERED)

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        return self.places

    def timeout(self, subscription: Subscription) -> float:
        return self._timeout

    def rate(self, subscription: Subscription) -> float | None:
        return self._rate

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        return NEVER

    async def close(self) -> None:
        """Nothing is kept open."""


class Office:
    """Remote deliveries by `post`, on a clock that stands still; `done` lists them in the order of their ends."""

    def __init__(self, post: Post, **settings: Any) -> None:
        self.post = post
        self.clock = Clock(lambda: START)
        self.done: list[tuple[str, str, float]] = []
        self.attempts: list[DeliveryAttempt] = []
        settings = {"clock_patience": 0.01, **settings}
        self.scheduler = DeliveryScheduler(self.clock, Settings(**settings), self._deliver, self._conclude)

    def send(self, to: Subscription, text: str) -> None:
        self.scheduler.send(SubscriptionDelivery(notification(text), to, self.post), self.clock.now())

    async def advance(self, seconds: float) -> None:
        target = self.clock.now() + seconds
        await self.scheduler.settle()
        while not self.clock.advance(max(0.0, target - self.clock.now()), lambda: self.scheduler.is_busy):
            await self.scheduler.settle()
        await self.scheduler.settle()

    def texts(self) -> list[str]:
        return [text for _, text, _ in self.done]

    async def _deliver(self, delivery: Delivery) -> Outcome:
        return await delivery.deliver()

    def _conclude(self, delivery: Delivery, outcome: Outcome, latency: float, now: float) -> None:
        assert isinstance(delivery, SubscriptionDelivery)
        assert isinstance(delivery.sent, Notification)
        self.attempts.append(delivery.attempt(outcome, latency))
        self.done.append((delivery.subscription.endpoint, delivery.sent.message, now - START))


def played(
    play: Callable[[Office], Coroutine[Any, Any, None]], post: Post, office: type[Office] = Office, **settings: Any
) -> Office:
    """The office after `play`, closed; nothing may be left running."""
    make = office

    async def run() -> Office:
        office = make(post, **settings)
        office.scheduler.open()
        await play(office)
        await office.scheduler.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert office.clock.next_due() is None
        return office

    return asyncio.run(run())


def test_the_attempts_of_one_subscription_are_limited() -> None:
    async def play(office: Office) -> None:
        a = subscription("a")
        for number in range(50):
            office.send(a, str(number))
        await office.scheduler.settle()

    office = played(play, Post(), max_deliveries_each=4)
    assert office.texts() == [str(number) for number in range(50)]
    assert office.post.most["a"] == 4


def test_all_attempts_together_are_limited_and_subscriptions_take_turns() -> None:
    async def play(office: Office) -> None:
        busy, quiet = subscription("busy"), subscription("quiet")
        for number in range(20):
            office.send(busy, f"busy {number}")
        office.send(quiet, "quiet")
        await office.scheduler.settle()

    office = played(play, Post(), max_deliveries=2)
    assert office.post.most_in_all == 2
    assert office.texts().index("quiet") <= 3


def test_an_endpoint_that_never_responds_does_not_delay_others() -> None:
    post = Post()
    post.dead.add("dead")

    async def play(office: Office) -> None:
        dead, living = subscription("dead"), subscription("living")
        for number in range(50):
            office.send(dead, "unheard")
            office.send(living, str(number))
        await office.scheduler.settle()
        assert office.texts() == [str(number) for number in range(50)]

    played(play, post, max_deliveries=8, max_deliveries_each=4)


def test_hundreds_of_endpoints_that_never_respond_do_not_delay_others() -> None:
    post = Post()
    dead = [subscription(f"dead {number}") for number in range(100)]
    post.dead.update(each.endpoint for each in dead)

    async def play(office: Office) -> None:
        for to in dead * 20:
            office.send(to, "unheard")
        office.send(subscription("living"), "heard")
        await office.scheduler.settle()
        assert office.done == [("living", "heard", 0.0)]

    office = played(play, post, max_deliveries=110, max_deliveries_each=16, max_extra_deliveries=8)
    assert office.post.most_in_all <= 110
    assert {office.post.most[each.endpoint] for each in dead} <= {*range(1, 10)}


def test_attempts_beyond_the_first_of_each_subscription_are_limited_together() -> None:
    post = Post()
    post.dead.update(("a", "b"))

    async def play(office: Office) -> None:
        for number in range(50):
            office.send(subscription_a, str(number))
            office.send(subscription_b, str(number))
        await office.scheduler.settle()
        assert post.under_way.total() == 2 + 5

    subscription_a, subscription_b = subscription("a"), subscription("b")
    played(play, post, max_extra_deliveries=5)


def test_other_work_of_the_event_loop_goes_on_while_many_attempts_start() -> None:
    async def play(office: Office) -> None:
        for number in range(10 * STARTED_TOGETHER):
            office.send(subscription(str(number)), "news")
        for turn in range(10):
            assert office.post.started <= (turn + 1) * STARTED_TOGETHER
            await asyncio.sleep(0)
        await office.scheduler.settle()

    office = played(play, Post())
    assert len(office.done) == 10 * STARTED_TOGETHER


def test_the_time_of_an_attempt_begins_when_there_is_room_for_it() -> None:
    post = Post(timeout=15)
    post.places = asyncio.Semaphore(1)
    post.dead.update(("first", "second"))

    async def play(office: Office) -> None:
        for name in ("first", "second"):
            office.send(subscription(name), name)
        for _ in range(2):
            await asyncio.sleep(0)
            office.clock.advance(15)
            await office.scheduler.settle()
        assert office.done == [("first", "first", 15.0), ("second", "second", 30.0)]

    office = played(play, post, clock_patience=0)
    assert office.post.most_in_all == 1


def test_an_attempt_ends_when_its_time_is_over_on_the_clock() -> None:
    post = Post(timeout=15)
    post.dead.add("dead")

    async def play(office: Office) -> None:
        office.send(subscription("dead"), "unheard")
        await office.advance(14.5)
        assert office.done == []
        await office.advance(0.5)

    office = played(play, post)
    assert office.done == [("dead", "unheard", 15.0)]
    assert office.attempts[0].outcome == Outcome("no response within 15 seconds", retryable=True)
    assert office.attempts[0].latency == 15.0


def test_a_rate_spreads_attempts_over_time() -> None:
    async def play(office: Office) -> None:
        a = subscription("a")
        for number in range(4):
            office.send(a, str(number))
        await office.advance(0.4)
        assert office.texts() == ["0"]
        await office.advance(10)
        office.send(a, "4")
        await office.scheduler.settle()

    office = played(play, Post(rate=2))
    assert [at for _, _, at in office.done] == pytest.approx([0, 0.5, 1, 1.5, 10.4])


def test_a_rate_is_each_subscriptions_own() -> None:
    async def play(office: Office) -> None:
        for name in ("a", "b", "c"):
            office.send(subscription(name), name)
        await office.scheduler.settle()

    assert played(play, Post(rate=1)).texts() == ["a", "b", "c"]


def test_an_unreachable_subscriber_has_a_pause_between_attempts() -> None:
    post = Post()
    post.outcomes["away"] = Outcome("nobody is there", retryable=True)

    async def play(office: Office) -> None:
        away = subscription("away")
        for number in range(3):
            office.send(away, str(number))
        await office.advance(10)

    office = played(play, post, max_deliveries_each=1)
    assert [at for _, _, at in office.done] == pytest.approx([0, PAUSE, 2 * PAUSE])


def test_a_postponed_delivery_is_sent_at_its_time() -> None:
    async def play(office: Office) -> None:
        delivery = SubscriptionDelivery(notification("later"), subscription("a"), office.post)
        office.scheduler.send_later(delivery, START + 20)
        await office.advance(19.9)
        assert office.done == []
        await office.advance(100)

    assert played(play, Post()).done == [("a", "later", 20.0)]


def test_all_deliveries_of_an_account_can_be_dropped() -> None:
    post = Post()
    post.dead.add("theirs")

    async def play(office: Office) -> None:
        theirs, mine = subscription("theirs", "222222222222"), subscription("mine")
        for number in range(3):
            office.send(theirs, str(number))
        for to in (theirs, mine):
            office.scheduler.send_later(SubscriptionDelivery(notification("later"), to, office.post), START + 20)
        await office.scheduler.settle()
        office.scheduler.drop("222222222222")
        post.dead.clear()
        await office.advance(100)

    assert played(play, post, max_deliveries_each=1).done == [("mine", "later", 20.0)]


def test_nothing_is_sent_before_it_is_opened() -> None:
    async def run() -> None:
        office = Office(Post())
        office.send(subscription("a"), "early")
        await office.scheduler.settle()
        assert office.done == []
        office.scheduler.open()
        await office.scheduler.settle()
        assert office.texts() == ["early"]

    asyncio.run(run())


def test_an_internal_error_of_a_transport_is_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Post):
        async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
            raise ZeroDivisionError

    async def play(office: Office) -> None:
        a = subscription("a")
        office.send(a, "one")
        office.send(a, "two")
        await office.scheduler.settle()

    assert [attempt.outcome for attempt in played(play, Broken()).attempts] == [Outcome("internal error")] * 2
    assert {(record.name, record.getMessage()) for record in caplog.records} == {
        ("decaf", "internal error in a delivery to a")
    }
    assert "ZeroDivisionError" in caplog.text


def described(office: Office) -> tuple[str, float] | None:
    """What the clock says comes next, and in how many seconds from the start."""
    timer = office.clock.next_described()
    return None if timer is None else (timer.about, timer.when - START)


def test_the_clock_can_tell_what_deliveries_wait_for() -> None:
    post = Post(timeout=15)
    post.dead.add("dead")

    async def play(office: Office) -> None:
        dead, late = subscription("dead"), subscription("late")
        office.scheduler.send_later(SubscriptionDelivery(notification("later"), late, post), START + 20)
        assert described(office) == (f"a delivery to {late.arn} is tried again", 20)
        office.send(dead, "unheard")
        await office.scheduler.settle()
        assert described(office) == (f"a delivery to {dead.arn} takes too long", 15)

    played(play, post)


def test_the_clock_can_tell_that_a_rate_holds_back_what_waits() -> None:
    async def play(office: Office) -> None:
        a = subscription("a")
        for text in ("0", "1"):
            office.send(a, text)
        await office.scheduler.settle()
        assert described(office) == (f"the next delivery to {a.arn}", 0.5)
        await office.advance(0.5)
        assert (office.texts(), described(office)) == (["0", "1"], None)

    played(play, Post(rate=2))


def test_an_attempt_that_was_due_earlier_starts_at_once_and_one_that_is_due_later_then() -> None:
    async def play(office: Office) -> None:
        overdue, later = (
            SubscriptionDelivery(notification(text), subscription(text), office.post, 2)
            for text in ("overdue", "later")
        )
        office.scheduler.resume(overdue, START)
        office.scheduler.resume(later, START + 20)
        assert (overdue.due, later.due) == (START, START + 20)
        await office.advance(19.9)
        assert office.texts() == ["overdue"]
        await office.advance(0.1)

    office = played(play, Post())
    assert office.done == [("overdue", "overdue", 0.0), ("later", "later", 20.0)]
    assert [attempt.number for attempt in office.attempts] == [3, 3]


def test_all_that_is_not_done_is_listed() -> None:
    post = Post()
    post.dead.add("dead")

    async def play(office: Office) -> None:
        dead = subscription("dead")
        for text in ("under way", "waits"):
            office.send(dead, text)
        office.scheduler.send_later(SubscriptionDelivery(notification("postponed"), dead, post), START + 20)
        await office.scheduler.settle()
        deliveries = office.scheduler.deliveries()
        sent = [each.sent for each in deliveries if isinstance(each, SubscriptionDelivery)]
        assert [each.message for each in sent if isinstance(each, Notification)] == ["under way", "waits", "postponed"]
        office.scheduler.drop()
        while office.scheduler.deliveries():
            await asyncio.sleep(0)  # until the attempt has ended

    assert played(play, post, max_deliveries_each=1).done == []


def test_a_delivery_belongs_to_the_owner_of_its_topic_and_to_that_of_its_subscription() -> None:
    to = subscription("a")
    to.owner = "222222222222"
    delivery = SubscriptionDelivery(notification("x"), to, Post())
    owners = ["111111111111", "222222222222", "333333333333"]
    assert [delivery.belongs_to(each) for each in owners] == [True, True, False]


def test_what_is_sent_after_the_end_does_not_start() -> None:
    async def run() -> None:
        office = Office(Post())
        office.scheduler.open()
        office.send(subscription("a"), "early")
        await office.scheduler.settle()
        await office.scheduler.close()
        office.send(subscription("a"), "late")
        await office.scheduler.settle()
        assert (office.texts(), office.scheduler.is_busy) == (["early"], False)
        office.scheduler.open()
        await office.scheduler.settle()
        assert office.texts() == ["early", "late"]
        await office.scheduler.close()

    asyncio.run(run())


def test_the_end_drops_what_waits_what_is_under_way_and_what_a_rate_holds_back() -> None:
    async def run() -> None:
        post = Post(rate=2)
        post.dead.add("dead")
        office = Office(post)
        office.scheduler.open()
        dead, living = subscription("dead"), subscription("living")
        for number in range(3):
            office.send(dead, str(number))
            office.send(living, str(number))
        await office.scheduler.settle()
        await office.scheduler.close()
        assert (office.scheduler.deliveries(), office.clock.next_due()) == ([], None)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        office.scheduler.open()
        await office.advance(10)
        assert (office.texts(), post.started) == (["0"], 2)
        await office.scheduler.close()

    asyncio.run(run())


def test_a_finish_waits_for_all_that_is_due_and_not_for_what_is_not() -> None:
    async def play(office: Office) -> None:
        for number in range(3 * STARTED_TOGETHER):
            office.send(subscription(str(number)), "news")
        office.scheduler.send_later(
            SubscriptionDelivery(notification("later"), subscription("a"), office.post), START + 20
        )
        await office.scheduler.finish(60)
        assert len(office.done) == 3 * STARTED_TOGETHER

    assert len(played(play, Post()).done) == 3 * STARTED_TOGETHER


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_a_finish_waits_no_longer_than_it_may(seconds: float) -> None:
    post = Post()
    post.dead.add("dead")

    async def play(office: Office) -> None:
        office.send(subscription("dead"), "unheard")
        await office.scheduler.finish(seconds)
        assert office.done == []
        assert len(office.scheduler.deliveries()) == 1

    played(play, post)


def test_only_an_unreachable_subscriber_has_a_pause() -> None:
    post = Post()
    post.outcomes |= {"busy": Outcome("busy", retryable=True, status=503), "gone": Outcome("gone", status=404)}

    async def play(office: Office) -> None:
        for name in ("busy", "gone"):
            to = subscription(name)
            for number in range(2):
                office.send(to, str(number))
        await office.scheduler.settle()

    assert [at for _, _, at in played(play, post, max_deliveries_each=1).done] == [0.0] * 4


def test_a_pause_does_not_shorten_a_rate() -> None:
    post = Post(rate=1)
    post.outcomes["away"] = Outcome("nobody is there", retryable=True)

    async def play(office: Office) -> None:
        away = subscription("away")
        for number in range(3):
            office.send(away, str(number))
        await office.advance(10)

    assert [at for _, _, at in played(play, post).done] == pytest.approx([0, 1, 2])


def test_settling_waits_once_for_what_takes_long_and_again_when_it_is_cancelled() -> None:
    post = Post(timeout=15)
    post.dead.add("dead")

    async def play(office: Office) -> None:
        office.send(subscription("dead"), "unheard")
        assert office.scheduler.is_busy
        await office.scheduler.settle()
        assert not office.scheduler.is_busy
        office.clock.advance(15)
        assert office.scheduler.is_busy
        await office.scheduler.settle()
        assert office.done == [("dead", "unheard", 15.0)]

    played(play, post)


def _of_fifo_topic(text: str, to: Subscription, post: Post, group: str = "g") -> SubscriptionDelivery:
    sent = notification(text)
    sent.group_id = group
    sent.sequence_number = "10000000000000000000"
    return SubscriptionDelivery(sent, to, post)


def test_deliveries_of_a_fifo_topic_are_made_one_after_the_other() -> None:
    async def play(office: Office) -> None:
        a = subscription("a")
        for number in range(5):
            office.scheduler.send(_of_fifo_topic(str(number), a, office.post), START)
        await office.scheduler.settle()

    office = played(play, Post())
    assert office.texts() == ["0", "1", "2", "3", "4"]
    assert office.post.most["a"] == 1


def test_a_delivery_of_a_fifo_topic_that_is_tried_again_keeps_those_behind_it_waiting() -> None:
    post, unreachable = Post(), Outcome("no answer", retryable=True)
    post.outcomes["a"] = unreachable

    async def play(office: Office) -> None:
        a = subscription("a")
        for number in range(3):
            office.scheduler.send(_of_fifo_topic(str(number), a, post), START)
        await office.advance(10)
        assert office.texts() == ["0", "0", "0"]
        post.outcomes.clear()
        await office.advance(4.9)
        assert office.texts() == ["0", "0", "0"]
        await office.advance(0.1)

    class Retrying(Office):
        def _conclude(self, delivery: Delivery, outcome: Outcome, latency: float, now: float) -> None:
            super()._conclude(delivery, outcome, latency, now)
            if outcome is unreachable:
                self.scheduler.send_later(delivery, now + 5)

    assert played(play, post, office=Retrying).texts() == ["0", "0", "0", "0", "1", "2"]


def test_message_groups_of_a_fifo_topic_do_not_wait_for_each_other() -> None:
    post = Post()
    post.dead.add("a")

    async def play(office: Office) -> None:
        a = subscription("a")
        for number in range(4):
            office.scheduler.send(_of_fifo_topic(str(number), a, post, f"group {number % 2}"), START)
        await office.scheduler.settle()
        assert post.most["a"] == 2
        office.scheduler.drop()
        while office.scheduler.deliveries():
            await asyncio.sleep(0)

    played(play, post)


def test_deliveries_of_a_fifo_topic_go_on_in_their_order() -> None:
    async def play(office: Office) -> None:
        a = subscription("a")
        for number, due in enumerate((START + 5, START, START)):
            office.scheduler.resume(_of_fifo_topic(str(number), a, office.post), due)
        await office.advance(4.9)
        assert office.texts() == []
        await office.advance(0.1)

    assert played(play, Post()).done == [("a", "0", 5.0), ("a", "1", 5.0), ("a", "2", 5.0)]
