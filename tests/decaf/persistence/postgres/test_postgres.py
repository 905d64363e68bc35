"""The keeper in PostgreSQL: what was written is read again, once and by its owner alone, whatever becomes of
connections.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from decaf.persistence.batch import Batch, Document, Inserted, Remembered, key_of
from decaf.persistence.disk import read_backup
from decaf.persistence.errors import Fenced, NotWritten
from decaf.persistence.keeper import ROWS
from decaf.persistence.postgres import postgres as module
from decaf.persistence.postgres.postgres import Postgres
from decaf.persistence.postgres.session import connect
from decaf.persistence.records import (
    ArchivedRecord,
    ClockRecord,
    InboxRecord,
    NotificationRecord,
    OptionalFields,
    QueueRecord,
    Record,
    RegionRecord,
    SentRecord,
)
from decaf.persistence.unwritable import NOTHING
from decaf.sqs.message import State
from tests.postgres.owning import keeper, owned
from tests.postgres.proxy import Cut, Proxy
from tests.postgres.server import Postgres as Server

QUEUE = "arn:aws:sqs:us-east-1:1:orders"
TOPIC = "arn:aws:sns:us-east-1:1:news"
HALF = "\ud800"  # of a pair: no text in UTF-8 can have it


@pytest.fixture
def kept(database: str) -> Iterator[Postgres]:
    made = keeper(database)
    yield made
    made.close()


def test_all_that_was_written_is_read_again(kept: Postgres) -> None:
    kept.apply(_everything())
    contents = kept.load()
    snapshot = contents.snapshot
    assert snapshot.clock == ClockRecord(at=5.0, moved=2.0)
    assert [each.arn for each in snapshot.queues] == [QUEUE]
    assert [each.account for each in snapshot.regions] == ["2", "1"], "in the order in which they were made"
    assert snapshot.sent == (_sent("once"),)
    assert snapshot.archived == (_archived(1), _archived(2))
    assert snapshot.inbox == (_entry("latte"),)
    assert contents.inbox_count == 7
    assert contents.numbers == {QUEUE: 3}
    assert [(each.body, each.state, each.due) for each in contents.messages[QUEUE]] == [
        ("espresso", State.VISIBLE, 0.0),
        ("mocha", State.DELAYED, 9.0),
    ]


def test_a_document_that_changes_keeps_its_place(kept: Postgres) -> None:
    kept.apply(_everything())
    kept.apply(Batch(documents=[_region("2", spent="4")]))
    assert [(each.account, each.spent) for each in kept.load().snapshot.regions] == [("2", "4"), ("1", "0")]


def test_a_message_that_changes_keeps_its_body_which_is_not_written_again(kept: Postgres) -> None:
    kept.apply(_everything())
    row = _row(3, 1, "not read by a keeper that has it", state=State.IN_FLIGHT, due=30.0, receives=1, first=1.0)
    kept.apply(Batch(changed=[row]))
    (first, _) = kept.load().messages[QUEUE]
    assert (first.body, first.state, first.due, first.receives.count) == ("espresso", State.IN_FLIGHT, 30.0, 1)
    kept.apply(Batch(deleted=[(key_of(3, 1),), (key_of(3, 2),)]))
    assert kept.load().messages == {QUEUE: []}


TEXTS = (
    "\0",
    "a\0b",
    "\x01\x1f",
    "\x7f\x80",
    "\ufffe\uffff",
    "\U0001f600",
    "'\"\\",
    "{NULL}",
    "e\u0301",
    " ",
    "x" * 9_000,
)


def test_every_text_is_read_again_as_it_was(kept: Postgres) -> None:
    """PostgreSQL's own texts cannot have a NUL."""
    optional = OptionalFields(attributes={"a": {"DataType": "String", "StringValue": "\0"}}, trace_header="\0")
    kept.apply(
        Batch(
            documents=[_queue(), *(_region(text) for text in TEXTS)],
            inserted=[_row(3, n, text, sender=text, optional=optional) for n, text in enumerate(TEXTS)],
            remembered=[_remembered(text) for text in TEXTS],
            archived=[(text, 1, text, _archived(1, text)) for text in TEXTS],
            inbox=[(n, _entry(text)) for n, text in enumerate(TEXTS)],
            inbox_size=100,
        )
    )
    contents = kept.load()
    assert [each.account for each in contents.snapshot.regions] == [*TEXTS]
    messages = contents.messages[QUEUE]
    assert [(each.body, each.metadata.sender_id) for each in messages] == [(text, text) for text in TEXTS]
    assert {each.metadata.trace_header for each in messages} == {"\0"}
    assert sorted(each.deduplication_id for each in contents.snapshot.sent) == sorted(TEXTS)
    assert sorted(each.notification.message for each in contents.snapshot.archived) == sorted(TEXTS)
    assert [each.body for each in contents.snapshot.inbox] == [*TEXTS]


