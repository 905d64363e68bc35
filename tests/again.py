"""Whether a state that is written down and made again of that is the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from decaf.base.clock import Clock
from decaf.persistence.snapshot import Snapshot, decode, encode, put, put_with
from decaf.world import World


async def check_that_it_can_be_made_again(world: World, account: str) -> None:
    """Fails unless other worlds have the same as `account` has in `world`: one that is given a snapshot of it, and,
    where the state of a running world is kept on the disk, one that is given what is there.
    """
    taken = world.snapshot(account)
    other = _empty(world)
    put(other.sqs, other.sns, decode(encode(taken)), 0)
    check_same(other.snapshot(account), taken)
    if world.durable_store is not None and world.durable_store.is_open:
        contents = await world.durable_store.load()
        other = _empty(world)
        put_with(other.sqs, other.sns, contents.snapshot, contents.messages, 0)
        check_same(without_orders(other.snapshot(account)), without_orders(world.snapshot(account)))


def _empty(world: World) -> World:
    now = world.clock.now()
    return World(replace(world.settings, data_dir=""), Clock(lambda: now))


def without_orders(snapshot: Snapshot) -> Snapshot:
    """The disk does not have how those messages stand that became visible at the same time."""
    return msgspec.structs.replace(snapshot, orders={})


def check_same(one: Snapshot, other: Snapshot) -> None:
    """Fails unless two snapshots say the same."""
    for name in one.__struct_fields__:
        if name != "clock":
            assert _comparable(name, one) == _comparable(name, other), name


def _comparable(name: str, snapshot: Snapshot) -> Any:
    value = getattr(snapshot, name)
    if name in ("regions",):
        return [each for each in value if each != type(each)(account=each.account, name=each.name)]
    return sorted(value, key=repr) if isinstance(value, tuple) else value
