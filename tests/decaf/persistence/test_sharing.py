"""The part of a snapshot that one shard has."""

from __future__ import annotations

import msgspec

from decaf.base.shard import WHOLE, Placed, Shard, ShardMap
from decaf.base.slices import at_once
from decaf.persistence.records import (
    ClockRecord,
    DeliveryRecord,
    FunctionRecord,
    InboxRecord,
    MappingRecord,
    MessageRecord,
    NotificationRecord,
    QueueRecord,
    RegionRecord,
    ServiceMessageRecord,
)
from decaf.persistence.sharing import PLACES, lines_of_shard, of_shard, places_of, places_of_lines
from decaf.persistence.snapshot import VERSION, Rest, Snapshot
from decaf.persistence.snapshot_file import Line, encode_line

PLACES_OF_ALL = [(f"{number:012}", region) for number in range(4) for region in ("us-east-1", "eu-west-1")]
SHARDS = 3
SHARED_OUT = ShardMap(SHARDS)
SHARED_OUT.learn([Placed(n, *place, n % SHARDS) for n, place in enumerate(PLACES_OF_ALL, 1)])

Place = tuple[str, str]


def _arn(service: str, place: Place, name: str) -> str:
    return f"arn:aws:{service}:{place[1]}:{place[0]}:{name}"


def _queue(place: Place) -> str:
    return _arn("sqs", place, "orders")


def _function(place: Place) -> str:
    return _arn("lambda", place, "function:brew")


def _message(place: Place) -> DeliveryRecord:
    """The delivery of what came of a function, to a queue of any other place."""
    sent = ServiceMessageRecord("id", _function(place), _queue(("000000000009", "us-west-2")), "{}", "http://decaf")
    return DeliveryRecord(None, sent, attempts=1, due=1.0)


def _delivery(place: Place) -> DeliveryRecord:
    topic = _arn("sns", place, "news")
    return DeliveryRecord(f"{topic}:1", NotificationRecord("id", topic, "text", 1.0, "http://decaf"), 1, 1.0)


def _mapping(place: Place) -> MappingRecord:
    return MappingRecord("uuid", place[0], _function(place), _queue(place), {}, 1.0)


def _entry(place: Place) -> InboxRecord:
    topic = _arn("sns", place, "news")
    return InboxRecord(place[0], "sms", "+15550100", topic, "id", None, "body", 1.0, "Notification")


def _code(place: Place) -> InboxRecord:
    return InboxRecord(place[0], "sms", "+15550100", None, "id", None, "body", 1.0, "Verification", region=place[1])


def _snapshot(account: str | None = None) -> Snapshot:
    places = [place for place in PLACES_OF_ALL if account in (None, place[0])]
    return Snapshot(
        format="decaf-snapshot",
        version=VERSION,
        account=account,
        clock=ClockRecord(at=1.0, moved=0.0, frozen=False),
        queues=tuple(QueueRecord(_queue(each), b"tag", {}, 1.0, 1.0) for each in places),
        regions=tuple(RegionRecord(account=each[0], name=each[1]) for each in places),
        functions=(FunctionRecord("brew"), *(FunctionRecord(_function(each)) for each in places)),
        mappings=tuple(map(_mapping, places)),
        deliveries=(*map(_delivery, places), *map(_message, places)),
        inbox=(*map(_entry, places), *map(_code, places)),
    )


def _own(number: int, places: list[Place]) -> list[Place]:
    return [each for each in places if SHARED_OUT.find(*each) == number]


def test_each_account_in_a_region_is_in_the_part_of_one_shard_and_a_function_of_none_is_in_all() -> None:
    snapshot = _snapshot()
    messages: list[tuple[str, list[MessageRecord]]] = [(_queue(each), []) for each in PLACES_OF_ALL]
    for number in range(SHARDS):
        own = _own(number, PLACES_OF_ALL)
        part, parts = of_shard(Shard(number, SHARED_OUT), snapshot, messages)
        assert [record.arn for record in part.queues] == [_queue(each) for each in own]
        assert [(record.account, record.name) for record in part.regions] == own
        assert [record.function_arn for record in part.functions] == ["brew", *map(_function, own)]
        assert [record.queue for record in part.mappings] == [_queue(each) for each in own]
        assert part.deliveries == (*map(_delivery, own), *map(_message, own))
        assert part.inbox == (*map(_entry, own), *map(_code, own))
        assert [arn for arn, _ in parts] == [_queue(each) for each in own]


def test_what_goes_into_another_account_is_in_the_shards_of_that() -> None:
    one, other = PLACES_OF_ALL[0][0], PLACES_OF_ALL[-1][0]
    for number in range(SHARDS):
        will_have = [(one, region) for _, region in _own(number, [place for place in PLACES_OF_ALL if other in place])]
        part, parts = of_shard(
            Shard(number, SHARED_OUT), _snapshot(one), [(_queue(each), []) for each in will_have], other
        )
        assert [record.arn for record in part.queues] == [_queue(each) for each in will_have]
        assert [arn for arn, _ in parts] == [_queue(each) for each in will_have]


def test_all_accounts_in_regions_of_a_snapshot_can_get_shards_before_it_is_shared_out() -> None:
    assert places_of(_snapshot()) == {*PLACES_OF_ALL}
    assert places_of(_snapshot("000000000001"), "000000000009") == {
        ("000000000009", region) for region in ("us-east-1", "eu-west-1")
    }


def test_a_server_alone_takes_all() -> None:
    snapshot = _snapshot()
    assert of_shard(WHOLE, snapshot, ())[0] is snapshot


def test_lines_have_the_records_of_a_shard_and_messages_are_told_from_them() -> None:
    mine = next(each for each in PLACES_OF_ALL if SHARED_OUT.find(*each) == 1)
    other = next(each for each in PLACES_OF_ALL if SHARED_OUT.find(*each) != 1)
    regions = [Line(regions=(RegionRecord(account=each[0], name=each[1]),)) for each in (mine, other)]
    lines = [*map(msgspec.json.encode, regions), encode_line(_queue(mine), [])]
    assert at_once(lines_of_shard(Shard(1, SHARED_OUT), lines)) == [lines[0], lines[2]]


def test_the_lines_of_a_file_tell_of_which_accounts_they_are() -> None:
    lines = [msgspec.json.encode(Line(regions=(RegionRecord(account=a, name=n),))) for a, n in PLACES_OF_ALL]
    assert at_once(places_of_lines([*lines, encode_line(_queue(("000000000009", "us-west-2")), [])])) == {
        *PLACES_OF_ALL
    }


def test_each_kind_of_record_has_a_place() -> None:
    assert {*PLACES, "orders"} == set(Rest.__struct_fields__)
