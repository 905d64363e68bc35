"""The services without a server, on a clock that stands still until it is moved."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from typing import Any

from decaf.base.clock import Clock
from decaf.base.events import Event
from decaf.base.settings import Settings
from decaf.sns.inbox import Entry
from decaf.store import REGION_STATE
from decaf.world import World
from decaf_protocol import AWSError, Call, Codec, Dialect, error_code
from tests.again import check_followed
from tests.follower import Follower
from tests.postgres.owning import opened
from tests.postgres.server import Databases

START = 1_700_000_000.0
ACCOUNT = "111111111111"
REGION = "us-east-1"
HOST = "decaf.test:4566"


class Cloud:
    """A world, called as the protocol calls it; params and results have the model's member names.

    With another `store` than memory it is kept on the disk, or in one of the `databases`. When the store is
    "restarting", each call is made to a world that has just been started.
    """

    store = "memory"
    databases: Databases

    def __init__(self, **settings: Any) -> None:
        self.events: list[Event] = []
        if self.store.startswith("postgres"):
            database = self.databases.take()
            weakref.finalize(self, self.databases.give_back, database)
            settings |= {"store": database, "durability": "none"}
        elif self.store != "memory":
            directory = tempfile.mkdtemp(prefix="decaf-cloud-")
            weakref.finalize(self, shutil.rmtree, directory)
            settings |= {"data_dir": directory, "durability": "none"}
        self._settings = Settings(seed=7, **settings)
        self.world = self._started()
        self.follower: Follower | None = None

    def follow(self) -> None:
        """Write from now on what the world reports as changed, where no durable store does."""
        if self.store == "memory":
            self.follower = Follower(self.world, lambda write: None)

    def restart(self) -> None:
        """Go on with another world, which starts from this one's data directory."""
        durable_store, listening = self.world.durable_store, self.events.append in self.world.events.listeners
        assert durable_store is not None
        durable_store.clock_changed()
        durable_store.close_now()
        self.world = self._started()
        if listening:
            self.world.events.listeners.append(self.events.append)

    def _started(self) -> World:
        if not self._settings.store:
            return World(self._settings, Clock(lambda: START))
        state = opened(self._settings)
        weakref.finalize(self, self.databases.give_up, state.keeper)
        return World(self._settings, Clock(lambda: START), opened=state)

    def sns(self, operation: str, account: str = ACCOUNT, region: str | None = REGION, **params: Any) -> Any:
        return self._run("sns", operation, params, account, region)

    def sqs(self, operation: str, account: str = ACCOUNT, region: str | None = REGION, **params: Any) -> Any:
        return self._run("sqs", operation, params, account, region)

    def refusal(self, operation: str, account: str = ACCOUNT, region: str | None = REGION, **params: Any) -> str:
        """Returns the code and text of the error that SNS refuses a request with."""
        try:
            result = self.sns(operation, account, region, **params)
        except AWSError as error:
            return f"{error_code('sns', error.shape)}: {error.message}"
        raise AssertionError(f"{operation} was not refused: {result}")

    def topic(self, name: str = "orders", **attributes: str) -> str:
        """A new topic's ARN."""
        return str(self.sns("CreateTopic", Name=name, Attributes=attributes)["TopicArn"])

    def queue(self, name: str = "kitchen", account: str = ACCOUNT, region: str = REGION, **attributes: str) -> str:
        """A new queue's ARN."""
        self.sqs("CreateQueue", account, region, QueueName=name, Attributes=attributes)
        return f"arn:aws:sqs:{region}:{account}:{name}"

    def subscribe(self, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
        """A new subscription's ARN."""
        return str(
            self.sns(
                "Subscribe",
                TopicArn=topic,
                Protocol=protocol,
                Endpoint=endpoint,
                Attributes=attributes,
                ReturnSubscriptionArn=True,
            )["SubscriptionArn"]
        )

    def received(self, queue: str, account: str = ACCOUNT, region: str = REGION) -> list[dict[str, Any]]:
        """Up to ten messages of a queue (its ARN), with all their attributes."""
        attributes = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"]}
        answer = self.sqs(
            "ReceiveMessage", account, region, QueueUrl=queue.split(":")[-1], MaxNumberOfMessages=10, **attributes
        )
        messages: list[dict[str, Any]] = answer["Messages"]
        return messages

    def inbox(self, **filters: str) -> list[Entry]:
        return self.world.inbox.find(**filters)

    def opt_out(self, number: str) -> None:
        """Opt a phone number out of messages of ACCOUNT."""
        region = self.world.store.region(ACCOUNT, REGION)
        region.sms.opt_out(number, self.world.clock.now())
        self.world.events.mark_dirty(REGION_STATE, region)

    def listen(self) -> list[Event]:
        """The events from now on."""
        self.world.events.listeners.append(self.events.append)
        return self.events

    def advance(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def _run(self, service: str, operation: str, params: Any, account: str, region: str | None) -> Any:
        if self.store.endswith("restarting"):
            self.restart()
        if self.follower is not None:
            check_followed(self.follower)  # the changes of this call have to be marked anew
        call = Call(Dialect(service, Codec.QUERY), operation, params, account, region, HOST, None)
        return self.world.run(call, self.world.clock.now())
