"""Worlds made of what another one had, for tests that hold them against each other."""

from __future__ import annotations

from functools import cache
from typing import Any

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.delivery.transports.signing import Signer
from decaf.persistence.snapshot import Snapshot
from decaf.persistence.snapshot_file import decode, encode
from decaf.world import World
from decaf_protocol import AWSError
from tests.decaf.sns.cloud import ACCOUNT, Cloud


class Shop(Cloud):
    """A cloud with queues and topics of every kind, and clients that remember what receipt handles they were given."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.handles: list[tuple[str, str]] = []  # queue name, handle

    def try_to(self, service: str, operation: str, **params: Any) -> Any:
        """What a call gives, or what it is refused with."""
        try:
            return self._run(service, operation, params, ACCOUNT, "us-east-1")
        except AWSError as error:
            return error.shape, error.message

    def click(self, subscription: str) -> Any:
        """What the link in a message gives, a request that nobody signs."""
        try:
            return self._run("sns", "Unsubscribe", {"SubscriptionArn": subscription}, ACCOUNT, None)
        except AWSError as error:
            return error.shape, error.message

    def receive(self, queue: str, limit: int = 10, timeout: int = 30, attempt: str | None = None) -> Any:
        asked = {"MaxNumberOfMessages": limit, "VisibilityTimeout": timeout, "AttributeNames": ["All"]}
        if attempt is not None:
            asked["ReceiveRequestAttemptId"] = attempt
        answer = self.try_to("sqs", "ReceiveMessage", QueueUrl=queue, MessageAttributeNames=["All"], **asked)
        if isinstance(answer, dict):
            self.handles += [(queue, message["ReceiptHandle"]) for message in answer["Messages"]]
        return answer


def written(cloud: Cloud, account: str | None = None) -> Snapshot:
    """What the world has, written down and read again."""
    return decode(encode(cloud.world.snapshot(account)))


def twin(shop: Shop, later: float = 0.0, **settings: Any) -> Shop:
    """Another world that has what `shop` has, on a clock that shows a time so many seconds later.

    From here on chance is the same in both, and the key that messages are signed with.
    """
    now = shop.world.clock.now() + later
    other = Shop()
    other.world = World(Settings(seed=7, **settings), Clock(lambda: now))
    other.world.restore(written(shop))
    other.handles = list(shop.handles)
    for world in (shop.world, other.world):
        world.ids.seed(1)
        world.signer.use(_identity())
    return other


@cache
def _identity() -> str:
    """Returns a signing key with its certificate; to make one takes time."""
    return Signer().identity_pem


def differences(one: Snapshot, other: Snapshot) -> list[str]:
    """What of two states is not the same; how the clocks came to show what they do is none of it."""
    names = [name for name in one.__struct_fields__ if name != "clock"]
    return [name for name in names if getattr(one, name) != getattr(other, name)]