def test_a_record_that_cannot_be_written_keeps_back_no_other(kept: Postgres) -> None:
    batch = Batch(documents=[_queue()], inserted=[_row(3, 1, "espresso"), _row(3, 2, HALF, id_="bad")])
    assert kept.apply(batch) == {"bad"}
    assert [each.body for each in kept.load().messages[QUEUE]] == ["espresso"]
    assert kept.apply(Batch(documents=[_region("1")])) == NOTHING


def test_a_value_that_no_column_takes_is_an_error_and_nothing_is_written(kept: Postgres) -> None:
    with pytest.raises(Exception, match="invalid input"):
        kept.apply(Batch(documents=[_region("1")], deleted=[(object(),)]))  # type: ignore[list-item]
    assert kept.load().snapshot.regions == ()
    kept.apply(Batch(documents=[_region("1")]))


def test_what_is_named_twice_in_a_batch_is_as_the_last_says(kept: Postgres) -> None:
    kept.apply(
        Batch(
            remembered=[_remembered("same", at=1.0), _remembered("same", at=2.0)],
            archived=[(TOPIC, 1, "1", _archived(1, "old")), (TOPIC, 1, "1", _archived(1, "new"))],
        )
    )
    snapshot = kept.load().snapshot
    assert [each.at for each in snapshot.sent] == [2.0]
    assert [each.notification.message for each in snapshot.archived] == ["new"]


def test_an_account_that_is_reset_loses_what_it_had_and_others_nothing(kept: Postgres) -> None:
    kept.apply(_everything())
    kept.apply(Batch(reset_accounts=["1"]))
    snapshot = kept.load().snapshot
    assert [each.account for each in snapshot.regions] == ["2"]
    assert (snapshot.queues, snapshot.sent, snapshot.archived, snapshot.inbox) == ((), (), (), ())
    kept.apply(Batch(reset_accounts=[None]))
    assert kept.load().snapshot.regions == ()
    assert kept.load().snapshot.clock == ClockRecord(at=5.0, moved=2.0)


def test_what_is_dropped_of_queues_topics_and_the_inbox_is_gone(kept: Postgres) -> None:
    kept.apply(_everything())
    kept.apply(Batch(trimmed=[(TOPIC, 2)]))
    assert kept.load().snapshot.archived == (_archived(2),)
    kept.apply(Batch(cleared_owners=[TOPIC, QUEUE]))
    assert (kept.load().snapshot.archived, kept.load().snapshot.sent) == ((), ())
    kept.apply(Batch(remembered=[_remembered("old", at=1.0), _remembered("new", at=2.0)]))
    kept.apply(Batch(remembered_until=1.0))
    assert [each.deduplication_id for each in kept.load().snapshot.sent] == ["new"]
    kept.apply(Batch(inbox=[(n, _entry(str(n))) for n in range(8, 12)], inbox_size=2))
    assert [each.body for each in kept.load().snapshot.inbox] == ["10", "11"]
    kept.apply(Batch(inbox_rewritten=True, inbox=[(11, _entry("11"))], inbox_size=2))
    assert [each.body for each in kept.load().snapshot.inbox] == ["11"]
    kept.apply(Batch(inbox_cleared=["2"]))
    assert [each.body for each in kept.load().snapshot.inbox] == ["11"]
    kept.apply(Batch(inbox_cleared=["1"]))
    assert kept.load().snapshot.inbox == ()


def test_obsolete_messages_are_deleted_some_at_a_time(kept: Postgres) -> None:
    rows = [_row(5, n, "", state=State.IN_FLIGHT, due=1.0) for n in range(ROWS + 1)]
    kept.apply(Batch(documents=[_queue()], inserted=[*rows, _row(3, 1, "espresso"), _row(3, 2, "expired")]))
    assert kept.load().abandoned == [5]
    assert kept.delete_messages([(key_of(3, 2),)], 5) is True
    assert kept.delete_messages([], 5) is False
    assert kept.delete_messages([], None) is False
    contents = kept.load()
    assert contents.abandoned == []
    assert [each.body for each in contents.messages[QUEUE]] == ["espresso"]


def test_code_is_kept_until_no_function_has_it_any_more(kept: Postgres) -> None:
    for digest in (b"1", b"2", b"1"):
        kept.keep_code(digest, b"code " + digest)
    assert [kept.read_code(digest) for digest in (b"1", b"2", b"3")] == [b"code 1", b"code 2", None]
    kept.keep_only_code({b"1", b"3"})
    assert [kept.read_code(digest) for digest in (b"1", b"2")] == [b"code 1", None]
    seq = kept.seq
    kept.keep_only_code({b"1"})
    assert kept.seq == seq, "nothing is written when nothing is to go"


