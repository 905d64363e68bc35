"""Snapshots over the control API: by name, as files, into other accounts."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decaf.persistence.snapshot_file import decode
from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT, START

OTHER = "222222222222"


def names(bench: Bench, account: str = ACCOUNT) -> list[str]:
    return [queue["name"] for queue in bench.get("/queues", account=account)["queues"]]


def test_the_state_is_kept_by_name_and_had_again(bench: Bench) -> None:
    bench.send(bench.queue("orders"))
    saved = bench.post("/snapshots", name="prepared")
    about = {"name": "prepared", "at": START, "account": None, "queues": 1, "topics": 0, "messages": 1}
    assert saved == about | {"size": len(bench.file(name="prepared"))}
    bench.queue("more")
    bench.receive("orders")
    assert bench.post("/snapshots/restore", name="prepared") == saved
    assert names(bench) == ["orders"]
    assert bench.receive("orders")["Body"] == "hello"


def test_a_name_that_is_used_again_is_of_the_later_one(bench: Bench) -> None:
    for number, queue in enumerate(("orders", "drinks")):
        bench.queue(queue)
        bench.post("/snapshots", name="prepared")
        (listed,) = bench.get("/snapshots")["snapshots"]
        assert listed["queues"] == number + 1


def test_snapshots_outlive_a_reset_until_they_are_removed(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.post("/snapshots", name=name)
    bench.post("/reset")
    bench.post("/reset", account=ACCOUNT)
    assert [listed["name"] for listed in bench.get("/snapshots")["snapshots"]] == ["a", "b"]
    assert bench.delete("/snapshots", name="a") == {}
    assert [listed["name"] for listed in bench.get("/snapshots")["snapshots"]] == ["b"]


def test_one_account_is_had_again_and_others_stay_as_they_are(bench: Bench) -> None:
    bench.queue("orders")
    bench.post("/snapshots", name="mine", account=ACCOUNT)
    bench.queue("more")
    bench.queue("theirs", OTHER)
    bench.post("/snapshots/restore", name="mine")
    assert (names(bench), names(bench, OTHER)) == (["orders"], ["theirs"])


def test_one_snapshot_is_restored_into_many_accounts(bench: Bench) -> None:
    bench.send(bench.queue("orders"))
    bench.post("/snapshots", name="mine", account=ACCOUNT)
    accounts = ["222222222222", "333333333333"]
    for account in accounts:
        bench.post("/snapshots/restore", name="mine", into=account)
    for account in accounts:
        (message,) = bench.received("orders", account)
        assert message["Body"] == "hello"
    assert bench.receive("orders")["Body"] == "hello"


def test_the_former_state_of_an_account_is_gone(bench: Bench) -> None:
    bench.queue("orders")
    bench.post("/snapshots", name="mine", account=ACCOUNT)
    bench.queue("theirs", OTHER)
    bench.post("/snapshots/restore", name="mine", into=OTHER)
    assert names(bench, OTHER) == ["orders"]


def test_a_file_has_the_whole_state(bench: Bench) -> None:
    bench.send(bench.queue("orders"))
    file = bench.file()
    assert json.loads(file.splitlines()[0])["format"] == "decaf-snapshot"
    other = Bench()
    loaded = other.put("/snapshots/file", file)
    assert loaded == {
        "name": None,
        "at": START,
        "account": None,
        "queues": 1,
        "topics": 0,
        "messages": 1,
        "size": len(file),
    }
    assert other.file() == file


def test_a_file_is_kept_by_name_without_being_restored(bench: Bench) -> None:
    bench.queue("orders")
    file = bench.file(account=ACCOUNT)
    other = Bench()
    assert other.put("/snapshots/file", file, name="prepared")["name"] == "prepared"
    assert other.get("/queues")["queues"] == []
    assert other.file(name="prepared") == file
    other.post("/snapshots/restore", name="prepared", into=OTHER)
    assert names(other, OTHER) == ["orders"]


def test_a_file_goes_into_another_account_at_once(bench: Bench) -> None:
    bench.queue("orders")
    bench.put("/snapshots/file", bench.file(account=ACCOUNT), into=OTHER)
    assert (names(bench), names(bench, OTHER)) == (["orders"], ["orders"])


@pytest.mark.parametrize("account", [None, ACCOUNT])
def test_the_clock_is_never_put_back(bench: Bench, account: str | None) -> None:
    bench.post("/snapshots", name="early", account=account)
    now = bench.post("/clock/advance", seconds=3600)["now"]
    bench.post("/snapshots/restore", name="early")
    assert bench.get("/clock")["now"] == now


@pytest.mark.parametrize(
    ("path", "body"), [("/snapshots/restore", {"name": "x"}), ("/snapshots/restore", {"name": "x", "into": OTHER})]
)
def test_a_name_that_there_is_not(bench: Bench, path: str, body: dict[str, str]) -> None:
    unknown = (404, "there is no snapshot x")
    assert bench.post(path, **body) == unknown
    assert bench.delete("/snapshots", name="x") == unknown
    assert bench.get("/snapshots/file", name="x") == unknown


def test_their_number_is_limited() -> None:
    bench = Bench(max_snapshots=2)
    for name in ("a", "b", "a"):
        assert bench.post("/snapshots", name=name)["name"] == name
    too_many = (409, "there are 2 snapshots already, as many as max_snapshots lets be")
    assert bench.post("/snapshots", name="c") == too_many
    assert bench.put("/snapshots/file", bench.file(), name="c") == too_many


def test_one_of_all_accounts_goes_into_none(bench: Bench) -> None:
    bench.post("/snapshots", name="all")
    said = "it is of all accounts; only a snapshot of one account goes into another"
    assert bench.post("/snapshots/restore", name="all", into=OTHER) == (400, said)
    assert bench.put("/snapshots/file", bench.file(), into=OTHER) == (400, said)


@pytest.mark.parametrize(
    "asked",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "into": "12"},
        {"name": "x", "into": "12345678901x"},
        {"name": "x", "into": "123456789012\n"},
        {"name": 7},
        {},
    ],
)
def test_a_bad_request_is_refused(bench: Bench, asked: dict[str, Any]) -> None:
    bench.post("/snapshots", name="x", account=ACCOUNT)
    status, said = bench.post("/snapshots/restore", **asked)
    assert status == 400
    assert said


def test_fields_that_exclude_each_other_are_refused(bench: Bench) -> None:
    assert bench.get("/snapshots/file", name="x", account=ACCOUNT)[0] == 400
    assert bench.put("/snapshots/file", bench.file(), name="x", into=OTHER)[0] == 400


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "this is no snapshot of Decaf's: Input data was truncated"),
        (b"{}", "this is no snapshot of Decaf's"),
        (b'{"format":"decaf-snapshot","version":3}', "this snapshot is of version 3; this Decaf reads up to 2"),
    ],
)
def test_a_bad_or_newer_file_is_refused_and_nothing_is_changed(bench: Bench, file: bytes, said: str) -> None:
    bench.queue("orders")
    assert bench.put("/snapshots/file", file) == (400, said)
    assert bench.put("/snapshots/file", file, name="x") == (400, said)
    assert names(bench) == ["orders"]
    assert bench.get("/snapshots")["snapshots"] == []


def whole_file() -> Any:
    """The JSON of a state that has something of everything."""
    bench = Bench()
    dead = bench.queue("dead")
    bench.queue("orders", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    fifo = bench.queue("copies.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    bench.sqs("SendMessage", QueueUrl="copies.fifo", MessageBody="latte", MessageGroupId="a")
    bench.receive("copies.fifo", ReceiveRequestAttemptId="x")
    bench.send("orders", MessageGroupId="a")
    bench.receive("orders", VisibilityTimeout=0)
    bench.sqs("ReceiveMessage", QueueUrl="orders")
    bench.sqs("StartMessageMoveTask", SourceArn=dead)
    topic = bench.topic(
        "news.fifo", FifoTopic="true", ContentBasedDeduplication="true", ArchivePolicy='{"MessageRetentionPeriod":"1"}'
    )
    bench.subscribe(topic, "sqs", fifo)
    bench.sns("Publish", TopicArn=topic, Message="1", MessageGroupId="a")
    bench.subscribe(bench.topic(), "http", "http://127.0.0.1:9/hook")
    return json.loads(msgspec.json.encode(decode(bench.file())))


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to everything in a JSON document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, each in inside for place in places(each, (*path, name)))]


WHOLE = whole_file()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(places(WHOLE)[1:]),
    value=st.sampled_from([None, 0, -1, 1e300, "", "x", "arn:aws:sqs:us-east-1:1:q", [], {}, [1], {"x": {}}, True]),
)
def test_a_changed_file_is_restored_or_refused_without_an_internal_error(
    place: tuple[str | int, ...], value: Any
) -> None:
    document = json.loads(json.dumps(WHOLE))
    at = document
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = value
    bench = Bench()
    bench.queue("orders")
    answer = bench.put("/snapshots/file", json.dumps(document).encode())
    if isinstance(answer, tuple):
        assert answer[0] == 400
        assert names(bench) == ["orders"]
    else:
        assert bench.get("/snapshots")["snapshots"] == []


def test_a_file_that_is_saved_by_a_name_is_downloaded_as_it_was(bench: Bench) -> None:
    for name in ("orders", "more"):
        bench.send(bench.queue(name))
    file = bench.file()
    bench.put("/snapshots/file", file, name="kept")
    assert bench.file(name="kept") == file
