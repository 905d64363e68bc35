"""The server that lessons are played on: one that is named, one of the lessons' own, or one that is empty.

Rule: plays move the clock of the server, so a server with queues of somebody else is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Collection

import msgspec

from decaf import background
from decaf.testing.control import Control
from decaf.testing.http_client import NoServer

USUAL = "http://127.0.0.1:4566"
_PATIENCE = 2.0  # seconds that a server has to answer


class Found(msgspec.Struct, frozen=True):
    """The server at `url`; `is_new` is whether it was started just now."""

    url: str
    is_new: bool = False


def find_or_start(wanted: str | None, accounts: Collection[str], usual: str = USUAL) -> Found:
    """Returns the server at the URL that is wanted, or without one the lessons' own, which is started if need be.

    A server at the `usual` URL is used when it has no queue and no topic but those of `accounts`. Raises NoServer when
    none answers at the URL that is wanted, DidNotStart or OSError when none can be started.
    """
    if wanted is not None:
        if not Control(wanted).answers(_PATIENCE):
            raise NoServer(f"no Decaf server answers at {wanted}")
        return Found(wanted)
    own = background.find(background.folder() / f"{background.LESSONS}.pid")
    if own is not None:
        return Found(own.url)
    if _is_free(usual, accounts):
        return Found(usual)
    return Found(_start(), is_new=True)


def _is_free(url: str, accounts: Collection[str]) -> bool:
    control = Control(url)
    if not control.answers(_PATIENCE):
        return False
    owners = {queue.account for queue in control.queues()} | {topic.account for topic in control.topics()}
    return owners <= set(accounts)


def _start() -> str:
    directory = background.folder()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    pid_file = directory / f"{background.LESSONS}.pid"
    words = ["--port", "0", "--config", os.devnull]
    try:
        running, _ = background.start(words, pid_file, directory / f"{background.LESSONS}.log")
    except background.AlreadyRuns:  # another command has just started it
        found = background.find(pid_file)
        if found is None:
            raise
        return found.url
    return running.url
