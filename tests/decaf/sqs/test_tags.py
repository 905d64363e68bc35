"""The tags of a queue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decaf.http.wire import answer, call, dial
from tests.live import Live
from tests.refusals import refusal

VALUE = "InvalidParameterValue"


TAGS: list[tuple[dict[str, str], str, str]] = [
    ({}, "MissingParameter", "The request must contain the parameter Tags."),
    ({"": "x"}, VALUE, "Tag keys must be between 1 and 128 characters in length."),
    ({"k" * 129: "x"}, VALUE, "Tag keys must be between 1 and 128 characters in length."),
    ({"k": "x" * 257}, VALUE, "Tag values must be between 0 and 256 characters in length."),
    (
        {"k!": "x"},
        VALUE,
        "Tag keys may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @",
    ),
    ({"aws:k": "x"}, VALUE, "Tag keys that start with aws: are reserved for system use."),
    ({f"k{n}": "" for n in range(51)}, VALUE, "Too many tags added for queue orders."),
]


@pytest.mark.parametrize(("tags", "code", "text"), TAGS)
def test_tag_queue_says(sqs: Any, url: str, tags: dict[str, str], code: str, text: str) -> None:
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags=tags) == (code, text)
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)


def test_untag_queue_says(sqs: Any, url: str) -> None:
    assert refusal(sqs.untag_queue, QueueUrl=url, TagKeys=[]) == (
        VALUE,
        "Tag keys must be between 1 and 128 characters in length.",
    )


def test_tags_are_put_over_equal_keys_and_taken_away(sqs: Any, url: str) -> None:
    sqs.tag_queue(QueueUrl=url, Tags={"team": "bar", "Größe": "klein + fein"})
    sqs.tag_queue(QueueUrl=url, Tags={"team": "kitchen"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["Größe", "unknown"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "kitchen"}


def test_create_queue_tags_a_new_queue_only(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="tagged", tags={"team": "bar"})["QueueUrl"]
    assert sqs.create_queue(QueueName="tagged", tags={"team": "bar"})["QueueUrl"] == url
    assert sqs.create_queue(QueueName="tagged")["QueueUrl"] == url
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "bar"}


@pytest.mark.parametrize("tags", [{"team": "kitchen"}, {"team": "bar", "cup": "large"}, {"cup": "large"}])
def test_creating_a_queue_again_with_other_tags_is_refused(sqs: Any, tags: dict[str, str]) -> None:
    """Reported of AWS in 2021, and why a client library of AWS tags its queues afterwards."""
    for own in ({"team": "bar"}, {}):
        name = f"tagged-{len(own)}"
        url = sqs.create_queue(QueueName=name, tags=own)["QueueUrl"]
        assert refusal(sqs.create_queue, QueueName=name, tags=tags)[0] == "QueueAlreadyExists"
        assert sqs.list_queue_tags(QueueUrl=url).get("Tags", {}) == own


def test_a_tag_that_is_null_is_no_tag(live: Live, account: str, sqs: Any, url: str) -> None:
    """AWS's answer is not known: null is absent here, as everywhere in JSON."""
    for tags, status in (({"a": None}, 400), ({"a": None, "b": "c"}, 200)):
        with dial(live.url) as connection:
            connection.sendall(call("TagQueue", account, QueueUrl=url, Tags=tags))
            answered = answer(connection)
            assert answered is not None
            assert answered.status == status
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "c"}


def test_create_queue_checks_tags(sqs: Any) -> None:
    assert refusal(sqs.create_queue, QueueName="tagged", tags={"k" * 129: ""})[0] == VALUE
    assert "QueueUrls" not in sqs.list_queues()


def test_keys_have_up_to_128_characters_and_values_up_to_256(sqs: Any, url: str) -> None:
    longest = {"k" * 128: "v" * 256, "e": ""}
    sqs.tag_queue(QueueUrl=url, Tags=longest)
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == longest
