"""Checks that a world's state is the same when it is made again from its records."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.base.deduplication import REMEMBERED_FOR
from decaf.base.slices import at_once
from decaf.persistence.keeper import Contents
from decaf.persistence.records import MessageRecord
from decaf.persistence.restoring import make, put, put_with
from decaf.persistence.snapshot import Snapshot
from decaf.persistence.snapshot_file import decode, encode
from decaf.world import World
from tests.follower import Follower


async def check_that_it_can_be_made_again(world: World, account: str, follower: Follower | None = None) -> None:
    """Fails unless other worlds have the same state of `account` as `world`: one that is made from a snapshot, and one
    that is made from the records written by the changes that were marked, by the durable store or by `follower`.
    """
    taken = world.snapshot(account)
    other = _empty(world)
    put(other.sqs, other.sns, decode(encode(taken)), 0)
    check_same(other.snapshot(account), taken)
    if world.durable_store is not None and world.durable_store.is_open:
        _check_written(world, account, await world.durable_store.load())
    if follower is not None and follower.world is world:
        check_followed(follower, account)


def check_followed(follower: Follower, account: str | None = None) -> None:
    """Fails unless the records that `follower` has written make the state of its world."""
    _check_written(follower.world, account, follower.load())


def _check_written(world: World, account: str | None, written: Contents) -> None:
    other = _empty(world)
    put_with(other.sqs, other.sns, at_once(make(other.sqs, written.snapshot, written.messages.items(), 0)))
    check_same(without_orders(other.snapshot(account)), without_orders(world.snapshot(account)))


def _empty(world: World) -> World:
    now = world.clock.now()
    return World(replace(world.settings, data_dir="", store=""), Clock(lambda: now))


def without_orders(snapshot: Snapshot) -> Snapshot:
    """Returns the snapshot without its orders: the disk does not have those of messages visible since one moment."""
    return msgspec.structs.replace(snapshot, orders={})


def check_same(one: Snapshot, other: Snapshot) -> None:
    """Fails unless two snapshots are the same but for the clock."""
    for name in one.__struct_fields__:
        if name != "clock":
            assert _comparable(name, one) == _comparable(name, other), name


def _comparable(name: str, snapshot: Snapshot) -> Any:
    value = getattr(snapshot, name)
    if name == "regions":
        return [each for each in value if each != type(each)(account=each.account, name=each.name)]
    if name in ("sent", "attempts"):  # those that are over are dropped later, in memory and on the disk
        value = tuple(each for each in value if each.at > snapshot.clock.at - REMEMBERED_FOR)
    if name == "messages":
        return {
            arn: [_with_delay_over(each, snapshot.clock.at) for each in messages] for arn, messages in value.items()
        }
    return sorted(value, key=repr) if isinstance(value, tuple) else value


def _with_delay_over(message: MessageRecord, now: float) -> MessageRecord:
    """A delay that is over is no change to be written: it follows from the time."""
    over = message.state == "DELAYED" and message.due <= now
    return msgspec.structs.replace(message, state="VISIBLE") if over else message
