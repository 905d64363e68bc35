"""One commit for several shards: each batch is written once, and what is wrong with one harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from decaf.base.shard import ShardMap
from decaf.persistence.batch import Batch, Document, Remembered
from decaf.persistence.errors import Fenced, NotWritten
from decaf.persistence.keeper import Write
from decaf.persistence.postgres import committer as module
from decaf.persistence.postgres.committer import Committer, Outcome, Together
from decaf.persistence.postgres.postgres import Postgres
from decaf.persistence.records import ArchivedRecord, InboxRecord, NotificationRecord, RegionRecord, SentRecord
from decaf.persistence.unwritable import NOTHING, LeftOut
from decaf.persistence.worker import Ended
from tests.postgres.owning import all_owned
from tests.postgres.proxy import Cut, Proxy
from tests.postgres.server import Postgres as Server

SHARDS = 3
HALF = "\ud800"  # of a pair: no text in UTF-8 can have it
DONE: Outcome = (NOTHING, None)


@dataclass
class Shards:
    """The keepers of all shards, which write by one thread."""

    kept: list[Postgres]
    committer: Committer

    def write(self, *batches: Batch, patience: float = 30.0) -> list[Outcome]:
        """Write a batch for each shard in one commit."""
        writes = [Write(kept, batch) for kept, batch in zip(self.kept, batches, strict=True)]
        return Together(self.committer.session, writes, patience).outcomes()

    def accounts(self, url: str, shard: int) -> list[str]:
        """Returns the accounts that the database has in a shard."""
        lease = self.kept[shard]._lease
        reader = Postgres(url, lease, shards=ShardMap(SHARDS))
        try:
            return [each.account for each in reader.load().snapshot.regions]
        finally:
            reader.close()


def _shards(url: str) -> Shards:
    leases = all_owned(url, SHARDS, "a node")
    committer = Committer(url, "a node", synchronous=True)
    kept = [Postgres(url, lease, shards=ShardMap(SHARDS)) for lease in leases]
    for each in kept:
        each.share(committer.session).close()
    return Shards(kept, committer)


@pytest.fixture
def shards(database: str) -> Iterator[Shards]:
    made = _shards(database)
    yield made
    made.committer.stop()


@pytest.fixture
def behind(proxy: Proxy) -> Iterator[Shards]:
    """Shards that reach the database by way of the proxy."""
    made = _shards(proxy.url)
    yield made
    made.committer.stop()


def _batch(account: str) -> Batch:
    return Batch(documents=[Document("region", f"{account}/us-east-1", account, RegionRecord(account, "us-east-1"))])


def _of_each(text: str) -> list[Batch]:
    return [_batch(f"{text}{shard}") for shard in range(SHARDS)]


def _transactions(postgres: Server, database: str, *shards: int) -> int:
    """Returns how many transactions have written these shards last."""
    found = f"SELECT count(DISTINCT xmin::text) FROM decaf.shards WHERE shard IN {shards}"
    ((count,),) = postgres.execute(found, database.rpartition("/")[2])
    return int(count)


def test_the_batches_of_all_shards_are_one_transaction(shards: Shards, database: str, postgres: Server) -> None:
    assert shards.write(*_of_each("a")) == [DONE] * 3
    assert [shards.accounts(database, shard) for shard in range(SHARDS)] == [["a0"], ["a1"], ["a2"]]
    assert [kept.seq for kept in shards.kept] == [1, 1, 1]
    assert _transactions(postgres, database, 0, 1, 2) == 1


@pytest.mark.parametrize("owned", ["epoch = 7", "owner = 'b'", "seq = 9"])
def test_a_shard_that_another_node_owns_harms_no_other(
    shards: Shards, database: str, postgres: Server, owned: str
) -> None:
    postgres.execute(f"UPDATE decaf.shards SET {owned} WHERE shard = 1", database.rpartition("/")[2])
    first, (_, error), third = shards.write(*_of_each("a"))
    assert (first, third) == (DONE, DONE)
    assert isinstance(error, Fenced)
    assert [kept.seq for kept in shards.kept] == [1, 0, 1]
    assert _transactions(postgres, database, 0, 2) == 1, "the rest is one commit, too"
    assert shards.accounts(database, 1) == []
    assert isinstance(shards.write(*_of_each("b"))[1][1], Fenced), "it is known to be lost now"
    assert shards.accounts(database, 2) == ["a2", "b2"]


def _with_all_kinds() -> Batch:
    """Returns records whose keys are the same in each shard."""
    sent = SentRecord("queue", None, "1", 1.0, "id", "1")
    archived = ArchivedRecord("topic", 1, NotificationRecord("id", "topic", "news", 1.0, ""))
    entry = InboxRecord("1", "sms", "+1555", None, "id", None, "", 1.0, "Notification")
    return Batch(
        documents=[Document("region", "1/us-east-1", "1", RegionRecord("1", "us-east-1"))],
        remembered=[Remembered("sent", "queue", "1", "1", 1.0, sent)],
        archived=[("topic", 1, "1", archived)],
        inbox=[(number, entry) for number in (1, 2)],
        inbox_size=2,
    )


@pytest.mark.parametrize(
    ("changes", "tables"),
    [
        (Batch(reset_accounts=[None]), ["documents", "remembered", "archived", "inbox"]),
        (Batch(reset_accounts=["1"]), ["documents", "remembered", "archived", "inbox"]),
        (Batch(documents=[Document("region", "1/us-east-1", "1", None)]), ["documents"]),
        (Batch(cleared_owners=["queue"]), ["remembered"]),
        (Batch(cleared_owners=["topic"]), ["archived"]),
        (Batch(remembered_until=2.0), ["remembered"]),
        (Batch(trimmed=[("topic", 2)]), ["archived"]),
        (Batch(inbox_rewritten=True), ["inbox"]),
        (Batch(inbox_cleared=[None]), ["inbox"]),
        (Batch(inbox_cleared=["1"]), ["inbox"]),
    ],
)
def test_what_is_deleted_in_one_shard_stays_in_the_others(
    shards: Shards, database: str, postgres: Server, changes: Batch, tables: list[str]
) -> None:
    shards.write(*(_with_all_kinds() for _ in range(SHARDS)))
    before = _rows(postgres, database)
    assert {number for counts in before.values() for number in counts} == {1, 2}
    assert shards.write(Batch(), changes, Batch(remembered_until=0.5)) == [DONE] * 3
    after = _rows(postgres, database)
    assert (after[0], after[2]) == (before[0], before[2])
    assert [name for name, count in zip(TABLES, after[1], strict=True) if not count] == tables


def test_each_shard_keeps_its_latest_entries(shards: Shards, database: str, postgres: Server) -> None:
    shards.write(*(_with_all_kinds() for _ in range(SHARDS)))
    entry = _with_all_kinds().inbox[0][1]
    shards.write(Batch(inbox=[(3, entry)], inbox_size=1), Batch(), Batch(inbox=[(3, entry)], inbox_size=2))
    found = postgres.execute("SELECT shard, number FROM decaf.inbox ORDER BY 1, 2", database.rpartition("/")[2])
    assert [(shard, number) for shard, number in found] == [(0, 3), (1, 1), (1, 2), (2, 2), (2, 3)]


TABLES = ("documents", "remembered", "archived", "inbox")


def _rows(postgres: Server, database: str) -> dict[int, list[int]]:
    """Returns how many rows each shard has in each of the tables."""
    counts = ", ".join(f"(SELECT count(*) FROM decaf.{table} AS t WHERE t.shard = s.shard)" for table in TABLES)
    found = postgres.execute(f"SELECT s.shard, {counts} FROM decaf.shards AS s", database.rpartition("/")[2])
    return {shard: numbers for shard, *numbers in found}


@pytest.mark.parametrize("wrong", ["account", "record"])
def test_a_record_that_cannot_be_written_harms_no_other_shard(shards: Shards, database: str, wrong: str) -> None:
    account, region = (HALF, "us-east-1") if wrong == "account" else ("x", HALF)
    document = Document("region", "x", account, RegionRecord("x", region))
    with_one = Batch(documents=[*_batch("a1").documents, document])
    outcomes = shards.write(_batch("a0"), with_one, _batch("a2"))
    assert outcomes == [DONE, (frozenset({"x"}), None), DONE]
    assert [shards.accounts(database, shard) for shard in range(SHARDS)] == [["a0"], ["a1"], ["a2"]]


def test_a_value_that_only_the_database_refuses_harms_no_other_shard(shards: Shards, database: str) -> None:
    with_one = Batch(documents=[*_batch("a1").documents, *_batch("big").documents], remembered_until=1e400)
    too_large = Batch(documents=_batch("b").documents, trimmed=[("topic", 1 << 63)])
    first, (_, error), third = shards.write(with_one, too_large, _batch("a2"))
    assert (first, third) == (DONE, DONE)
    assert error is not None
    assert shards.accounts(database, 1) == []
    assert shards.write(*_of_each("c")) == [DONE] * 3


@pytest.mark.parametrize("cut", ["request", "answer"])
def test_when_the_connection_is_cut_each_batch_is_written_once(behind: Shards, proxy: Proxy, cut: Cut) -> None:
    behind.write(*_of_each("a"))
    proxy.cut(cut)
    assert behind.write(*_of_each("b")) == [DONE] * 3
    assert proxy.cuts == 1
    assert [kept.seq for kept in behind.kept] == [2, 2, 2]
    assert behind.write(*_of_each("c")) == [DONE] * 3
    assert [behind.accounts(proxy.url, shard) for shard in (0, 2)] == [["a0", "b0", "c0"], ["a2", "b2", "c2"]]


def test_a_takeover_of_one_shard_while_the_commit_is_unsure(
    behind: Shards, proxy: Proxy, database: str, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind.write(*_of_each("a"))

    def another_takes_one(_: float) -> None:
        postgres.execute("UPDATE decaf.shards SET owner = 'b', epoch = 9 WHERE shard = 0", database.rpartition("/")[2])

    monkeypatch.setattr(module, "pause", another_takes_one)
    proxy.cut("request")
    (_, error), *others = behind.write(*_of_each("b"))
    assert isinstance(error, Fenced)
    assert others == [DONE, DONE]


def test_what_became_of_a_commit_that_was_given_up_is_asked_by_the_next(behind: Shards, proxy: Proxy) -> None:
    behind.write(*_of_each("a"))
    proxy.cut("answer")
    given_up = behind.write(*_of_each("b"), patience=0.0)
    assert all(isinstance(error, NotWritten) for _, error in given_up)
    assert behind.write(*_of_each("c")) == [DONE] * 3
    assert behind.accounts(proxy.url, 1) == ["a1", "b1", "c1"]


def test_a_node_that_gives_up_a_shard_writes_nothing_more_of_it(shards: Shards, database: str) -> None:
    shards.kept[1].give_up()
    first, (_, error), third = shards.write(*_of_each("a"))
    assert (first, third) == (DONE, DONE)
    assert isinstance(error, Fenced)
    assert shards.accounts(database, 1) == []


@dataclass
class Shop:
    """Has a batch of each number below 10 for a shard, each once the last is written."""

    keeper: Postgres
    committer: Committer
    seen: list[str]
    number: int = 0

    @property
    def account(self) -> str:
        return f"{self.number}{self.keeper.shard.number}"

    def write(self) -> None:
        self.committer.write(self._take)

    def _take(self) -> tuple[Write, Ended] | None:
        return None if self.number == 10 else (Write(self.keeper, _batch(self.account)), self._ended)

    def _ended(self, left_out: LeftOut | None, error: BaseException | None) -> None:
        assert (left_out, error) == DONE
        self.seen.append(self.account)
        self.number += 1
        self.write()
        self.write()  # as two calls that have changed something


def test_what_shards_have_when_a_commit_ends_is_the_next(shards: Shards, database: str, postgres: Server) -> None:
    seen: list[str] = []

    async def play() -> None:
        shops = [Shop(kept, shards.committer, seen) for kept in shards.kept]
        shops[0].write()
        shards.committer.run(lambda: None, lambda *_: seen.append("between"))
        for shop in shops[1:]:
            shop.write()
        async with asyncio.timeout(20):
            while len(seen) < 10 * SHARDS + 1:
                await asyncio.sleep(0.01)

    asyncio.run(play())
    assert seen[:2] == ["00", "between"], "what was asked for before is done before"
    for shard in range(SHARDS):
        assert [name for name in seen if name.endswith(str(shard))] == [f"{number}{shard}" for number in range(10)]
        assert shards.accounts(database, shard) == [f"{number}{shard}" for number in range(10)]
    of_each = (
        "SELECT array_agg(convert_from(account, 'UTF8') ORDER BY account) FROM decaf.documents GROUP BY xmin::text"
    )
    commits = sorted(accounts for (accounts,) in postgres.execute(of_each, database.rpartition("/")[2]))
    assert commits == [["00"], *(sorted([f"{n}1", f"{n}2", f"{n + 1}0"]) for n in range(9)), ["91", "92"]]


def test_another_node_takes_over_all_shards_of_one(shards: Shards, database: str) -> None:
    shards.write(*_of_each("a"))
    all_owned(database, SHARDS)
    assert all(isinstance(error, Fenced) for _, error in shards.write(*_of_each("b")))
