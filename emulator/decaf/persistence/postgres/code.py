"""The code of functions that came as a zip file, in the database: the node that takes a shard over unpacks it again.

Rule: what is kept is named by its digest (SHA-256), and never changed. What no function has any more goes when the
shard is loaded: until then a request may be about to use it.
"""

from __future__ import annotations

# What is added in version 3.
CODE = """
CREATE TABLE code (
    shard integer NOT NULL,
    digest bytea NOT NULL,
    zipped bytea NOT NULL,
    PRIMARY KEY (shard, digest)
);
ALTER TABLE code ALTER zipped SET STORAGE EXTERNAL;

CREATE FUNCTION keep_code(
    the_shard integer, the_owner text, the_epoch bigint, the_seq bigint, the_digest bytea, the_code bytea
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF NOT next_seq(the_shard, the_owner, the_epoch, the_seq) THEN
        RETURN NULL;
    END IF;
    INSERT INTO code VALUES (the_shard, the_digest, the_code) ON CONFLICT (shard, digest) DO NOTHING;
    RETURN TRUE;
END $$;

CREATE FUNCTION keep_only_code(
    the_shard integer, the_owner text, the_epoch bigint, the_seq bigint, used bytea[]
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF NOT next_seq(the_shard, the_owner, the_epoch, the_seq) THEN
        RETURN NULL;
    END IF;
    DELETE FROM code WHERE shard = the_shard AND digest <> ALL (used);
    RETURN TRUE;
END $$;
"""

KEEP = "SELECT keep_code($1, $2, $3, $4, $5, $6)"
KEEP_ONLY = "SELECT keep_only_code($1, $2, $3, $4, $5)"
DIGESTS = "SELECT digest FROM code WHERE shard = $1"
READ = "SELECT zipped FROM code WHERE shard = $1 AND digest = $2"
