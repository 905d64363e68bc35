"""Whether a state that is written down and made again of that is the same."""

from __future__ import annotations

from emulator.clock import Clock
from emulator.state.snapshot import decode, encode, put
from emulator.world import World


def check_that_it_can_be_made_again(world: World, account: str) -> None:
    """Fails unless another world, given all that `account` has in `world`, has the same."""
    now = world.clock.now()
    taken = world.snapshot(account)
    other = World(world.settings, Clock(lambda: now))
    put(other.sqs, other.sns, decode(encode(taken)), 0)
    again = other.snapshot(account)
    for name in taken.__struct_fields__:
        if name != "clock":
            assert getattr(again, name) == getattr(taken, name), name