def test_the_signing_key_is_the_first_that_was_kept(database: str) -> None:
    first, second = keeper(database), None
    try:
        assert (first.load().key, first.count_start()) == (None, 0)
        first.keep_key("PEM")
        first.keep_key("another")
        second = keeper(database)
        assert (second.load().key, second.count_start()) == ("PEM", 1)
    finally:
        for each in (first, second):
            if each is not None:
                each.close()


def test_a_load_reports_how_far_it_is(kept: Postgres) -> None:
    kept.apply(Batch(documents=[_queue()], inserted=[_row(3, n, "") for n in range(12_000)]))
    reports: list[tuple[int, int]] = []
    kept.load(lambda *report: reports.append(report))
    assert reports == [(5_000, 12_000), (10_000, 12_000), (12_000, 12_000)]


def test_a_backup_is_the_file_of_a_data_directory(kept: Postgres) -> None:
    kept.apply(_everything())
    kept.keep_key("PEM")
    with kept.backup() as file:
        copy = read_backup(file.read())
    contents = kept.load()
    assert {arn: [each.body for each in messages] for arn, messages in copy.messages.items()} == {
        QUEUE: ["espresso", "mocha"]
    }
    for part in ("clock", "queues", "regions", "sent", "archived", "inbox"):
        assert getattr(copy, part) == getattr(contents.snapshot, part), part


def test_once_another_node_owns_the_state_nothing_more_is_written(database: str) -> None:
    fenced: list[str] = []
    first = keeper(database, lambda: fenced.append("first"))
    first.apply(Batch(documents=[_region("1")]))
    second = keeper(database)
    for write in _writes():
        with pytest.raises(Fenced):
            write(first)
    assert fenced == ["first"]
    assert [each.account for each in second.load().snapshot.regions] == ["1"]
    second.apply(Batch(documents=[_region("2")]))
    assert (first.seq, second.seq) == (1, 2)
    first.close()
    second.close()


def test_a_database_that_is_behind_its_owner_is_noticed(database: str, postgres: Server) -> None:
    """As after the failover to a standby that did not have the last commits."""
    kept = keeper(database)
    kept.apply(Batch(documents=[_region("1")]))
    kept.apply(Batch(documents=[_region("2")]))
    postgres.execute("UPDATE decaf.shards SET seq = 1", database.rpartition("/")[2])
    with pytest.raises(Fenced):
        kept.apply(Batch(documents=[_region("3")]))
    kept.close()


@pytest.mark.parametrize("cut", ["request", "answer"])
@pytest.mark.parametrize("number", range(4))
def test_a_commit_whose_connection_is_cut_is_done_once(proxy: Proxy, cut: Cut, number: int) -> None:
    """Cut before the commit has reached the database, or after that and before its answer has come back."""
    kept = Postgres(proxy.url, owned(proxy.url))
    kept.apply(Batch(documents=[_queue()], inserted=[_row(3, 1, "espresso")]))
    for nth in range(number):
        kept.apply(Batch(inserted=[_row(3, 10 + nth, "")]))
    before = kept.seq
    proxy.cut(cut)
    assert kept.apply(Batch(inserted=[_row(3, 2, "mocha")], deleted=[(key_of(3, 1),)])) == NOTHING
    assert (proxy.cuts, kept.seq) == (1, before + 1)
    kept.apply(Batch(inserted=[_row(3, 30, "latte")]))
    assert [each.body for each in kept.load().messages[QUEUE] if each.body] == ["mocha", "latte"]
    kept.close()


