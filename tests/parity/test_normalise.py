"""What normalising keeps of a trace, and what it takes away."""

from __future__ import annotations

from .normalise import normalised
from .trace import Trace

_ID = "5fea7756-0ea4-451a-a703-a558b933e274"


def _normal(trace: Trace) -> Trace:
    return normalised(trace, "http://127.0.0.1:4566", "700000000001")


def test_a_value_is_named_after_the_place_where_it_was_first_seen() -> None:
    trace = {"send": {"MessageId": _ID}, "receive": {"Messages": [{"MessageId": _ID}]}}
    assert _normal(trace) == {
        "send": {"MessageId": "<send/MessageId>"},
        "receive": {"Messages": [{"MessageId": "<send/MessageId>"}]},
    }


def test_other_values_get_other_names() -> None:
    seen = _normal({"a": {"ReceiptHandle": "one"}, "b": {"ReceiptHandle": "two"}, "c": "not two but one"})
    assert seen["c"] == "not <b/ReceiptHandle> but <a/ReceiptHandle>"


def test_md5s_stay() -> None:
    md5 = {"MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1"}
    assert _normal({"send": md5}) == {"send": md5}


def test_addresses_and_accounts_do_not_count() -> None:
    url = "http://127.0.0.1:4566/700000000001/orders"
    assert _normal({"a": url, "b": "https://sqs.us-east-1.amazonaws.com/1/q"}) == {
        "a": "<endpoint>/<account>/orders",
        "b": "<endpoint>/1/q",
    }


def test_only_times_of_the_documented_form_are_taken_away() -> None:
    trace = {"a": {"CreatedTimestamp": "1795496947"}, "b": {"CreatedTimestamp": "1795496947.04"}}
    assert _normal(trace) == {
        "a": {"CreatedTimestamp": "<epoch seconds>"},
        "b": {"CreatedTimestamp": "1795496947.04"},
    }
