"""An order alone: no queue is needed to get it wrong."""

from __future__ import annotations

import pytest
from cafe.order import MENU, SIZES, NotOnTheMenu, Order, from_body


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("drink", MENU)
def test_what_is_on_the_menu_survives_the_queue(drink: str, size: str) -> None:
    order = Order("Ada", drink, size)
    assert from_body(order.to_body()) == order


@pytest.mark.parametrize(("drink", "size"), [("tea", "small"), ("latte", "huge"), ("", "large")])
def test_what_is_not_on_the_menu_cannot_be_ordered(drink: str, size: str) -> None:
    with pytest.raises(NotOnTheMenu):
        Order("Ada", drink, size)


@pytest.mark.parametrize("body", ["", "latte", "[]", '{"drink": "latte"}', '{"customer": "Ada", "drink": "tea"}'])
def test_what_is_no_order_is_not_on_the_menu(body: str) -> None:
    with pytest.raises(NotOnTheMenu):
        from_body(body)
