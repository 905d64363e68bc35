"""Writing: the functions that the owner of a shard calls, each in one statement, and their arguments.

Rule: each compares the owner, the epoch and the number of commits (`seq`) with what the caller knows, and changes
nothing if one of them differs; it returns NULL then. Plans must hold on tables that were empty when they were made: so
rows are found by an array of keys (`= ANY`) or one by one, never by a join, and never by reading a whole table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from decaf.persistence.batch import Batch, Document, Inserted, Remembered
from decaf.persistence.records import Record
from decaf.sqs.message import State

# Texts are bytes in UTF-8. A document's key is its kind, a blank and its own key. NULL instead of an array: no rows.
FUNCTIONS = """
CREATE FUNCTION next_seq(the_shard integer, the_owner text, the_epoch bigint, the_seq bigint)
RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE shards SET seq = the_seq + 1
    WHERE shard = the_shard AND owner = the_owner AND epoch = the_epoch AND seq = the_seq;
    RETURN FOUND;
END $$;

CREATE FUNCTION commit_batch(
    the_shard integer, the_owner text, the_epoch bigint, the_seq bigint,
    deleted bigint[],
    body_keys bigint[], ids bytea[], sent_ats double precision[], senders bytea[], texts bytea[], optionals bytea[],
    state_keys bigint[], the_states smallint[], dues double precision[], receives bigint[], befores bigint[],
    firsts double precision[], lasts double precision[],
    reset_accounts bytea[], cleared_owners bytea[],
    gone_documents bytea[], document_keys bytea[], document_accounts bytea[], document_numbers bigint[],
    document_records bytea[],
    remembered_until double precision,
    owners bytea[], kinds text[], keys bytea[], accounts bytea[], ats double precision[], records bytea[],
    trimmed_topics bytea[], trimmed_numbers bigint[],
    topics bytea[], numbers bigint[], topic_accounts bytea[], notifications bytea[],
    inbox_rewritten boolean, inbox_cleared bytea[],
    entry_numbers bigint[], entry_accounts bytea[], entries bytea[], inbox_size bigint
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    one bytea;
BEGIN
    UPDATE shards SET seq = the_seq + 1
    WHERE shard = the_shard AND owner = the_owner AND epoch = the_epoch AND seq = the_seq;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF reset_accounts IS NOT NULL THEN
        FOREACH one IN ARRAY reset_accounts LOOP
            DELETE FROM documents AS d
            WHERE d.shard = the_shard AND d.key <> 'clock ' AND (one IS NULL OR d.account = one);
            DELETE FROM remembered AS r WHERE r.shard = the_shard AND (one IS NULL OR r.account = one);
            DELETE FROM archived AS a WHERE a.shard = the_shard AND (one IS NULL OR a.account = one);
            DELETE FROM inbox AS i WHERE i.shard = the_shard AND (one IS NULL OR i.account = one);
        END LOOP;
    END IF;
    IF cleared_owners IS NOT NULL THEN
        DELETE FROM remembered AS r WHERE r.shard = the_shard AND r.owner = ANY (cleared_owners);
        DELETE FROM archived AS a WHERE a.shard = the_shard AND a.topic = ANY (cleared_owners);
    END IF;
    IF gone_documents IS NOT NULL THEN
        DELETE FROM documents AS d WHERE d.shard = the_shard AND d.key = ANY (gone_documents);
    END IF;
    IF document_keys IS NOT NULL THEN
        INSERT INTO documents AS d (shard, key, account, number, record)
        SELECT the_shard, * FROM unnest(document_keys, document_accounts, document_numbers, document_records)
        ON CONFLICT (shard, key) DO UPDATE SET
            account = excluded.account, number = excluded.number, record = excluded.record;
    END IF;
    IF deleted IS NOT NULL THEN
        DELETE FROM bodies AS b WHERE b.key = ANY (deleted);
        DELETE FROM states AS s WHERE s.key = ANY (deleted);
    END IF;
    IF body_keys IS NOT NULL THEN
        INSERT INTO bodies AS b SELECT * FROM unnest(body_keys, ids, sent_ats, senders, texts, optionals)
        ON CONFLICT (key) DO UPDATE SET
            id = excluded.id, sent_at = excluded.sent_at, sender_id = excluded.sender_id, body = excluded.body,
            optional_fields = excluded.optional_fields;
    END IF;
    IF state_keys IS NOT NULL THEN
        INSERT INTO states AS s SELECT * FROM unnest(state_keys, the_states, dues, receives, befores, firsts, lasts)
        ON CONFLICT (key) DO UPDATE SET
            state = excluded.state, due = excluded.due, receive_count = excluded.receive_count,
            received_before = excluded.received_before, first_received_at = excluded.first_received_at,
            received_at = excluded.received_at;
    END IF;
    IF remembered_until IS NOT NULL THEN
        DELETE FROM remembered AS r WHERE r.shard = the_shard AND r.at <= remembered_until;
    END IF;
    IF owners IS NOT NULL THEN
        INSERT INTO remembered AS r SELECT the_shard, * FROM unnest(owners, kinds, keys, accounts, ats, records)
        ON CONFLICT (shard, owner, kind, key) DO UPDATE SET
            account = excluded.account, at = excluded.at, record = excluded.record;
    END IF;
    IF trimmed_topics IS NOT NULL THEN
        FOR n IN 1 .. cardinality(trimmed_topics) LOOP
            DELETE FROM archived AS a
            WHERE a.shard = the_shard AND a.topic = trimmed_topics[n] AND a.number < trimmed_numbers[n];
        END LOOP;
    END IF;
    IF topics IS NOT NULL THEN
        INSERT INTO archived AS a SELECT the_shard, * FROM unnest(topics, numbers, topic_accounts, notifications)
        ON CONFLICT (shard, topic, number) DO UPDATE SET account = excluded.account, record = excluded.record;
    END IF;
    IF inbox_rewritten THEN
        DELETE FROM inbox AS i WHERE i.shard = the_shard;
    END IF;
    IF inbox_cleared IS NOT NULL THEN
        FOREACH one IN ARRAY inbox_cleared LOOP
            DELETE FROM inbox AS i WHERE i.shard = the_shard AND (one IS NULL OR i.account = one);
        END LOOP;
    END IF;
    IF entry_numbers IS NOT NULL THEN
        INSERT INTO inbox AS i SELECT the_shard, * FROM unnest(entry_numbers, entry_accounts, entries)
        ON CONFLICT (shard, number) DO UPDATE SET account = excluded.account, record = excluded.record;
        DELETE FROM inbox AS i WHERE i.shard = the_shard AND i.number <= (
            SELECT j.number FROM inbox AS j WHERE j.shard = the_shard ORDER BY j.number DESC LIMIT 1 OFFSET inbox_size
        );
    END IF;
    RETURN TRUE;
END $$;

CREATE FUNCTION delete_messages(
    the_shard integer, the_owner text, the_epoch bigint, the_seq bigint,
    these bigint[], first bigint, behind bigint, most integer
) RETURNS integer LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    found_keys bigint[];
BEGIN
    IF NOT next_seq(the_shard, the_owner, the_epoch, the_seq) THEN
        RETURN NULL;
    END IF;
    found_keys := ARRAY (SELECT key FROM bodies WHERE key >= first AND key < behind ORDER BY key LIMIT most);
    DELETE FROM bodies WHERE key = ANY (these || found_keys);
    DELETE FROM states WHERE key = ANY (these || found_keys);
    RETURN cardinality(found_keys);
END $$;

CREATE FUNCTION keep_key(the_shard integer, the_owner text, the_epoch bigint, the_seq bigint, pem bytea)
RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF NOT next_seq(the_shard, the_owner, the_epoch, the_seq) THEN
        RETURN NULL;
    END IF;
    INSERT INTO cluster VALUES ('key', pem) ON CONFLICT (key) DO NOTHING;
    RETURN TRUE;
END $$;
"""

ARGUMENTS = 44  # of commit_batch

Columns = tuple[Any, ...]  # for each argument of a function an array, or None

_encode = msgspec.json.Encoder().encode
_VISIBLE = State.VISIBLE


def arguments(batch: Batch) -> Columns:
    """Returns the arguments of commit_batch behind the first four.

    Raises any error for a record that cannot be written.
    """
    body_rows, state_rows = _messages(batch)
    return (
        [key for (key,) in batch.deleted] or None,
        *_columns(body_rows, 6),
        *_columns(state_rows, 7),
        [_bytes(account) for account in batch.reset_accounts] or None,
        [owner.encode() for owner in batch.cleared_owners] or None,
        *_documents(batch.documents),
        batch.remembered_until,
        *_columns(_remembered(batch), 6),
        *_columns([(topic.encode(), number) for topic, number in batch.trimmed], 2),
        *_columns(_archived(batch), 4),
        batch.inbox_rewritten,
        [_bytes(account) for account in batch.inbox_cleared] or None,
        *_columns([(number, entry.account.encode(), _encode(entry)) for number, entry in batch.inbox], 3),
        batch.inbox_size,
    )


def document_key(kind: str, key: str) -> bytes:
    """Returns the key of a document in its table."""
    return f"{kind} {key}".encode()


def _columns(rows: Iterable[Columns], number: int) -> Columns:
    """Returns the columns of rows; when there are no rows, None for each."""
    return tuple(zip(*rows, strict=True)) or (None,) * number


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _messages(batch: Batch) -> tuple[list[Columns], list[Columns]]:
    """Returns the rows of `bodies`, and those of `states`."""
    bodies, states = [], list(map(_state_of, batch.changed))
    for row in batch.inserted:
        bodies.append(_body_of(row))
        if not _is_as_sent(row):
            states.append(_state_of(row))
    return bodies, states


def _body_of(row: Inserted) -> Columns:
    key, _, _, _, _, _, _, id_, sent_at, sender, body, optional_fields = row
    text = body if isinstance(body, str) else body()
    return key, id_.encode(), sent_at, sender.encode(), text.encode(), _record(optional_fields)


def _state_of(row: Inserted) -> Columns:
    return row[:7]


def _is_as_sent(row: Inserted) -> bool:
    """Returns whether a message was neither delayed nor ever received, so that it needs no row in `states`."""
    _, state, due, receives, of_others, first_at, last_at, *_ = row
    return state == _VISIBLE and not (due or receives or of_others or last_at) and first_at is None


def _record(record: Record | None) -> bytes | None:
    return None if record is None else _encode(record)


def _documents(documents: list[Document]) -> Columns:
    gone = [document_key(each.kind, each.key) for each in documents if each.record is None]
    kept = [
        (document_key(each.kind, each.key), each.account.encode(), each.number, _encode(each.record))
        for each in documents
        if each.record is not None
    ]
    return (gone or None, *_columns(kept, 4))


def _remembered(batch: Batch) -> Iterable[Columns]:
    """Returns the rows of `remembered`: the last of those that have the same key."""

    def row(each: Remembered) -> Columns:
        key, owner = each.key.encode(), each.owner.encode()
        return owner, each.kind, key, each.account.encode(), each.at, _encode(each.record)

    rows = [row(each) for restored in batch.restored for each in restored.remembered()]
    rows += map(row, batch.remembered)
    return _last(rows, lambda row: row[:3])


def _archived(batch: Batch) -> Iterable[Columns]:
    rows = [
        (topic.encode(), number, account.encode(), _encode(record)) for topic, number, account, record in batch.archived
    ]
    return _last(rows, lambda row: row[:2])


def _last(rows: list[Columns], key: Callable[[Columns], Columns]) -> Iterable[Columns]:
    """Returns of the rows with the same key the last: one statement cannot write a row twice."""
    return {key(row): row for row in rows}.values()
