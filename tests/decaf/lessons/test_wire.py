"""The number of an order is read from what programs in any language send."""

from __future__ import annotations

import json

import pytest

from decaf.lessons.wire import listed, order_in


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ('{"order": 7}', 7),
        ('{"order": "7"}', 7),
        ("7", 7),
        (json.dumps({"Type": "Notification", "Message": '{"order": 7}'}), 7),
        (json.dumps({"Type": "Notification", "Message": "7"}), 7),
        ('{"drink": "latte"}', None),
        ("true", None),
        ("a latte", None),
        (None, None),
    ],
)
def test_the_number_of_an_order(body: str | None, order: int | None) -> None:
    assert order_in(body) == order


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["kitchen", "stock", "loyalty"], "kitchen, stock and loyalty"),
        (["kitchen", "stock"], "kitchen and stock"),
        (["kitchen"], "kitchen"),
        ([], ""),
    ],
)
def test_names_in_words(names: list[str], words: str) -> None:
    assert listed(names) == words
