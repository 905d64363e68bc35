"""What a function reports of its batch: the named messages stay, and a report that cannot be read fails all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.functions.partial_batch import BadReport, failed_items

BATCH = ("one", "two", "three")


def report(*items: Any) -> bytes:
    return json.dumps({"batchItemFailures": list(items)}).encode()


@pytest.mark.parametrize(
    "response",
    [b"", b" ", b"null", b"{}", report(), b'{"batchItemFailures": null}', b'{"batchItemFailure": [{"a": "one"}]}'],
)
def test_a_response_without_failures_is_a_complete_success(response: bytes) -> None:
    assert failed_items(response, BATCH) == frozenset()


def test_the_named_messages_stay() -> None:
    response = report({"itemIdentifier": "one"}, {"itemIdentifier": "three"})
    assert failed_items(response, BATCH) == {"one", "three"}


def test_a_message_can_be_named_twice() -> None:
    assert failed_items(report({"itemIdentifier": "two"}, {"itemIdentifier": "two"}), BATCH) == {"two"}


def test_other_keys_of_an_entry_mean_nothing() -> None:
    assert failed_items(report({"itemIdentifier": "two", "because": "no milk"}), BATCH) == {"two"}


@pytest.mark.parametrize(
    "item",
    [
        {"itemIdentifier": ""},
        {"itemIdentifier": None},
        {"itemIdentifier": 1},
        {"itemIdentifier": ["one"]},
        {"itemidentifier": "one"},
        {"foo": "one"},
        {},
        "one",
        None,
    ],
)
def test_an_entry_without_an_identifier_fails_the_batch(item: Any) -> None:
    with pytest.raises(BadReport, match="has no itemIdentifier"):
        failed_items(report({"itemIdentifier": "one"}, item), BATCH)


@pytest.mark.parametrize("identifier", ["four", "ONE", " one", "AQEBhandle"])
def test_an_identifier_of_no_message_fails_the_batch(identifier: str) -> None:
    with pytest.raises(BadReport, match="no message of the batch"):
        failed_items(report({"itemIdentifier": identifier}), BATCH)


@pytest.mark.parametrize("items", [{"itemIdentifier": "one"}, "one", 1, True])
def test_a_list_that_is_none_fails_the_batch(items: Any) -> None:
    with pytest.raises(BadReport, match="is not a list"):
        failed_items(json.dumps({"batchItemFailures": items}).encode(), BATCH)


@pytest.mark.parametrize("response", [b"[]", b'"ok"', b"1", b"true"])
def test_a_response_that_is_no_object_fails_the_batch(response: bytes) -> None:
    with pytest.raises(BadReport, match="is not an object"):
        failed_items(response, BATCH)


@pytest.mark.parametrize("response", [b"ok", b'{"batchItemFailures": [', b"\xff", b"[" * 100_000])
def test_a_response_that_is_no_json_fails_the_batch(response: bytes) -> None:
    with pytest.raises(BadReport, match="is not JSON"):
        failed_items(response, BATCH)


def test_a_long_value_is_shortened_for_people() -> None:
    with pytest.raises(BadReport) as error:
        failed_items(report({"itemIdentifier": "x" * 1000}), BATCH)
    assert len(str(error.value)) < 200


def test_half_a_surrogate_pair_is_replaced_for_people() -> None:
    with pytest.raises(BadReport) as error:
        failed_items(report({"itemIdentifier": "bad \ud800"}), BATCH)
    assert "bad \ufffd" in str(error.value)
