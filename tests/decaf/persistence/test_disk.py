"""The file of a data directory: whose it is, what is written into it, and how one version becomes the next."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.persistence import disk
from decaf.persistence.batch import OWN_NUMBER, Batch, Document, Inserted, Remembered, key_of, remembered_send
from decaf.persistence.disk import Disk, read_backup
from decaf.persistence.errors import NotWritten, Unusable
from decaf.persistence.records import (
    ArchivedRecord,
    AttemptRecord,
    ClockRecord,
    InboxRecord,
    NotificationRecord,
    OptionalFields,
    QueueRecord,
    RegionRecord,
    SentRecord,
)
from decaf.persistence.unwritable import NOTHING
from decaf.sqs.message import State
from tests.decaf.persistence.full_disk import no_room

MINE, THEIRS = "111111111111", "222222222222"


def _open(directory: Path, durability: str = "commit") -> Disk:
    return Disk(directory, durability)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Disk]:
    made = _open(tmp_path)
    yield made
    made.close()


def _columns(directory: Path) -> list[str]:
    with closing(sqlite3.connect(directory / disk.FILE)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(documents)")]


def _region(account: str = "000000000000", spent: str = "3") -> Document:
    record = RegionRecord(account=account, name="us-east-1", spent=spent)
    return Document("region", f"{account}/us-east-1", account, record)


def _fill(directory: Path) -> None:
    opened = _open(directory)
    opened.apply(Batch(documents=[_region()]))
    opened.close()


def _spent(opened: Disk) -> list[str]:
    return [region.spent for region in opened.load().snapshot.regions]


# --- whose it is -------------------------------------------------------------------------------------------


def test_a_new_directory_and_its_file_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _fill(tmp_path / "shop" / "data")
    finally:
        os.umask(before)
    (file,) = (tmp_path / "shop" / "data").iterdir()
    assert [path.stat().st_mode & 0o7777 for path in (file.parent, file)] == [0o700, 0o600]


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_files_left_there_are_closed_to_others(tmp_path: Path, end: str) -> None:
    _fill(tmp_path)
    path = tmp_path / f"{disk.FILE}{end}"
    path.touch()
    path.chmod(0o644)
    disk._make_private(tmp_path / disk.FILE)
    assert path.stat().st_mode & 0o7777 == 0o600


def test_a_directory_that_cannot_be_made_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable) as refused:
        _open(tmp_path / "file" / "data")
    assert str(refused.value) == f"{tmp_path}/file/data cannot be made: Not a directory"


def _text(file: Path) -> None:
    file.write_text("The coffee is ready.\n" * 50)


def _beginning(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + bytes(83))


def _other_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE coffee (cup)")


def _later_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA application_id = 0xDECAF")
        connection.execute(f"PRAGMA user_version = {disk.VERSION + 1}")


def _directory(file: Path) -> None:
    file.mkdir()


def _header_alone(file: Path) -> None:
    head = bytearray(100)
    head[:16], head[68:72] = b"SQLite format 3\0", (0xDECAF).to_bytes(4, "big")
    file.write_bytes(head)


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (_text, "is damaged, or no store of Decaf's"),
        (_beginning, "is damaged, or no store of Decaf's"),
        (_other_program, "is no store of Decaf's"),
        (_later_version, f"is of version {disk.VERSION + 1}; this Decaf reads up to {disk.VERSION}"),
        (_directory, "cannot be read: Is a directory"),
        (_header_alone, "is damaged: file is not a database"),
    ],
)
def test_a_file_that_is_no_store_is_refused_with_the_reason(
    tmp_path: Path, write: Callable[[Path], None], why: str
) -> None:
    write(tmp_path / disk.FILE)
    with pytest.raises(Unusable) as refused:
        _open(tmp_path)
    assert str(refused.value) == f"{tmp_path / disk.FILE} {why}"


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / disk.FILE).touch()
    _fill(tmp_path)
    assert disk.version_of(tmp_path / disk.FILE) == disk.VERSION


def test_nobody_else_can_use_a_file_that_is_open(tmp_path: Path, opened: Disk) -> None:
    with pytest.raises(Unusable) as refused:
        _open(tmp_path)
    assert str(refused.value) == f"{tmp_path / disk.FILE} is in use by another process"


def test_a_file_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    with no_room(), pytest.raises(Unusable) as refused:
        _open(tmp_path)
    assert str(refused.value) == f"{tmp_path / disk.FILE} cannot be used: disk I/O error"


def test_a_record_that_is_none_makes_the_file_a_damaged_one(opened: Disk) -> None:
    opened.apply(Batch(documents=[_region()]))
    opened._connection.execute("UPDATE documents SET record = '{}', checksum = NULL")
    with pytest.raises(Unusable, match=f"^{opened.path} is damaged: Object missing required field `account`"):
        opened.load()


@pytest.mark.parametrize(("durability", "synchronous"), [("commit", 2), ("second", 2), ("none", 0)])
def test_commits_wait_for_the_disk_unless_told_otherwise(tmp_path: Path, durability: str, synchronous: int) -> None:
    opened = _open(tmp_path, durability)
    assert opened._connection.execute("PRAGMA synchronous").fetchone()[0] == synchronous
    assert opened._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert opened._connection.execute("PRAGMA busy_timeout").fetchone()[0] == 0  # who comes second is refused at once
    opened.close()


# --- from one version to the next --------------------------------------------------------------------------


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path)
    later = "ALTER TABLE documents ADD COLUMN colour TEXT;"
    monkeypatch.setattr(disk, "_MIGRATIONS", disk._MIGRATIONS | {disk.VERSION: later})
    monkeypatch.setattr(disk, "VERSION", disk.VERSION + 1)
    opened = _open(tmp_path)
    assert _spent(opened) == ["3"]
    assert disk.version_of(tmp_path / disk.FILE) == disk.VERSION  # in the file itself, not in its log alone
    opened.close()
    assert _columns(tmp_path)[-1] == "colour"
    _open(tmp_path).close()


def _first_version(directory: Path) -> None:
    """A file as it was before records had checksums."""
    with closing(sqlite3.connect(directory / disk.FILE)) as connection, connection:
        connection.executescript(disk.SCHEMA)
        record = '{"account":"000000000000","name":"us-east-1","spent":"3"}'
        values = ("region", "000000000000/us-east-1", "000000000000", record.encode())
        connection.execute("INSERT INTO documents (kind, key, account, record) VALUES (?, ?, ?, ?)", values)
        connection.execute("PRAGMA application_id = 0xDECAF")
        connection.execute("PRAGMA user_version = 1")


def test_records_of_the_first_version_are_read_and_get_a_checksum_when_they_are_written_again(tmp_path: Path) -> None:
    _first_version(tmp_path)
    copy = (tmp_path / disk.FILE).read_bytes()
    assert [region.spent for region in read_backup(copy).regions] == ["3"]
    opened = _open(tmp_path)
    assert _spent(opened) == ["3"]
    opened.apply(Batch(documents=[_region(spent="4")]))
    opened._connection.execute("UPDATE documents SET record = replace(record, '4', '5')")
    with pytest.raises(Unusable, match="a record in its table documents has changed since it was written"):
        opened.load()
    opened.close()


def test_a_step_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path)
    with monkeypatch.context() as later:
        step = "ALTER TABLE documents ADD COLUMN colour TEXT; DROP TABLE missing;"
        later.setattr(disk, "_MIGRATIONS", disk._MIGRATIONS | {disk.VERSION: step})
        later.setattr(disk, "VERSION", disk.VERSION + 1)
        with pytest.raises(Unusable, match="no such table"):
            _open(tmp_path)
    opened = _open(tmp_path)
    assert _spent(opened) == ["3"]
    opened.close()
    assert "colour" not in _columns(tmp_path)


# --- what is written ---------------------------------------------------------------------------------------


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path, opened: Disk) -> None:
    opened.apply(Batch(documents=[_region()]))
    with pytest.raises(sqlite3.Error):
        opened.apply(Batch(documents=[_region(spent="4")], deleted=[(object(),)]))  # type: ignore[list-item]
    assert _spent(opened) == ["3"]
    assert opened.apply(Batch(documents=[_region(spent="5")])) == NOTHING


def test_a_disk_without_room_is_no_fault_of_a_record(opened: Disk) -> None:
    opened.apply(Batch(documents=[_region()]))
    with no_room(), pytest.raises(NotWritten):
        opened.apply(Batch(documents=[_region(spent="4")]))
    with no_room(), pytest.raises((NotWritten, Unusable)):
        opened.probe()
    opened.probe()
    assert _spent(opened) == ["3"]


def test_a_trial_leaves_nothing_and_puts_the_log_into_the_file(tmp_path: Path, opened: Disk) -> None:
    opened.apply(Batch(documents=[_region()]))
    opened.probe()
    assert (tmp_path / f"{disk.FILE}-wal").stat().st_size == 0
    assert opened._connection.execute("SELECT kind FROM documents").fetchall() == [("region",)]


MESSAGE_ID = "059f36b4-87a3-44ab-83d2-661975830a7d"


def _queue(name: str, account: str = MINE) -> QueueRecord:
    return QueueRecord(
        arn=f"arn:aws:sqs:us-east-1:{account}:{name}", tag=b"", attributes={}, created_at=1.0, modified_at=1.0
    )


def _queues(*names: str, account: str = MINE, first: int = 1) -> list[Document]:
    records = [_queue(name, account) for name in names]
    return [Document("queue", record.arn, account, record, number) for number, record in enumerate(records, first)]


def _message(queue: int, number: int, body: Any = "latte", optional: OptionalFields | None = None) -> Inserted:
    return (key_of(queue, number), State.IN_FLIGHT, 5.0, 3, 2, 1.5, 2.5, MESSAGE_ID, 0.5, "AIDA", body, optional)


def _numbers(opened: Disk) -> dict[str, list[int]]:
    """The numbers of the messages of each queue, by its name."""
    return {
        arn.rpartition(":")[2]: [message.number for message in messages]
        for arn, messages in opened.load().messages.items()
    }


def test_a_message_is_read_as_it_was_written(opened: Disk) -> None:
    optional = OptionalFields(group_id="bar", sequence_number="1")
    opened.apply(Batch(documents=_queues("orders"), inserted=[_message(1, 7, lambda: "made late", optional)]))
    contents = opened.load()
    ((arn, (message,)),) = contents.messages.items()
    assert contents.numbers == {arn: 1}
    assert (message.number, message.state, message.due) == (7, State.IN_FLIGHT, 5.0)
    assert (message.receives.count, message.receives.before) == (3, 2)
    assert (message.receives.first_at, message.receives.last_at, message.sent_at) == (1.5, 2.5, 0.5)
    assert (message.id, message.metadata.sender_id, message.body) == (MESSAGE_ID, "AIDA", "made late")
    assert (message.group_id, message.sequence_number, message.metadata.trace_header) == ("bar", "1", None)
    changed = (key_of(1, 7), State.VISIBLE, 0, 4, 2, 1.25, 3.5, MESSAGE_ID, 0.5, "AIDA", "made late", None)
    opened.apply(Batch(inserted=[changed]))
    ((message,),) = opened.load().messages.values()
    assert (message.state, message.due, message.receives.count) == (State.VISIBLE, 0.0, 4)
    assert (message.receives.first_at, message.receives.last_at, message.body) == (1.25, 3.5, "made late")
    opened.apply(Batch(deleted=[(key_of(1, 7),)]))
    assert _numbers(opened) == {"orders": []}


def test_the_messages_of_a_number_are_deleted_from_first_to_last_and_no_others_are(opened: Disk) -> None:
    last = OWN_NUMBER
    messages = [_message(queue, number) for queue in (1, 2, 3) for number in (0, 1, last)]
    opened.apply(Batch(documents=_queues("a", "b", "c"), inserted=messages))
    assert not opened.delete_messages([], 2)
    assert _numbers(opened) == {"a": [0, 1, last], "b": [], "c": [0, 1, last]}


def test_a_changed_document_keeps_its_place_and_a_deleted_one_loses_it(opened: Disk) -> None:
    opened.apply(Batch(documents=_queues("a", "b")))
    (changed,) = _queues("a", first=9)
    opened.apply(Batch(documents=[changed]))
    assert [arn.rpartition(":")[2] for arn in opened.load().numbers] == ["a", "b"]
    assert list(opened.load().numbers.values()) == [9, 2]
    opened.apply(Batch(documents=[Document("queue", changed.key, MINE, None)]))
    opened.apply(Batch(documents=[changed]))
    assert [queue.arn.rpartition(":")[2] for queue in opened.load().snapshot.queues] == ["b", "a"]


def _sent(owner: str, deduplication_id: str, at: float, account: str = MINE) -> Remembered:
    arn = f"arn:aws:sns:us-east-1:{account}:{owner}"
    record = SentRecord(
        owner=arn, group=None, deduplication_id=deduplication_id, at=at, message_id="id", sequence_number="1"
    )
    return remembered_send(Arn("sns", "us-east-1", account, owner), record)


def _attempt(owner: str, attempt_id: str, at: float, account: str = MINE) -> Remembered:
    arn = f"arn:aws:sns:us-east-1:{account}:{owner}"
    record = AttemptRecord(owner=arn, attempt_id=attempt_id, at=at, until=at + 30, receipts=((1, 2),))
    return Remembered("attempt", arn, attempt_id, account, at, record)


def _archived(topic: str, number: int, account: str = MINE) -> tuple[str, int, str, ArchivedRecord]:
    arn = f"arn:aws:sns:us-east-1:{account}:{topic}"
    notification = NotificationRecord(message_id="id", source=arn, message="latte", at=1.0, base_url="http://decaf")
    return arn, number, account, ArchivedRecord(topic_arn=arn, number=number, notification=notification)


def _entry(number: int, account: str = MINE) -> tuple[int, InboxRecord]:
    return number, InboxRecord(
        account=account,
        protocol="sms",
        recipient="+15555550142",
        topic_arn=None,
        message_id=str(number),
        subject=None,
        body="latte",
        at=1.0,
        kind="Notification",
    )


def _remembered(opened: Disk) -> list[str]:
    snapshot = opened.load().snapshot
    return [each.deduplication_id for each in snapshot.sent] + [each.attempt_id for each in snapshot.attempts]


def _in_archives(opened: Disk) -> list[tuple[str, int]]:
    return [(each.topic_arn.rpartition(":")[2], each.number) for each in opened.load().snapshot.archived]


def _in_inbox(opened: Disk) -> list[str]:
    return [each.message_id for each in opened.load().snapshot.inbox]


def test_what_is_remembered_is_read_in_the_order_of_its_times(opened: Disk) -> None:
    opened.apply(Batch(remembered=[_sent("a", "2", 2.0), _sent("a", "1", 1.0), _attempt("a", "y", 4.0)]))
    opened.apply(Batch(remembered=[_attempt("a", "x", 3.0), _sent("a", "2", 0.5)]))
    assert _remembered(opened) == ["2", "1", "x", "y"]


def test_what_is_remembered_is_dropped_up_to_a_time(opened: Disk) -> None:
    opened.apply(Batch(remembered=[_sent("a", str(at), float(at)) for at in (1, 2, 3)]))
    opened.apply(Batch(remembered_until=2.0, remembered=[_sent("a", "0", 0.0)]))
    assert _remembered(opened) == ["0", "3"]


def test_an_owner_forgets_what_it_was_sent_and_asked_and_its_archive_goes(opened: Disk) -> None:
    opened.apply(
        Batch(
            remembered=[_sent("a", "1", 1.0), _sent("b", "2", 1.0), _attempt("a", "x", 1.0), _attempt("b", "y", 1.0)],
            archived=[_archived("a", 1), _archived("b", 1)],
        )
    )
    opened.apply(Batch(cleared_owners=[f"arn:aws:sns:us-east-1:{MINE}:a"]))
    assert _remembered(opened) == ["2", "y"]
    assert _in_archives(opened) == [("b", 1)]


def test_an_archive_is_read_in_order_and_trimmed_up_to_a_number(opened: Disk) -> None:
    opened.apply(Batch(archived=[_archived(topic, number) for topic in "ba" for number in (3, 1, 2)]))
    assert _in_archives(opened) == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("b", 3)]
    arn = f"arn:aws:sns:us-east-1:{MINE}:a"
    opened.apply(Batch(trimmed=[(arn, 3)], archived=[_archived("a", 4)]))
    assert _in_archives(opened) == [("a", 3), ("a", 4), ("b", 1), ("b", 2), ("b", 3)]


def test_the_inbox_keeps_the_latest_entries(opened: Disk) -> None:
    opened.apply(Batch(inbox=[_entry(number) for number in (1, 2, 3)], inbox_size=3))
    assert _in_inbox(opened) == ["1", "2", "3"]
    opened.apply(Batch(inbox=[_entry(4)], inbox_size=3))
    assert _in_inbox(opened) == ["2", "3", "4"]
    assert opened.load().inbox_count == 4
    opened.apply(Batch(inbox=[_entry(9)], inbox_size=3, inbox_rewritten=True))
    assert _in_inbox(opened) == ["9"]


@pytest.mark.parametrize(("account", "left"), [(MINE, ["2", "3"]), (None, ["3"])])
def test_the_inbox_is_cleared_of_one_account_or_of_all_before_the_new_ones_come(
    opened: Disk, account: str | None, left: list[str]
) -> None:
    opened.apply(Batch(inbox=[_entry(1), _entry(2, THEIRS)], inbox_size=9))
    opened.apply(Batch(inbox_cleared=[account], inbox=[_entry(3)], inbox_size=9))
    assert _in_inbox(opened) == left


def _of(account: str, number: int) -> Batch:
    """Something of every kind that an account has."""
    return Batch(
        documents=[_region(account), *_queues("orders", account=account, first=number)],
        inserted=[_message(number, 1)],
        remembered=[_sent("news", account, 1.0, account), _attempt("news", account, 1.0, account)],
        archived=[_archived("news", 1, account)],
        inbox=[_entry(number, account)],
        inbox_size=9,
    )


@pytest.fixture
def full(opened: Disk) -> Disk:
    """Has everything of two accounts, and what belongs to none."""
    opened.apply(_of(MINE, 1))
    opened.apply(_of(THEIRS, 2))
    opened.apply(Batch(documents=[Document("clock", "", "", ClockRecord(at=5.0))]))
    opened.keep_key("the key")
    assert opened.count_start() == 0
    return opened


def _rows(opened: Disk) -> dict[str, int]:
    tables = ("messages", "remembered", "archived", "inbox")
    return {table: opened._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def test_the_reset_of_an_account_leaves_those_of_others(full: Disk) -> None:
    full.apply(Batch(reset_accounts=[MINE]))
    snapshot = full.load().snapshot
    assert {each.account for each in snapshot.regions} == {THEIRS}
    assert [queue.arn for queue in snapshot.queues] == [f"arn:aws:sqs:us-east-1:{THEIRS}:orders"]
    assert _numbers(full) == {"orders": [1]}
    assert _remembered(full) == [THEIRS, THEIRS]
    assert [each.topic_arn for each in snapshot.archived] == [f"arn:aws:sns:us-east-1:{THEIRS}:news"]
    assert [each.account for each in snapshot.inbox] == [THEIRS]
    assert full.load().abandoned == [1]  # whose messages are deleted later
    assert _rows(full) == {"messages": 2, "remembered": 2, "archived": 1, "inbox": 1}


def test_the_reset_of_all_leaves_the_clock_the_key_and_the_count_of_starts(full: Disk) -> None:
    full.apply(Batch(reset_accounts=[None]))
    contents = full.load()
    assert (contents.snapshot.clock.at, contents.key, full.count_start()) == (5.0, "the key", 1)
    assert (contents.snapshot.regions, contents.messages, contents.numbers) == ((), {}, {})
    assert contents.abandoned == [1, 2]
    assert _rows(full) == {"messages": 2, "remembered": 0, "archived": 0, "inbox": 0}


def test_a_batch_resets_before_it_writes(full: Disk) -> None:
    again = _of(MINE, 1)
    again.reset_accounts = [None]
    again.cleared_owners = [f"arn:aws:sns:us-east-1:{MINE}:news"]
    full.apply(again)
    assert _numbers(full) == {"orders": [1]}
    assert _rows(full) == {"messages": 2, "remembered": 2, "archived": 1, "inbox": 1}


def test_starts_are_counted_and_the_key_is_the_latest(tmp_path: Path) -> None:
    for earlier in range(3):
        opened = _open(tmp_path)
        assert opened.count_start() == earlier
        opened.keep_key(f"key {earlier}")
        assert opened.load().key == f"key {earlier}"
        opened.close()


# --- copies ------------------------------------------------------------------------------------------------


def test_a_copy_has_everything_and_is_gone_when_it_is_closed(tmp_path: Path, full: Disk) -> None:
    (tmp_path / "backup.sqlite").write_text("left by a process that was killed")
    with full.backup() as copy:
        assert {path.name for path in tmp_path.iterdir()} == {disk.FILE, f"{disk.FILE}-wal"}
        snapshot = read_backup(copy.read())
    assert snapshot.queues == full.load().snapshot.queues
    assert {arn: [each.number for each in messages] for arn, messages in snapshot.messages.items()} == {
        f"arn:aws:sqs:us-east-1:{account}:orders": [1] for account in (MINE, THEIRS)
    }


def test_a_copy_that_cannot_be_made_leaves_nothing(tmp_path: Path, full: Disk) -> None:
    with no_room(), pytest.raises(NotWritten):
        full.backup()
    assert not (tmp_path / "backup.sqlite").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda file: file[:5_000], "the file is damaged: "),
        (lambda file: file[:99], "the file is damaged, or no store of Decaf's"),
        (lambda file: file[:68] + b"ABCD" + file[72:], "the file is no store of Decaf's"),
        (lambda file: file[:60] + b"\0\0\0\x09" + file[64:], "the file is of version 9; this Decaf reads up to 2"),
    ],
)
def test_a_copy_that_is_no_good_is_refused(full: Disk, change: Callable[[bytes], bytes], why: str) -> None:
    with full.backup() as copy:
        file = copy.read()
    with pytest.raises(Unusable) as refused:
        read_backup(change(file))
    assert str(refused.value).startswith(why)


def _row(queue: int, number: int) -> Inserted:
    return key_of(queue, number), State.VISIBLE, 0.0, 0, 0, None, 0.0, MESSAGE_ID, 1.0, "AIDA", "latte", None


def test_messages_are_read_in_steps_by_their_queues_and_each_step_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_STEP", 2)
    queues = ["arn:aws:sqs:us-east-1:000000000000:a", "arn:aws:sqs:us-east-1:000000000000:b"]
    opened = _open(tmp_path)
    records = [QueueRecord(arn=arn, tag=b"12345678", attributes={}, created_at=1, modified_at=1) for arn in queues]
    documents = [
        Document("queue", arn, "0", record, n) for n, (arn, record) in enumerate(zip(queues, records, strict=True))
    ]
    opened.apply(Batch(documents=documents, inserted=[_row(0, 1), _row(0, 2), _row(0, 5), _row(1, 3)]))
    steps: list[tuple[int, int]] = []
    messages = opened.load(lambda done, most: steps.append((done, most))).messages
    assert {arn: [message.number for message in each] for arn, each in messages.items()} == dict(
        zip(queues, ([1, 2, 5], [3]), strict=True)
    )
    assert steps == [(2, 6), (3, 6), (4, 6)]  # numbers 1 to 5, and 3
    opened.close()
