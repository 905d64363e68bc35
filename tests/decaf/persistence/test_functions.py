"""Functions and the events that were accepted for them have all their facts in their records."""

from __future__ import annotations

import json

from decaf.base.arn import Arn
from decaf.functions.accepted_event import AcceptedEvent
from decaf.functions.function import Function
from decaf.persistence.functions import read_accepted, read_function, write_accepted, write_function
from decaf.persistence.records import ClockRecord
from decaf.persistence.renaming import renamed
from decaf.persistence.snapshot import Snapshot
from tests.decaf.persistence.fields import defaults, fields, through_json

ARN = "arn:aws:lambda:us-east-1:111111111111:function:brew"
FUNCTION = Function(
    ARN,
    handler="coffee.brew",
    path="/functions",
    timeout=7.0,
    policy=json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*"}}),
    environment={"CUP": "large"},
    description="brews",
    memory_size=256,
    role="arn:aws:iam::111111111111:role/barista",
    runtime="python3.12",
    reserved_concurrency=2,
    dead_letter_queue="arn:aws:sqs:us-east-1:111111111111:dead",
    on_failure="arn:aws:sns:us-east-1:111111111111:failures",
    on_success="arn:aws:sqs:us-east-1:111111111111:served",
    maximum_retry_attempts=1,
    maximum_event_age=60.0,
    code_sha256="x",
    code_size=1,
    revision_id="r",
    last_modified=5.0,
)
EVENT = AcceptedEvent(
    ARN,
    b"{}",
    "id",
    10.0,
    11.0,
    "Root=1",
    "{}",
    Arn("sns", "us-east-1", "111111111111", "orders"),
    ("one", "two"),
    1,
    2,
    3,
)


def test_a_function_is_read_as_it_was_written() -> None:
    record = write_function(FUNCTION)
    assert set(defaults(record)) == {"url", "command", "others", "tags"}
    assert read_function(through_json(record), 0) == FUNCTION
    assert read_function(record, 100).last_modified == 105.0
    for other in (Function("brew", url="http://x"), Function("brew", command=("node", "index.js"))):
        assert read_function(through_json(write_function(other)), 100) == other


def test_an_event_is_read_as_it_was_written() -> None:
    record = write_accepted(EVENT)
    assert record is not None
    assert defaults(record) == []
    assert fields(read_accepted(through_json(record), 0)) == fields(EVENT)
    later = read_accepted(record, 100)
    assert (later.accepted_at, later.due) == (110.0, 111.0)


def test_an_event_that_is_done_has_no_record() -> None:
    assert write_accepted(AcceptedEvent(ARN, b"{}", "id", 10.0, None)) is None


def test_both_go_into_another_account_with_all_that_names_it() -> None:
    accepted = write_accepted(EVENT)
    assert accepted is not None
    snapshot = Snapshot(
        format="decaf-snapshot",
        version=1,
        clock=ClockRecord(at=0.0),
        account="111111111111",
        functions=(write_function(FUNCTION),),
        accepted=(accepted,),
    )
    other = renamed(snapshot, "222222222222")
    assert "111111111111" not in str(other.functions) + str(other.accepted)
    (function,) = other.functions
    assert function.function_arn == "arn:aws:lambda:us-east-1:222222222222:function:brew"
    assert function.role == "arn:aws:iam::222222222222:role/barista"
