"""Functions that nodes of an earlier version call.

Rule: they stay as they are until no node of that version can be there any more.
"""

from __future__ import annotations

# Of nodes that know version 1 or 2 of the tables: it writes the batch of one shard. NULL instead of an array: no rows.
COMMIT_BATCH = """
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
"""
