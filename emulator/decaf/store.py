"""All queues, topics and subscriptions, by account and region: each is separate from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from decaf.base.arn import Arn
from decaf.base.events import StateKind
from decaf.base.profile import Profiles
from decaf.functions.accepted_event import AcceptedEvent
from decaf.functions.function import Functions
from decaf.functions.mapping import EventSourceMapping
from decaf.sns.inbox import Inbox
from decaf.sns.platform import Endpoint, PlatformApplication
from decaf.sns.sms.account import SmsAccount
from decaf.sns.topic import Subscription, Topic
from decaf.sqs.move_task import MoveTask
from decaf.sqs.queue import Queue

REGION_STATE: StateKind[Region] = StateKind("region")
# Of an account, or of all when the key is None. A reset is marked before, and a restore after it was done.
RESET: StateKind[str | None] = StateKind("reset")
RESTORED: StateKind[str | None] = StateKind("restored")
INBOX_CLEARED: StateKind[str | None] = StateKind("inbox cleared")


class StackCall(msgspec.Struct, frozen=True):
    """A call by which a stack has made its resource `what`; `params` are as in JSON.

    `retained` has "Deleted" or "Replaced" when the resource stays after it left the template, or was replaced.
    """

    what: str
    region: str
    operation: str
    params: Mapping[str, Any]
    retained: tuple[str, ...] = ()


@dataclass(slots=True)
class Region:
    """The resources of one account in one region."""

    account: str
    name: str
    queues: dict[str, Queue] = field(default_factory=dict)  # by queue name
    deleted_queues: dict[str, float] = field(default_factory=dict)  # name -> when it was deleted
    topics: dict[str, Topic] = field(default_factory=dict)  # by topic name
    subscriptions: dict[Arn, Subscription] = field(
        default_factory=dict
    )  # owned by the account, to topics of any account
    platform_applications: dict[str, PlatformApplication] = field(default_factory=dict)  # by PLATFORM/name
    sms: SmsAccount = field(default_factory=SmsAccount)
    move_tasks: dict[str, list[MoveTask]] = field(default_factory=dict)  # by source queue name, the latest first
    mappings: dict[str, EventSourceMapping] = field(default_factory=dict)  # of the account's functions, by UUID
    stacks: dict[str, list[StackCall]] = field(default_factory=dict)  # what templates have made, by stack name
    # The names of queues that were sorted last, as they were and sorted.
    sorted_names: tuple[list[str], list[str]] = field(default=([], []), repr=False, compare=False)

    def queue_names(self) -> Sequence[str]:
        """Return the names of all queues in order. They are sorted again when they are not those of the call before."""
        names = list(self.queues)
        if names != self.sorted_names[0]:
            self.sorted_names = names, sorted(names)
        return self.sorted_names[1]

    def queue_arn(self, queue_name: str) -> Arn:
        return Arn("sqs", self.name, self.account, queue_name)

    def topic_arn(self, topic_name: str) -> Arn:
        return Arn("sns", self.name, self.account, topic_name)

    def drop_queue(self, queue_name: str) -> Queue:
        """Remove a queue and its move tasks, and return it; polls parked at it are answered."""
        queue = self.queues.pop(queue_name)
        for task in self.move_tasks.pop(queue_name, ()):
            task.stop()
        queue.close()
        return queue


class Store:
    """The regions of all accounts; each is made, empty, when it is first used."""

    __slots__ = ("_regions", "accepted", "functions", "inbox", "profiles")

    def __init__(self, inbox: Inbox, functions: Functions | None = None, profiles: Profiles | None = None) -> None:
        self._regions: dict[tuple[str, str], Region] = {}
        self.inbox = inbox
        self.functions = functions or Functions()
        self.profiles = profiles or Profiles()
        self.accepted: dict[AcceptedEvent, None] = {}  # events for functions that are not done, in their order

    def region(self, account: str, name: str) -> Region:
        region = self._regions.get((account, name))
        if region is None:
            region = self._regions[(account, name)] = Region(account, name)
        return region

    def find_region(self, account: str, name: str) -> Region | None:
        """Return the resources of an account in a region, None if there never were any."""
        return self._regions.get((account, name))

    def find_queue(self, account: str, region: str, name: str) -> Queue | None:
        """Return the queue of that name, None if it does not exist."""
        at = self._regions.get((account, region))
        return None if at is None else at.queues.get(name)

    def find_topic(self, arn: Arn) -> Topic | None:
        """Return the topic of that ARN, None if it does not exist."""
        at = self._regions.get((arn.account, arn.region))
        return None if at is None else at.topics.get(arn.resource)

    def find_topic_by_token(self, token: str) -> Topic | None:
        """The topic of the subscription that `token` confirms or restores, None if there is none."""
        topics = (topic for region in self._regions.values() for topic in region.topics.values())
        return next((topic for topic in topics if token in topic.ended or topic.find_by_token(token)), None)

    def find_application(self, arn: Arn) -> PlatformApplication | None:
        """Return the platform application of its own ARN or of an endpoint's; None if it does not exist."""
        at = self._regions.get((arn.account, arn.region))
        return None if at is None else at.platform_applications.get("/".join(arn.resource.split("/")[1:3]))

    def find_endpoint(self, arn: Arn) -> Endpoint | None:
        """Return the endpoint of that ARN, None if it does not exist."""
        application = self.find_application(arn)
        return None if application is None else application.endpoints.get(arn)

    def find_subscription(self, arn: Arn) -> Subscription | None:
        """Return the subscription of that ARN, None if it does not exist."""
        topic = self.find_topic(Arn(arn.service, arn.region, arn.account, arn.resource.partition(":")[0]))
        return None if topic is None else topic.subscriptions.get(arn)

    def add_subscription(self, topic: Topic, subscription: Subscription) -> None:
        topic.add(subscription)
        self.region(subscription.owner, topic.arn.region).subscriptions[subscription.arn] = subscription

    def remove_subscription(self, subscription: Subscription) -> None:
        """Remove a subscription from its topic and from its owner's region, where it is still there."""
        topic = self.find_topic(subscription.topic_arn)
        if topic is not None and subscription.arn in topic.subscriptions:
            topic.remove(subscription)
        owned = self._regions.get((subscription.owner, subscription.arn.region))
        if owned is not None:
            owned.subscriptions.pop(subscription.arn, None)

    def regions(self) -> list[Region]:
        return list(self._regions.values())

    def reset(self, account: str | None = None) -> None:
        """Remove all resources, or those of one account; polls parked at their queues are answered."""
        self.inbox.clear(account)
        self.functions.reset(account)
        for region in self.regions():
            if account in (None, region.account):
                self._forget(region)

    def _forget(self, region: Region) -> None:
        subscribed = [each for topic in region.topics.values() for each in topic.subscriptions.values()]
        for subscription in (*subscribed, *region.subscriptions.values()):
            if not subscription.owner == subscription.topic_arn.account == region.account:  # those go with the region
                self.remove_subscription(subscription)
        del self._regions[region.account, region.name]
        region.topics.clear()
        for tasks in region.move_tasks.values():
            for task in tasks:
                task.stop()
        for queue in region.queues.values():
            queue.close()
        region.queues.clear()
        region.move_tasks.clear()
