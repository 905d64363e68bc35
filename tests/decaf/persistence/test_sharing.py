"""The part of a snapshot that is of one shard's accounts."""

from __future__ import annotations

import msgspec

from decaf.base.shard import WHOLE, Shard, shard_of
from decaf.persistence.records import ClockRecord, FunctionRecord, MessageRecord, QueueRecord, RegionRecord
from decaf.persistence.sharing import OWNERS, lines_of_shard, of_shard
from decaf.persistence.snapshot import VERSION, Rest, Snapshot
from decaf.persistence.snapshot_file import Line, encode_line

ACCOUNTS = [f"{number:012}" for number in range(8)]
SHARDS = 3


def _queue(account: str) -> str:
    return f"arn:aws:sqs:us-east-1:{account}:orders"


def _function(account: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:function:brew"


def _snapshot() -> Snapshot:
    return Snapshot(
        format="decaf-snapshot",
        version=VERSION,
        clock=ClockRecord(at=1.0, moved=0.0, frozen=False),
        queues=tuple(QueueRecord(_queue(each), b"tag", {}, 1.0, 1.0) for each in ACCOUNTS),
        regions=tuple(RegionRecord(account=each, name="us-east-1") for each in ACCOUNTS),
        functions=(FunctionRecord("brew"), *(FunctionRecord(_function(each)) for each in ACCOUNTS)),
    )


def test_each_account_is_in_the_part_of_one_shard_and_a_function_of_none_is_in_all() -> None:
    snapshot = _snapshot()
    messages: list[tuple[str, list[MessageRecord]]] = [(_queue(each), []) for each in ACCOUNTS]
    for number in range(SHARDS):
        own = [each for each in ACCOUNTS if shard_of(each, SHARDS) == number]
        part, parts = of_shard(Shard(number, SHARDS), snapshot, messages)
        assert [record.arn for record in part.queues] == [_queue(each) for each in own]
        assert [record.account for record in part.regions] == own
        assert [record.function_arn for record in part.functions] == ["brew", *map(_function, own)]
        assert [arn for arn, _ in parts] == [_queue(each) for each in own]


def test_a_server_alone_takes_all() -> None:
    snapshot = _snapshot()
    assert of_shard(WHOLE, snapshot, ())[0] is snapshot


def test_lines_have_the_records_of_a_shard_and_messages_are_told_from_them() -> None:
    mine = next(each for each in ACCOUNTS if shard_of(each, SHARDS) == 1)
    other = next(each for each in ACCOUNTS if shard_of(each, SHARDS) != 1)
    regions = [Line(regions=(RegionRecord(account=each, name="us-east-1"),)) for each in (mine, other)]
    lines = [*map(msgspec.json.encode, regions), encode_line(_queue(mine), [])]
    assert list(lines_of_shard(Shard(1, SHARDS), lines)) == [(lines[0], False), (lines[2], True)]


def test_each_kind_of_record_has_an_owner() -> None:
    assert {*OWNERS, "orders"} == set(Rest.__struct_fields__)
