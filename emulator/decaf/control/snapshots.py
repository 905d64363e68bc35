"""Snapshots: save the state by name or in a file, and restore it, also into other accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import msgspec

from decaf.base.arn import Account
from decaf.base.clock import give_way
from decaf.base.slices import gradually
from decaf.control import FILE_PATH, across
from decaf.control.route import (
    Across,
    ControlRequest,
    ControlResponse,
    EmptyRequest,
    EmptyResponse,
    Refused,
    Route,
    Shards,
)
from decaf.control.together import together
from decaf.faults.calls import Dropped
from decaf.http.rendering import Stream
from decaf.persistence.saved_snapshots import Saved, TooManySnapshots

if TYPE_CHECKING:
    from decaf.persistence.snapshot import Snapshot
    from decaf.persistence.snapshot_file import Part
    from decaf.world import World

FILE_TYPE = "application/vnd.decaf.snapshot"

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class SaveSnapshot(ControlRequest, frozen=True):
    """The name of the snapshot, replacing one of that name, and the account to save; without it, all."""

    name: Name
    account: Account | None = None


class RestoreSnapshot(ControlRequest, frozen=True):
    """The name of the snapshot. A snapshot of one account can be restored `into` another."""

    name: Name
    into: Account | None = None


class RemoveSnapshot(ControlRequest, frozen=True):
    """The name of the snapshot."""

    name: Name


class DownloadSnapshot(ControlRequest, frozen=True):
    """The name of the snapshot; without it, the present state of `account` or of all accounts."""

    name: Name | None = None
    account: Account | None = None


class LoadSnapshot(ControlRequest, frozen=True):
    """The body is the file. With a `name` the snapshot is saved; without it, restored at once, `into` an account."""

    file: bytes
    name: Name | None = None
    into: Account | None = None


class SnapshotDescription(ControlResponse, frozen=True):
    """A snapshot, taken `at` (epoch seconds). `account` is null when it has all accounts, `name` is null when it is not
    saved; `size` is that of its file in bytes.
    """

    name: str | None
    at: float
    account: str | None
    queues: int
    topics: int
    messages: int
    size: int


class Snapshots(ControlResponse, frozen=True):
    """The saved snapshots, in the order in which their names were first saved."""

    snapshots: list[SnapshotDescription]


async def _save(world: World, request: SaveSnapshot) -> SnapshotDescription:
    taking = await world.take(request.account)
    return _keep(
        world,
        Saved(
            name=request.name,
            at=taking.at,
            account=taking.account,
            queues=taking.queues,
            topics=taking.topics,
            messages=taking.messages,
            lines=taking.lines(),
        ),
    )


def _list(world: World, _: EmptyRequest) -> Snapshots:
    return Snapshots(snapshots=[_seen(saved) for saved in world.snapshots.all()])


async def _restore(world: World, request: RestoreSnapshot) -> SnapshotDescription:
    from decaf.persistence.snapshot_file import reading

    saved = _find(world, request.name)
    try:
        await world.load(*await gradually(reading(saved.lines)), request.into)
        await give_way()  # before all that was restored is written down for the disk
    except ValueError as error:
        raise Refused(str(error)) from None
    return _seen(saved)


def _remove(world: World, request: RemoveSnapshot) -> EmptyResponse:
    if not world.snapshots.remove(request.name):
        raise _unknown(request.name)
    return EmptyResponse()


async def _download(world: World, request: DownloadSnapshot) -> Stream:
    if request.name is not None and request.account is not None:
        raise Refused("name and account cannot be given together")
    lines: Sequence[bytes]
    if request.name is not None:
        lines = _find(world, request.name).lines
    else:
        lines = (await world.take(request.account)).lines()
    if world.shard.count > 1:
        lines = await _own_lines(world, lines)
    return Stream((("Content-Type", FILE_TYPE),), _chunks(lines))


async def _own_lines(world: World, lines: Sequence[bytes]) -> Sequence[bytes]:
    """Returns the lines of a snapshot with what is of this shard: others may have an empty region of theirs here."""
    from decaf.persistence.sharing import lines_of_shard, places_of_lines

    head, *rest = lines
    await across.settle(world, await gradually(places_of_lines(rest)))
    return [head, *await gradually(lines_of_shard(world.shard, rest))]


async def _chunks(lines: Sequence[bytes]) -> AsyncGenerator[bytes, None]:
    yield lines[0]
    for line in lines[1:]:
        yield b"\n" + line


async def _load(world: World, request: LoadSnapshot) -> SnapshotDescription:
    if request.name is not None and request.into is not None:
        raise Refused("name and into cannot be given together: give into when the snapshot is restored")
    try:
        if request.name is not None:
            return _keep(world, await _read(world, request.name, request.file))
        return await _put(world, request.file, request.into)
    except ValueError as error:
        raise Refused(str(error)) from None


async def _read(world: World, name: str, file: bytes) -> Saved:
    """Returns the snapshot in a file, to be saved. Raises BadSnapshot, also for one that could not be restored."""
    from decaf.persistence.snapshot_file import encode_line, lines_of

    lines: list[bytes] = []

    def written(parts: Iterable[Part]) -> Iterator[Part]:
        for arn, records in parts:
            lines.append(encode_line(arn, records))
            yield arn, records

    snapshot, parts = await _parts(world, file)
    messages = await world.check(snapshot, written(parts))
    return _saved(name, snapshot, messages, (*await gradually(_all(lines_of(snapshot))), *lines))


def _all(lines: Iterator[bytes]) -> Generator[None, None, list[bytes]]:
    found: list[bytes] = []
    for line in lines:
        found.append(line)
        yield
    return found


async def _put(world: World, file: bytes, into: str | None) -> SnapshotDescription:
    snapshot, parts = await _parts(world, file, into)
    messages = await world.load(snapshot, parts, into, on_trial=True)
    await give_way()  # as above
    return msgspec.structs.replace(_seen(_saved("", snapshot, messages, ())), size=len(file))


async def _parts(world: World, file: bytes, into: str | None = None) -> tuple[Snapshot, Iterator[Part]]:
    """Returns what a file has of this world, or will have, where the snapshot of one account goes `into` another."""
    from decaf.persistence.sharing import of_shard, places_of
    from decaf.persistence.snapshot_file import from_backup, is_backup, reading, split

    read = await (asyncio.to_thread(from_backup, file) if is_backup(file) else gradually(reading(split(file))))
    if world.shard.count > 1:
        await across.settle(world, places_of(read[0], into))
    return of_shard(world.shard, *read, into)


def _keep(world: World, saved: Saved) -> SnapshotDescription:
    try:
        world.snapshots.put(saved)
    except TooManySnapshots as error:
        raise Refused(str(error), 409) from None
    return _seen(saved)


def _find(world: World, name: str) -> Saved:
    saved = world.snapshots.find(name)
    if saved is None:
        raise _unknown(name)
    return saved


def _unknown(name: str) -> Refused:
    return Refused(f"there is no snapshot {name}", 404)


def _saved(name: str, snapshot: Snapshot, messages: int, lines: tuple[bytes, ...]) -> Saved:
    return Saved(
        name=name,
        at=snapshot.clock.at,
        account=snapshot.account,
        queues=len(snapshot.queues),
        topics=len(snapshot.topics),
        messages=messages,
        lines=lines,
    )


def _seen(saved: Saved) -> SnapshotDescription:
    return SnapshotDescription(
        name=saved.name or None,
        at=saved.at,
        account=saved.account,
        queues=saved.queues,
        topics=saved.topics,
        messages=saved.messages,
        size=saved.size,
    )


# Where there are several shards, a snapshot is in as many parts, one in each shard, of one name. That may be any text,
# an ARN too, and says nothing of a shard.


def _join(_: ControlRequest, parts: list[SnapshotDescription]) -> SnapshotDescription:
    return _joined(parts)


async def _list_all(shards: Shards, route: Route[EmptyRequest, Snapshots], request: EmptyRequest) -> Snapshots:
    found = await across.ask_all(shards, route, request)
    parts: dict[str | None, list[SnapshotDescription]] = {}
    for snapshot in (snapshot for each in found for snapshot in each.snapshots):
        parts.setdefault(snapshot.name, []).append(snapshot)
    return Snapshots(snapshots=[_joined(each) for each in parts.values() if len(each) == shards.count])


def _joined(parts: Sequence[SnapshotDescription]) -> SnapshotDescription:
    return SnapshotDescription(
        name=parts[0].name,
        at=max(part.at for part in parts),
        account=parts[0].account,
        queues=sum(part.queues for part in parts),
        topics=sum(part.topics for part in parts),
        messages=sum(part.messages for part in parts),
        size=sum(part.size for part in parts),
    )


async def _account_of(shards: Shards, name: str) -> str | None:
    """Returns the account that a saved snapshot is of, None for all. Raises Refused when it is not there as a whole."""
    found = await across.ask_all(shards, LIST_SNAPSHOTS, EmptyRequest())
    parts = [snapshot for each in found for snapshot in each.snapshots if snapshot.name == name]
    if not parts:
        raise _unknown(name)
    if len(parts) < shards.count:
        raise Refused(f"the snapshot {name} is not whole: a node that had a part of it has ended. Save it again", 409)
    return parts[0].account


async def _restore_all(
    shards: Shards, route: Route[RestoreSnapshot, SnapshotDescription], request: RestoreSnapshot
) -> SnapshotDescription:
    account = await _account_of(shards, request.name)
    if account is None or request.into in (None, account):
        return _joined(await across.ask_all(shards, route, request))
    # What goes into another account is in other shards then.
    file = b"\n".join(await _whole(shards, DownloadSnapshot(name=request.name)))
    loaded = await _load_all(shards, LOAD_SNAPSHOT, LoadSnapshot(file=file, into=request.into))
    return msgspec.structs.replace(loaded, name=request.name)


async def _download_all(
    shards: Shards, route: Route[DownloadSnapshot, EmptyResponse], request: DownloadSnapshot
) -> Stream:
    if request.name is not None and request.account is None:
        await _account_of(shards, request.name)
    return Stream((("Content-Type", FILE_TYPE),), _chunks(await _whole(shards, request)))


async def _whole(shards: Shards, request: DownloadSnapshot) -> list[bytes]:
    """Returns the lines of the file of all shards."""
    works = [_lines(shards, shard, request) for shard in range(shards.count)]
    return _file_of(await together(works))


async def _lines(shards: Shards, shard: int, request: DownloadSnapshot) -> list[bytes]:
    stream = await shards.fetch(shard, DOWNLOAD_SNAPSHOT, request)
    assert isinstance(stream, Stream)
    async with aclosing(stream.chunks) as chunks:
        try:
            return b"".join([chunk async for chunk in chunks]).split(b"\n")
        except Dropped:  # the node has ended meanwhile
            raise Refused("no node answers: try again", 503) from None


def _file_of(parts: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Returns the lines of the file of all shards: the messages come last."""
    from decaf.persistence.snapshot_file import MESSAGES

    (head, *_), *_ = parts
    lines = [line for part in parts for line in part[1:]]
    return [head, *sorted(lines, key=lambda line: line.startswith(MESSAGES))]