def test_a_takeover_while_a_commit_is_unsure_ends_in_fenced(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Postgres(proxy.url, owned(proxy.url))
    kept.apply(Batch(documents=[_region("1")]))
    taken: list[Postgres] = []

    def another_is_faster(_: float) -> None:
        if not taken:
            taken.append(keeper(proxy.url))

    monkeypatch.setattr(module, "pause", another_is_faster)
    proxy.cut("answer")
    with pytest.raises(Fenced):
        kept.apply(Batch(documents=[_region("2")]))
    kept.close()
    taken[0].close()


def test_a_database_that_is_away_for_long_is_not_written_and_can_be_again(proxy: Proxy, postgres: Server) -> None:
    kept = Postgres(proxy.url, owned(proxy.url), patience=0.0)
    kept.apply(Batch(documents=[_region("1")]))
    proxy.cut("answer")
    with pytest.raises(NotWritten):
        kept.apply(Batch(documents=[_region("2")]))
    kept.probe()
    assert [each.account for each in kept.load().snapshot.regions] == ["1", "2"], (
        "whether it was done is read, not guessed"
    )
    kept.apply(Batch(documents=[_region("3")]))
    kept.close()


def test_a_write_after_one_that_was_given_up_asks_first_what_became_of_that(proxy: Proxy) -> None:
    kept = Postgres(proxy.url, owned(proxy.url), patience=0.0)
    kept.apply(Batch(documents=[_region("1")]))
    proxy.cut("answer")
    with pytest.raises(NotWritten):
        kept.apply(Batch(documents=[_region("2")]))
    kept.apply(Batch(documents=[_region("3")]))
    assert [each.account for each in kept.load().snapshot.regions] == ["1", "2", "3"]
    kept.close()


def test_a_commit_that_comes_after_the_state_was_read_again_is_refused(database: str) -> None:
    kept = keeper(database)
    kept.apply(Batch(documents=[_region("1")]))
    lease, late = kept._lease, kept.seq
    kept.probe()

    async def from_a_connection_that_was_lost() -> Any:
        connection = await connect(database, lease.owner)
        try:
            return await connection.fetchval(
                "SELECT next_seq($1, $2, $3, $4)", lease.shard, lease.owner, lease.epoch, late
            )
        finally:
            await connection.close()

    assert asyncio.run(from_a_connection_that_was_lost()) is False
    kept.apply(Batch(documents=[_region("2")]))
    kept.close()


def test_a_commit_under_way_ends_when_its_node_gives_up(database: str) -> None:
    kept = keeper(database)
    kept.apply(Batch(documents=[_region("1")]))
    failed: list[Exception] = []

    def write() -> None:
        try:
            kept.apply(Batch(documents=[_region("2")]))
        except NotWritten as error:
            failed.append(error)

    async def hold_it_up() -> None:
        other = await connect(database, "other")
        await other.execute("BEGIN")
        await other.execute("SELECT * FROM shards FOR UPDATE")
        thread = threading.Thread(target=write)
        thread.start()
        while not await other.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            pass
        kept.give_up()
        thread.join()
        other.terminate()

    asyncio.run(hold_it_up())
    assert [type(each) for each in failed] == [Fenced]
    kept.close()


@pytest.mark.parametrize(("durability", "setting"), [("commit", "on"), ("second", "on"), ("none", "off")])
def test_a_commit_waits_for_the_disk_unless_nothing_is_promised(database: str, durability: str, setting: str) -> None:
    kept = keeper(database, durability=durability)
    assert kept._session.run(lambda connection: connection.fetchval("SHOW synchronous_commit")) == setting
    kept.close()


def _writes() -> tuple[Callable[[Postgres], Any], ...]:
    return (
        lambda kept: kept.apply(Batch(documents=[_region("3")])),
        lambda kept: kept.delete_messages([], 1),
        lambda kept: kept.keep_key("PEM"),
        lambda kept: kept.keep_code(b"digest", b"zip"),
        lambda kept: kept.probe(),
    )


def _everything() -> Batch:
    return Batch(
        documents=[
            Document("clock", "", "", ClockRecord(at=5.0, moved=2.0)),
            _region("2"),
            _region("1"),
            _queue(),
        ],
        inserted=[_row(3, 1, lambda: "espresso"), _row(3, 2, "mocha", state=State.DELAYED, due=9.0)],
        remembered=[_remembered("once")],
        archived=[(TOPIC, 1, "1", _archived(1)), (TOPIC, 2, "1", _archived(2))],
        inbox=[(7, _entry("latte"))],
        inbox_size=10,
    )


def _row(
    queue: int,
    number: int,
    body: Any,
    id_: str = "",
    sender: str = "AIDA",
    state: State = State.VISIBLE,
    due: float = 0.0,
    receives: int = 0,
    first: float | None = None,
    optional: Record | None = None,
) -> Inserted:
    key, id_ = key_of(queue, number), id_ or f"00000000-0000-4000-8000-{number:012}"
    return key, state, due, receives, 0, first, first or 0.0, id_, 1.0, sender, body, optional


def _queue() -> Document:
    record = QueueRecord(arn=QUEUE, tag=b"12345678", attributes={}, created_at=1.0, modified_at=1.0)
    return Document("queue", QUEUE, "1", record, 3)


def _region(account: str, spent: str = "0") -> Document:
    return Document("region", f"{account}/us-east-1", account, RegionRecord(account, "us-east-1", spent=spent))


def _sent(deduplication_id: str, at: float = 1.0) -> SentRecord:
    return SentRecord(QUEUE, None, deduplication_id, at, "id", "1")


def _remembered(deduplication_id: str, at: float = 1.0) -> Remembered:
    return Remembered("sent", QUEUE, f"{deduplication_id} ", "1", at, _sent(deduplication_id, at))


def _archived(number: int, message: str = "news") -> ArchivedRecord:
    return ArchivedRecord(TOPIC, number, NotificationRecord("id", TOPIC, message, 1.0, ""))


def _entry(body: str) -> InboxRecord:
    return InboxRecord("1", "sms", "+1555", None, "id", None, body, 1.0, "Notification")
