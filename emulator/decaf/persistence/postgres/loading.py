"""Reading what a shard has, page by page: all of it, or a copy as a data directory's file.

Rule: only the owner of a shard writes it, so what is read while nothing is written is consistent. Pages come by a
cursor, which is faster than asking for the next keys, and holds no more than a page in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from decaf.base.shard import Shard, ShardMap
from decaf.persistence.batch import Batch, Document, Inserted, Remembered, key_of
from decaf.persistence.keeper import Contents, Keeper, Progress
from decaf.persistence.postgres import places
from decaf.persistence.reading import Documents, contents_of, message_of
from decaf.persistence.records import InboxRecord, Record
from decaf.sqs.message import Message, State

if TYPE_CHECKING:
    from asyncpg import Connection

_PAGE = 5_000  # rows

_DOCUMENTS = "SELECT key, account, number, record FROM documents WHERE shard = $1 ORDER BY id"
_REMEMBERED = "SELECT owner, key, account, at, record FROM remembered WHERE shard = $1 AND kind = $2 ORDER BY at"
_ARCHIVED = "SELECT topic, number, account, record FROM archived WHERE shard = $1 ORDER BY topic, number"
_INBOX = "SELECT number, account, record FROM inbox WHERE shard = $1 ORDER BY number"

# A message without a row in `states` is as it was sent.
_MESSAGES = f"""
SELECT key, coalesce(state, {int(State.VISIBLE)}), coalesce(due, 0), coalesce(receive_count, 0),
    coalesce(received_before, 0), first_received_at, coalesce(received_at, 0),
    id, sent_at, sender_id, body, optional_fields
FROM (SELECT * FROM bodies WHERE key >= $1 AND key < $2) AS b
LEFT JOIN (SELECT * FROM states WHERE key >= $1 AND key < $2) AS s USING (key)
ORDER BY key
"""

# The numbers of a shard's queues that have messages, and how many keys there are from the first to the last.
_NUMBERS = """
WITH RECURSIVE found (number) AS (
    (SELECT key >> 40 FROM bodies ORDER BY key LIMIT 1)
    UNION ALL
    SELECT (SELECT key >> 40 FROM bodies WHERE key >= (number + 1) << 40 ORDER BY key LIMIT 1)
    FROM found WHERE number IS NOT NULL
)
SELECT number,
    (SELECT max(key) FROM bodies WHERE key >= number << 40 AND key < (number + 1) << 40)
    - (SELECT min(key) FROM bodies WHERE key >= number << 40 AND key < (number + 1) << 40) + 1
FROM found WHERE number IS NOT NULL AND number % $1::bigint = $2::bigint
"""

_ONLY_NUMBERS = f"SELECT number FROM ({_NUMBERS}) AS found"

_KEY = "SELECT value FROM cluster WHERE key = 'key'"

Row = Sequence[Any]


async def load(connection: Connection, shard: Shard, progress: Progress | None) -> Contents:
    """Returns all that a shard has. Raises MsgspecError, LookupError, TypeError or ValueError when it is damaged."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        documents = Documents()
        for kind, key, _, number, record in await _documents(connection, shard.number):
            documents.read(kind, key, number, record)
        found = dict(map(tuple, await connection.fetch(_NUMBERS, shard.count, shard.number)))
        inbox = [row async for row in _rows(connection, _INBOX, shard.number)]
        return contents_of(
            documents,
            sent=await _records(connection, _REMEMBERED, shard.number, "sent"),
            attempts=await _records(connection, _REMEMBERED, shard.number, "attempt"),
            archived=await _records(connection, _ARCHIVED, shard.number),
            inbox=[row[-1] for row in inbox],
            messages=await _load_messages(connection, documents.numbers, found, progress),
            abandoned=[number for number in found if number not in documents.numbers],
            key=await read_key(connection),
            inbox_count=inbox[-1][0] if inbox else 0,
        )


