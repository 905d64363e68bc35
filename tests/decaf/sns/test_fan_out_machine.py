"""Topics driven at random: whatever is done, every subscriber that wants a message gets it exactly once.

"Gets it" means: it is in the subscriber's queue; or, with the queue gone, in its dead-letter queue; or, without one,
it was told that it could not be delivered. What a filter policy or a pending confirmation keeps away is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from decaf.base.events import NotificationFailed
from decaf.sns.recipients import Recipients
from tests.decaf.sns.cloud import ACCOUNT, START, Cloud
from tests.decaf.sns.test_archive import replay_policy
from tests.decaf.sns.test_filtering import city

STRANGER = "222222222222"
CITIES = ("Paris", "Rome", "Prague", "")

# Filter policies, and what they take: messages have the city as an attribute, unless it is empty.
FILTERS: dict[str, Callable[[str], bool]] = {
    "": lambda city: True,
    '{"city":["Paris","Rome"]}': lambda city: city in ("Paris", "Rome"),
    '{"city":[{"prefix":"P"}]}': lambda city: city.startswith("P"),
    '{"city":[{"anything-but":"Rome"}]}': lambda city: city not in ("Rome", ""),
    '{"town":[{"exists":false}]}': lambda city: city != "",
}


@dataclass(eq=False)
class Subscriber:
    """One subscription as it should be, and the messages that it should have got."""

    arn: str
    topic: str
    queue: str  # an ARN
    account: str  # of the queue; one of another account's has to be confirmed
    filter: str
    dead_letters: str | None
    confirmed: bool
    ended: bool = False
    queue_is_there: bool = True
    in_queue: list[str] = field(default_factory=list)
    in_dead_letters: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    filtered: list[str] = field(default_factory=list)

    def hears(self, message: str, city: str) -> None:
        if not self.confirmed:
            return
        if not FILTERS[self.filter](city):
            self.filtered.append(message)
        elif self.queue_is_there:
            self.in_queue.append(message)
        elif self.dead_letters is not None:
            self.in_dead_letters.append(message)
        else:
            self.dropped.append(message)


class FanOut(RuleBasedStateMachine):
    subscribers = Bundle("subscribers")

    @initialize()
    def build(self) -> None:
        self.cloud = Cloud()
        self.told = self.cloud.listen()
        archive = {"ArchivePolicy": '{"MessageRetentionPeriod":"365"}', "ContentBasedDeduplication": "true"}
        self.standard = self.cloud.topic("standard")
        self.fifo = self.cloud.topic("fifo.fifo", FifoTopic="true", **archive)
        self.all: list[Subscriber] = []
        self.archived: list[tuple[str, str]] = []  # message and its city
        self.answers: dict[str, Any] = {}  # message -> how its publication to the FIFO topic was answered
        self.count = 0

    def number(self) -> str:
        self.count += 1
        return str(self.count)

    @rule(
        target=subscribers,
        fifo=st.booleans(),
        fifo_queue=st.booleans(),
        own=st.booleans(),
        buries=st.booleans(),
        replays=st.booleans(),
        policy=st.sampled_from(list(FILTERS)),
    )
    def subscribe(
        self, fifo: bool, fifo_queue: bool, own: bool, buries: bool, replays: bool, policy: str
    ) -> Subscriber:
        ending, of_queue = (".fifo", {"FifoQueue": "true"}) if fifo and fifo_queue else ("", {})
        account, name = ACCOUNT if own else STRANGER, self.number()
        queue = self.cloud.queue(f"q{name}{ending}", account, **of_queue)
        dead = self.cloud.queue(f"dead{name}{ending}", **of_queue) if buries else None
        given = {"RawMessageDelivery": "true", "FilterPolicy": policy}
        if dead is not None:
            given["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dead})
        if fifo and replays and own:
            given["ReplayPolicy"] = replay_policy(START)
        topic = self.fifo if fifo else self.standard
        arn = self.cloud.subscribe(topic, "sqs", queue, **given)
        subscriber = Subscriber(arn, topic, queue, account, policy, dead, confirmed=own)
        if "ReplayPolicy" in given:
            for message, where in self.archived:
                subscriber.hears(message, where)
            self.cloud.advance(0)
        self.all.append(subscriber)
        return subscriber

    @rule(subscriber=subscribers)
    def confirm(self, subscriber: Subscriber) -> None:
        if subscriber.confirmed or not subscriber.queue_is_there:
            return
        (asked,) = self.drained(subscriber.queue, subscriber.account)
        self.cloud.sns("ConfirmSubscription", TopicArn=subscriber.topic, Token=json.loads(asked)["Token"])
        subscriber.confirmed = True

    @rule(subscriber=subscribers, policy=st.sampled_from(list(FILTERS)))
    def set_filter(self, subscriber: Subscriber, policy: str) -> None:
        self.cloud.sns(
            "SetSubscriptionAttributes",
            SubscriptionArn=subscriber.arn,
            AttributeName="FilterPolicy",
            AttributeValue=policy,
        )
        subscriber.filter = policy

    @rule(subscriber=consumes(subscribers))
    def unsubscribe(self, subscriber: Subscriber) -> None:
        if subscriber.confirmed:
            self.cloud.sns("Unsubscribe", SubscriptionArn=subscriber.arn)
            subscriber.confirmed, subscriber.ended = False, True

    @rule(subscriber=subscribers)
    def delete_queue(self, subscriber: Subscriber) -> None:
        if subscriber.confirmed and subscriber.queue_is_there:
            self.check_queue(subscriber)
            self.cloud.sqs("DeleteQueue", subscriber.account, QueueUrl=subscriber.queue.split(":")[-1])
            subscriber.queue_is_there = False

    @rule(fifo=st.booleans(), where=st.sampled_from(CITIES))
    def publish(self, fifo: bool, where: str) -> None:
        message = self.number()
        group = {"MessageGroupId": where or "none"} if fifo else {}
        topic = self.fifo if fifo else self.standard
        self.answers[message] = self.cloud.sns(
            "Publish", TopicArn=topic, Message=message, MessageAttributes=city(where) if where else {}, **group
        )
        self.tell(topic, message, where)

    @rule(fifo=st.booleans(), cities=st.lists(st.sampled_from(CITIES), min_size=1, max_size=10))
    def publish_batch(self, fifo: bool, cities: list[str]) -> None:
        topic = self.fifo if fifo else self.standard
        entries: list[dict[str, Any]] = []
        for where in cities:
            message = self.number()
            group = {"MessageGroupId": where or "none"} if fifo else {}
            attributes = city(where) if where else {}
            entries.append({"Id": message, "Message": message, "MessageAttributes": attributes, **group})
        answer = self.cloud.sns("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
        assert [each["Id"] for each in answer["Successful"]] == [entry["Id"] for entry in entries]
        for entry, where in zip(entries, cities, strict=True):
            self.tell(topic, entry["Message"], where)

    @precondition(lambda self: self.archived)
    @rule(where=st.sampled_from(CITIES))
    def publish_the_last_once_more(self, where: str) -> None:
        """It is within five minutes of the first time, so that no subscription gets it."""
        message, _ = self.archived[-1]
        group = where or "none"
        answer = self.cloud.sns("Publish", TopicArn=self.fifo, Message=message, MessageGroupId=group)
        assert answer == self.answers.setdefault(message, answer)

    def tell(self, topic: str, message: str, where: str) -> None:
        if topic == self.fifo:
            self.archived.append((message, where))
        for subscriber in self.all:
            if subscriber.topic == topic:
                subscriber.hears(message, where)

    @invariant()
    def everyone_got_everything_once(self) -> None:
        for subscriber in self.all:
            if (subscriber.confirmed or subscriber.ended) and subscriber.queue_is_there:
                self.check_queue(subscriber)
            if subscriber.dead_letters is not None:
                found = self.drained(subscriber.dead_letters, ACCOUNT)
                assert sorted(found) == sorted(subscriber.in_dead_letters)
                subscriber.in_dead_letters.clear()
            assert self.filtered_out_for(subscriber) == subscriber.filtered
            if subscriber.dead_letters is None and not subscriber.queue_is_there:
                assert self.messages_of(NotificationFailed, subscriber) == subscriber.dropped

    def check_queue(self, subscriber: Subscriber) -> None:
        assert sorted(self.drained(subscriber.queue, subscriber.account)) == sorted(subscriber.in_queue)
        subscriber.in_queue.clear()

    def filtered_out_for(self, subscriber: Subscriber) -> list[str]:
        filtered = [event.subject for event in self.told if isinstance(event.subject, Recipients)]
        told = [
            (recipients.notification.message, str(each.arn))
            for recipients in filtered
            for each, _ in recipients.filtered_out()
        ]
        return [message for message, arn in told if arn == subscriber.arn]

    def messages_of(self, kind: type, subscriber: Subscriber) -> list[str]:
        told = (event for event in self.told if isinstance(event, kind) and str(event.arn) == subscriber.arn)
        return [event.subject.sent.message for event in told]

    def drained(self, queue: str, account: str) -> list[str]:
        """Returns the bodies of a queue's messages, and deletes them."""
        found: list[str] = []
        while messages := self.cloud.received(queue, account):
            for message in messages:
                found.append(message["Body"])
                handle = message["ReceiptHandle"]
                self.cloud.sqs("DeleteMessage", account, QueueUrl=queue.split(":")[-1], ReceiptHandle=handle)
        return found


TestFanOut = FanOut.TestCase
TestFanOut.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
