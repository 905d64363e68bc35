"""The code of functions that came as a zip file, at a node that has loaded a shard: unpacked from the database."""

from __future__ import annotations

import logging
from base64 import b64decode

from msgspec.structs import replace

from decaf.delivery.runtimes.code import BadCode
from decaf.functions.function import Function
from decaf.persistence.postgres.postgres import Postgres
from decaf.world import World

_log = logging.getLogger("decaf")


def unpack(world: World, keeper: Postgres) -> None:
    """Unpack what the functions of a world have, and delete what none has any more. Raises NotWritten.

    The world is not open yet: an invocation would look for the code where another node had it.
    """
    zipped = [function for function in world.functions.all() if function.code_sha256]
    keeper.keep_only_code({_digest(function) for function in zipped})
    for function in zipped:
        _unpack(world, function, keeper.read_code(_digest(function)))


def _unpack(world: World, function: Function, zipped: bytes | None) -> None:
    try:
        if zipped is None:
            raise FileNotFoundError("the database does not have it")
        world.functions.register(replace(function, path=world.function_code.keep(zipped).path))
    except (BadCode, OSError) as error:
        _log.warning("the code of the function %s cannot be unpacked: %s", function.name, error)


def _digest(function: Function) -> bytes:
    return b64decode(function.code_sha256)