async def copy(connection: Connection, shards: int, to: Keeper) -> None:
    """Write all that the shards have, at one moment, into an empty keeper."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        inbox: list[InboxRecord] = []
        known = ShardMap(shards)
        known.learn(await places.placed_from(connection, 0))
        for number in range(shards):
            inbox += await _copy_shard(connection, Shard(number, known), to)
        entries = list(enumerate(sorted(inbox, key=lambda entry: entry.at), 1))
        to.apply(Batch(inbox=entries, inbox_size=len(entries)))
        key = await read_key(connection)
        if key is not None:
            to.keep_key(key)


async def _copy_shard(connection: Connection, shard: Shard, to: Keeper) -> list[InboxRecord]:
    """Write all that a shard has but its inbox, and return that: its entries have numbers that those of others have."""
    documents = await _documents(connection, shard.number)
    to.apply(Batch(documents=[_document(shard, row) for row in documents if _is_own(shard, row)]))
    for kind in ("sent", "attempt"):
        async for page in _pages(connection, _REMEMBERED, shard.number, kind):
            to.apply(Batch(remembered=[_remembered(kind, row) for row in page]))
    async for page in _pages(connection, _ARCHIVED, shard.number):
        to.apply(Batch(archived=[(t.decode(), n, account.decode(), _written(r)) for t, n, account, r in page]))
    for (number,) in await connection.fetch(_ONLY_NUMBERS, shard.count, shard.number):
        async for page in _pages(connection, _MESSAGES, key_of(number, 0), key_of(number + 1, 0)):
            to.apply(Batch(inserted=list(map(_inserted, page))))
    rows = _rows(connection, _INBOX, shard.number)
    return [msgspec.json.decode(record, type=InboxRecord) async for _, _, record in rows]


def _is_own(shard: Shard, row: Row) -> bool:
    """Returns whether a document is to be kept: of a region, that of its own shard; others may have an empty one."""
    kind, key, account, *_ = row
    return kind != "region" or shard.holds(account.decode(), key.partition("/")[2])


def _document(shard: Shard, row: Row) -> Document:
    """Returns a document of a shard, with a key that no document of others has."""
    kind, key, account, number, record = row
    if kind == "delivery":  # these are counted by shard
        key = str(int(key) * shard.count + shard.number)
    return Document(kind, key, account.decode(), _written(record), number)


async def _documents(connection: Connection, shard: int) -> list[Row]:
    """Returns the kind, the key, the account, the number and the record of each document."""
    return [(*row[0].decode().split(" ", 1), *row[1:]) async for row in _rows(connection, _DOCUMENTS, shard)]


async def read_key(connection: Connection) -> str | None:
    """Returns the private key that signs, in PEM, None when there is none."""
    pem: bytes | None = await connection.fetchval(_KEY)
    return None if pem is None else pem.decode()


async def _load_messages(
    connection: Connection, numbers: dict[int, str], found: dict[int, int], progress: Progress | None
) -> dict[str, list[Message]]:
    most, done = sum(keys for number, keys in found.items() if number in numbers), 0
    messages: dict[str, list[Message]] = {arn: [] for arn in numbers.values()}
    for number in sorted(found.keys() & numbers.keys()):
        read = messages[numbers[number]]
        async for page in _pages(connection, _MESSAGES, key_of(number, 0), key_of(number + 1, 0)):
            read += map(_message, page)
            done += len(page)
            if progress is not None:
                progress(done, most)
    return messages


def _message(row: Row) -> Message:
    key, state, due, receives, of_others, first_at, last_at, id_, sent_at, sender, body, optional = row
    texts = id_.decode(), sent_at, sender.decode(), body.decode()
    return message_of((key, state, due, receives, of_others, first_at, last_at, *texts, optional))


def _inserted(row: Row) -> Inserted:
    key, state, due, receives, of_others, first_at, last_at, id_, sent_at, sender, body, optional = row
    fields = None if optional is None else _written(optional)
    texts = id_.decode(), sent_at, sender.decode(), body.decode()
    return key, state, due, receives, of_others, first_at, last_at, *texts, fields


def _remembered(kind: str, row: Row) -> Remembered:
    owner, key, account, at, record = row
    return Remembered(kind, owner.decode(), key.decode(), account.decode(), at, _written(record))


def _written(record: bytes) -> Any:
    """Returns what is written as these bytes in place of the record that they are of."""
    return cast("Record", msgspec.Raw(record))


async def _records(connection: Connection, query: str, *parameters: Any) -> list[bytes]:
    return [row[-1] async for row in _rows(connection, query, *parameters)]


async def _rows(connection: Connection, query: str, *parameters: Any) -> AsyncIterator[Row]:
    async for page in _pages(connection, query, *parameters):
        for row in page:
            yield row


async def _pages(connection: Connection, query: str, *parameters: Any) -> AsyncIterator[list[Row]]:
    cursor = await connection.cursor(query, *parameters)
    while page := await cursor.fetch(_PAGE):
        yield page
