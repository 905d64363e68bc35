"""Writing: the functions that the owner of a shard calls, each in one statement, and their arguments.

Rule: each compares the owner, the epoch and the number of commits (`seq`) with what the caller knows, and changes
nothing if one of them differs; it returns NULL then. Plans must hold on tables that were empty when they were made: so
rows are found by an array of keys (`= ANY`) or one by one, never by a join, and never by reading a whole table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec

from decaf.persistence.batch import Batch, Inserted, Remembered
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

# What is added in version 3. Batches of several shards are as one: what has no key of its own that tells its shard, as
# messages have, has the shard in front. Either all are written, or none: when another node owns one of several, it
# raises an error, since some rows may have changed by then. The shards come in the order of their numbers, so that two
# nodes which both take themselves for the owner of some do not wait for each other.
TOGETHER = """
CREATE FUNCTION commit_batches(
    the_shards integer[], the_owner text, the_epochs bigint[], the_seqs bigint[],
    deleted bigint[],
    body_keys bigint[], ids bytea[], sent_ats double precision[], senders bytea[], texts bytea[], optionals bytea[],
    state_keys bigint[], the_states smallint[], dues double precision[], receives bigint[], befores bigint[],
    firsts double precision[], lasts double precision[],
    reset_shards integer[], reset_accounts bytea[], cleared_shards integer[], cleared_owners bytea[],
    gone_shards integer[], gone_documents bytea[],
    document_shards integer[], document_keys bytea[], document_accounts bytea[], document_numbers bigint[],
    document_records bytea[],
    swept_shards integer[], remembered_until double precision[],
    owner_shards integer[], owners bytea[], kinds text[], keys bytea[], accounts bytea[], ats double precision[],
    records bytea[],
    trimmed_shards integer[], trimmed_topics bytea[], trimmed_numbers bigint[],
    topic_shards integer[], topics bytea[], numbers bigint[], topic_accounts bytea[], notifications bytea[],
    rewritten_shards integer[], inbox_shards integer[], inbox_cleared bytea[],
    entry_shards integer[], entry_numbers bigint[], entry_accounts bytea[], entries bytea[],
    sized_shards integer[], inbox_sizes bigint[]
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    FOR n IN 1 .. cardinality(the_shards) LOOP
        UPDATE shards SET seq = seq + 1
        WHERE shard = the_shards[n] AND owner = the_owner AND epoch = the_epochs[n] AND seq = the_seqs[n];
        IF NOT FOUND THEN
            IF cardinality(the_shards) = 1 THEN
                RETURN NULL;
            END IF;
            RAISE 'another node owns shard %', the_shards[n];
        END IF;
    END LOOP;
    IF reset_shards IS NOT NULL THEN
        FOR n IN 1 .. cardinality(reset_shards) LOOP
            DELETE FROM documents AS d
            WHERE d.shard = reset_shards[n] AND d.key <> 'clock '
                AND (reset_accounts[n] IS NULL OR d.account = reset_accounts[n]);
            DELETE FROM remembered AS r
            WHERE r.shard = reset_shards[n] AND (reset_accounts[n] IS NULL OR r.account = reset_accounts[n]);
            DELETE FROM archived AS a
            WHERE a.shard = reset_shards[n] AND (reset_accounts[n] IS NULL OR a.account = reset_accounts[n]);
            DELETE FROM inbox AS i
            WHERE i.shard = reset_shards[n] AND (reset_accounts[n] IS NULL OR i.account = reset_accounts[n]);
        END LOOP;
    END IF;
    IF cleared_shards IS NOT NULL THEN
        FOR n IN 1 .. cardinality(cleared_shards) LOOP
            DELETE FROM remembered AS r WHERE r.shard = cleared_shards[n] AND r.owner = cleared_owners[n];
            DELETE FROM archived AS a WHERE a.shard = cleared_shards[n] AND a.topic = cleared_owners[n];
        END LOOP;
    END IF;
    IF gone_shards IS NOT NULL THEN
        FOR n IN 1 .. cardinality(gone_shards) LOOP
            DELETE FROM documents AS d WHERE d.shard = gone_shards[n] AND d.key = gone_documents[n];
        END LOOP;
    END IF;
    IF document_shards IS NOT NULL THEN
        INSERT INTO documents AS d (shard, key, account, number, record)
        SELECT * FROM unnest(document_shards, document_keys, document_accounts, document_numbers, document_records)
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
    IF swept_shards IS NOT NULL THEN
        FOR n IN 1 .. cardinality(swept_shards) LOOP
            DELETE FROM remembered AS r WHERE r.shard = swept_shards[n] AND r.at <= remembered_until[n];
        END LOOP;
    END IF;
    IF owner_shards IS NOT NULL THEN
        INSERT INTO remembered AS r SELECT * FROM unnest(owner_shards, owners, kinds, keys, accounts, ats, records)
        ON CONFLICT (shard, owner, kind, key) DO UPDATE SET
            account = excluded.account, at = excluded.at, record = excluded.record;
    END IF;
    IF trimmed_shards IS NOT NULL THEN
        FOR n IN 1 .. cardinality(trimmed_shards) LOOP
            DELETE FROM archived AS a
            WHERE a.shard = trimmed_shards[n] AND a.topic = trimmed_topics[n] AND a.number < trimmed_numbers[n];
        END LOOP;
    END IF;
    IF topic_shards IS NOT NULL THEN
        INSERT INTO archived AS a SELECT * FROM unnest(topic_shards, topics, numbers, topic_accounts, notifications)
        ON CONFLICT (shard, topic, number) DO UPDATE SET account = excluded.account, record = excluded.record;
    END IF;
    IF rewritten_shards IS NOT NULL THEN
        DELETE FROM inbox AS i WHERE i.shard = ANY (rewritten_shards);
    END IF;
    IF inbox_shards IS NOT NULL THEN
        FOR n IN 1 .. cardinality(inbox_shards) LOOP
            DELETE FROM inbox AS i
            WHERE i.shard = inbox_shards[n] AND (inbox_cleared[n] IS NULL OR i.account = inbox_cleared[n]);
        END LOOP;
    END IF;
    IF entry_shards IS NOT NULL THEN
        INSERT INTO inbox AS i SELECT * FROM unnest(entry_shards, entry_numbers, entry_accounts, entries)
        ON CONFLICT (shard, number) DO UPDATE SET account = excluded.account, record = excluded.record;
        FOR n IN 1 .. cardinality(sized_shards) LOOP
            DELETE FROM inbox AS i WHERE i.shard = sized_shards[n] AND i.number <= (
                SELECT j.number FROM inbox AS j
                WHERE j.shard = sized_shards[n] ORDER BY j.number DESC LIMIT 1 OFFSET inbox_sizes[n]
            );
        END LOOP;
    END IF;
    RETURN TRUE;
END $$;
"""

ARGUMENTS = 55  # of commit_batches

Columns = tuple[Any, ...]  # for each argument of a function an array, or None
Batches = Sequence[tuple[int, Batch]]  # each with its shard

_encode = msgspec.json.Encoder().encode
_VISIBLE = State.VISIBLE


def arguments(batches: Batches) -> Columns:
    """Returns the arguments of commit_batches behind the first four.

    Raises any error for a record that cannot be written.
    """
    bodies, states = _messages(batches)
    kept, gone = _documents(batches)
    return (
        [key for _, batch in batches for (key,) in batch.deleted] or None,
        *_columns(bodies, 6),
        *_columns(states, 7),
        *_columns([(shard, _bytes(each)) for shard, batch in batches for each in batch.reset_accounts], 2),
        *_columns([(shard, owner.encode()) for shard, batch in batches for owner in batch.cleared_owners], 2),
        *_columns(gone, 2),
        *_columns(kept, 5),
        *_columns([(n, batch.remembered_until) for n, batch in batches if batch.remembered_until is not None], 2),
        *_columns(_remembered(batches), 7),
        *_columns([(shard, topic.encode(), n) for shard, batch in batches for topic, n in batch.trimmed], 3),
        *_columns(_archived(batches), 5),
        [shard for shard, batch in batches if batch.inbox_rewritten] or None,
        *_columns([(shard, _bytes(each)) for shard, batch in batches for each in batch.inbox_cleared], 2),
        *_columns(_entries(batches), 4),
        *_columns([(shard, batch.inbox_size) for shard, batch in batches if batch.inbox], 2),
    )


def document_key(kind: str, key: str) -> bytes:
    """Returns the key of a document in its table."""
    return f"{kind} {key}".encode()


def _columns(rows: Collection[Columns], number: int) -> Columns:
    """Returns the columns of rows; when there are no rows, None for each."""
    return tuple(zip(*rows, strict=True)) if rows else (None,) * number


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _messages(batches: Batches) -> tuple[list[Columns], list[Columns]]:
    """Returns the rows of `bodies`, and those of `states`."""
    bodies, states = [], [_state_of(row) for _, batch in batches for row in batch.changed]
    for _, batch in batches:
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


def _documents(batches: Batches) -> tuple[list[Columns], list[Columns]]:
    """Returns the rows of `documents`, and the keys of those that are gone."""
    kept: list[Columns] = []
    gone: list[Columns] = []
    for shard, batch in batches:
        for each in batch.documents:
            key = document_key(each.kind, each.key)
            if each.record is None:
                gone.append((shard, key))
            else:
                kept.append((shard, key, each.account.encode(), each.number, _encode(each.record)))
    return kept, gone


def _remembered(batches: Batches) -> Collection[Columns]:
    """Returns the rows of `remembered`: the last of those that have the same key."""

    def row(shard: int, each: Remembered) -> Columns:
        key, owner = each.key.encode(), each.owner.encode()
        return shard, owner, each.kind, key, each.account.encode(), each.at, _encode(each.record)

    rows: list[Columns] = []
    for shard, batch in batches:
        rows += [row(shard, each) for restored in batch.restored for each in restored.remembered()]
        rows += [row(shard, each) for each in batch.remembered]
    return _last(rows, lambda row: row[:4])


def _archived(batches: Batches) -> Collection[Columns]:
    rows = [
        (shard, topic.encode(), number, account.encode(), _encode(record))
        for shard, batch in batches
        for topic, number, account, record in batch.archived
    ]
    return _last(rows, lambda row: row[:3])


def _entries(batches: Batches) -> list[Columns]:
    return [
        (shard, number, entry.account.encode(), _encode(entry))
        for shard, batch in batches
        for number, entry in batch.inbox
    ]


def _last(rows: list[Columns], key: Callable[[Columns], Columns]) -> Collection[Columns]:
    """Returns of the rows with the same key the last: one statement cannot write a row twice."""
    return {key(row): row for row in rows}.values()
