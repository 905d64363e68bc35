"""Snapshots: the state kept by name or in a file, and put back, also into other accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.arn import Account
from decaf.control import FILE_PATH
from decaf.control.route import Done, Gives, Refused, Route, Takes
from decaf.persistence.saved_snapshots import Saved, TooManySnapshots
from decaf_protocol import Reply

if TYPE_CHECKING:
    from decaf.persistence.snapshot import Snapshot
    from decaf.world import World

FILE_TYPE = "application/vnd.decaf.snapshot+json"

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class SaveSnapshot(Takes, frozen=True):
    """The name to keep it by, in the place of what had it; of all accounts, or of one."""

    name: Name
    account: Account | None = None


class RestoreSnapshot(Takes, frozen=True):
    """Which one; with `into`, what one account had is put into that account, whatever it was taken of."""

    name: Name
    into: Account | None = None


class RemoveSnapshot(Takes, frozen=True):
    """Which one."""

    name: Name


class DownloadSnapshot(Takes, frozen=True):
    """The one of that name; without a name the present state, of all accounts or of one."""

    name: Name | None = None
    account: Account | None = None


class LoadSnapshot(Takes, frozen=True):
    """The body is the file. With a `name` it is kept by that; without, it is restored at once, `into` an account."""

    file: bytes
    name: Name | None = None
    into: Account | None = None


class SeenSnapshot(Gives, frozen=True):
    """A snapshot: of all accounts unless `account` is one. It was taken `at` (epoch seconds); `size` is its file's.

    `name` is null where it is not kept.
    """

    name: str | None
    at: float
    account: str | None
    queues: int
    topics: int
    messages: int
    size: int


class SeenSnapshots(Gives, frozen=True):
    """Those kept, in the order in which their names came."""

    snapshots: list[SeenSnapshot]


def _save(world: World, asked: SaveSnapshot) -> SeenSnapshot:
    return _keep(world, asked.name, world.snapshot(asked.account))


def _list(world: World, _: Takes) -> SeenSnapshots:
    return SeenSnapshots(snapshots=[_seen(saved) for saved in world.snapshots.all()])


def _restore(world: World, asked: RestoreSnapshot) -> SeenSnapshot:
    from decaf.persistence.snapshot import decode

    saved = _find(world, asked.name)
    _put(world, decode(saved.file), asked.into)
    return _seen(saved)


def _remove(world: World, asked: RemoveSnapshot) -> Done:
    if not world.snapshots.remove(asked.name):
        raise _unknown(asked.name)
    return Done()


def _download(world: World, asked: DownloadSnapshot) -> Reply:
    from decaf.persistence.snapshot import encode

    if asked.name is not None and asked.account is not None:
        raise Refused("a name and an account cannot be given together")
    file = encode(world.snapshot(asked.account)) if asked.name is None else _find(world, asked.name).file
    return Reply(200, (("Content-Type", FILE_TYPE),), file)


def _load(world: World, asked: LoadSnapshot) -> SeenSnapshot:
    from decaf.persistence.snapshot import BadSnapshot

    if asked.name is not None and asked.into is not None:
        raise Refused("a snapshot that is kept by name goes into an account when it is restored")
    try:
        snapshot = world.read_snapshot(asked.file)
    except BadSnapshot as error:
        raise Refused(str(error)) from None
    if asked.name is not None:
        return _keep(world, asked.name, snapshot)
    _put(world, snapshot, asked.into)
    return _seen(_counted("", snapshot))


def _keep(world: World, name: str, snapshot: Snapshot) -> SeenSnapshot:
    saved = _counted(name, snapshot)
    try:
        world.snapshots.put(saved)
    except TooManySnapshots as error:
        raise Refused(str(error), 409) from None
    return _seen(saved)


def _put(world: World, snapshot: Snapshot, into: str | None) -> None:
    try:
        world.restore(snapshot, into)
    except ValueError as error:
        raise Refused(str(error)) from None


def _find(world: World, name: str) -> Saved:
    saved = world.snapshots.find(name)
    if saved is None:
        raise _unknown(name)
    return saved


def _unknown(name: str) -> Refused:
    return Refused(f"there is no snapshot {name}", 404)


def _counted(name: str, snapshot: Snapshot) -> Saved:
    from decaf.persistence.snapshot import encode

    return Saved(
        name=name,
        at=snapshot.clock.at,
        account=snapshot.account,
        queues=len(snapshot.queues),
        topics=len(snapshot.topics),
        messages=sum(map(len, snapshot.messages.values())),
        file=encode(snapshot),
    )


def _seen(saved: Saved) -> SeenSnapshot:
    return SeenSnapshot(
        name=saved.name or None,
        at=saved.at,
        account=saved.account,
        queues=saved.queues,
        topics=saved.topics,
        messages=saved.messages,
        size=len(saved.file),
    )


ROUTES = (
    Route(
        "POST",
        "/snapshots",
        "Keep the state as it is by a name",
        _save,
        SaveSnapshot,
        SeenSnapshot,
        example={"name": "prepared", "account": "000000000000"},
    ),
    Route("GET", "/snapshots", "The snapshots that are kept", _list, gives=SeenSnapshots),
    Route("DELETE", "/snapshots", "Take out a snapshot", _remove, RemoveSnapshot, example={"name": "prepared"}),
    Route(
        "POST",
        "/snapshots/restore",
        "Have the state of a snapshot, in the place of what there is",
        _restore,
        RestoreSnapshot,
        SeenSnapshot,
        example={"name": "prepared", "into": "111111111111"},
    ),
    Route(
        "GET",
        FILE_PATH,
        "A snapshot, or the present state, as a file",
        _download,
        DownloadSnapshot,
        example={"name": "prepared"},
        media=FILE_TYPE,
    ),
    Route(
        "PUT",
        FILE_PATH,
        "Restore or keep a snapshot from a file",
        _load,
        LoadSnapshot,
        SeenSnapshot,
        example={"name": "prepared"},
    ),
)