async def _load_all(
    shards: Shards, route: Route[LoadSnapshot, SnapshotDescription], request: LoadSnapshot
) -> SnapshotDescription:
    loaded = []
    for shard in range(shards.count):  # one after the other: each gets the whole file, which may be long
        try:
            loaded.append(await across.ask(shards, shard, route, request))
        except Refused as error:
            raise across.refusal([error], across.CHANGED_OTHERS if loaded else "") from None
    return msgspec.structs.replace(_joined(loaded), size=len(request.file))


SAVE_SNAPSHOT = Route(
    "POST",
    "/snapshots",
    "Save the present state by a name",
    _save,
    SaveSnapshot,
    SnapshotDescription,
    command="snapshot save prepared --account 000000000000",
    python='control.of("000000000000").save_snapshot("prepared")',
    example={"name": "prepared", "account": "000000000000"},
    across=across.joined(_join, everywhere=True),
)
LIST_SNAPSHOTS = Route(
    "GET",
    "/snapshots",
    "List the saved snapshots",
    _list,
    EmptyRequest,
    Snapshots,
    command="snapshot list",
    python="control.snapshots()",
    across=Across(_list_all),
)
RESTORE_SNAPSHOT = Route(
    "POST",
    "/snapshots/restore",
    "Replace the present state by a saved snapshot",
    _restore,
    RestoreSnapshot,
    SnapshotDescription,
    command="snapshot restore prepared --into 111122223333",
    python='control.restore_snapshot("prepared", into="111122223333")',
    example={"name": "prepared", "into": "111122223333"},
    across=Across(_restore_all, everywhere=True),
)
DOWNLOAD_SNAPSHOT = Route(
    "GET",
    FILE_PATH,
    "Download a snapshot, or the present state, as a file",
    _download,
    DownloadSnapshot,
    EmptyResponse,
    command="snapshot download prepared",
    python='control.download_snapshot("prepared")',
    example={"name": "prepared"},
    media=FILE_TYPE,
    across=Across(_download_all, everywhere=True),
)
REMOVE_SNAPSHOT = Route(
    "DELETE",
    "/snapshots",
    "Delete a saved snapshot",
    _remove,
    RemoveSnapshot,
    EmptyResponse,
    command="snapshot remove prepared",
    python='control.remove_snapshot("prepared")',
    example={"name": "prepared"},
    across=across.REMOVED_EVERYWHERE,
)
LOAD_SNAPSHOT = Route(
    "PUT",
    FILE_PATH,
    "Restore the snapshot in a file, or save it by a name",
    _load,
    LoadSnapshot,
    SnapshotDescription,
    command="snapshot load prepared.json --name prepared",
    python='control.load_snapshot(Path("prepared.json").read_bytes(), "prepared")',
    example={"name": "prepared"},
    across=Across(_load_all, everywhere=True),
)

ROUTES = (
    SAVE_SNAPSHOT,
    LIST_SNAPSHOTS,
    RESTORE_SNAPSHOT,
    DOWNLOAD_SNAPSHOT,
    REMOVE_SNAPSHOT,
    LOAD_SNAPSHOT,
)
