"""Each scene's checks hold for the expected counts, and fail for each wrong one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from decaf.lab import buffer, newsletter, night_shift, order_ready, tight_coupling
from decaf.lab.checks import Check, exit_status

COUPLED = tight_coupling.Counts(taken=20, served=7, lost_busy=5, lost_away=8, cashier_stuck=True)
BUFFERED = buffer.Counts(
    sent=100,
    waiting=100,
    held_by_the_fainted=1,
    tries=dict.fromkeys(range(1, 101), 1) | {1: 2, buffer.POISON: 3},
    served={order: 1 for order in range(1, 101) if order != buffer.POISON},
    dead=[buffer.POISON],
    left=0,
)
NEWS = newsletter.Counts(
    one_topic=dict.fromkeys(newsletter.CHOICES, newsletter.EVERYTHING),
    three_topics={customer: newsletter.wanted(customer) for customer in newsletter.CHOICES},
)
NIGHT = night_shift.Counts(sent=night_shift.ORDERS, dead=[night_shift.POISON], left=0)
READY = order_ready.Counts(confirmations=1, texts=order_ready.EXPECTED)


def wrong(checks: list[Check]) -> list[str]:
    return [check.what for check in checks if not check.ok]


def test_the_expected_counts_have_no_wrong_check() -> None:
    checks = [
        *tight_coupling.checks(COUPLED),
        *buffer.checks(BUFFERED),
        *newsletter.checks(NEWS),
        *order_ready.checks(READY),
        *night_shift.checks(NIGHT),
    ]
    assert wrong(checks) == []
    assert exit_status(checks) == 0


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"taken": 21}, "orders taken at the tills"),
        ({"served": 8}, "orders served"),
        ({"lost_busy": 4}, "orders lost: the barista was busy"),
        ({"lost_away": 9}, "orders lost: the barista was away"),
        ({"served": 6}, "orders neither served nor lost"),
        ({"cashier_stuck": False}, "cashiers stuck while the tray is made"),
    ],
)
def test_tight_coupling_notices(change: dict[str, Any], row: str) -> None:
    assert row in wrong(tight_coupling.checks(replace(COUPLED, **change)))


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"sent": 99}, "orders sent"),
        ({"waiting": 90}, "orders waiting while no barista was there"),
        ({"held_by_the_fainted": 0}, "orders in the hands of the fainted barista"),
        ({"tries": BUFFERED.tries | {1: 1}}, "orders retried after the crash"),
        ({"tries": BUFFERED.tries | {2: 2}}, "orders retried after the crash"),
        ({"tries": BUFFERED.tries | {1: 3}}, "tries of that order until it was served"),
        ({"tries": BUFFERED.tries | {buffer.POISON: 4}}, "tries of the order nobody can make"),
        ({"dead": []}, "orders in the dead-letter queue"),
        ({"dead": [7]}, "number of that order"),
        ({"dead": [buffer.POISON, buffer.POISON]}, "orders in the dead-letter queue"),
        ({"served": BUFFERED.served | {5: 2}}, "orders served, each exactly once"),
        ({"served": {}}, "orders lost"),
        ({"left": 1}, "messages left in both queues"),
    ],
)
def test_the_buffer_notices(change: dict[str, Any], row: str) -> None:
    assert row in wrong(buffer.checks(replace(BUFFERED, **change)))


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"one_topic": NEWS.one_topic | {"customer-2": []}}, "one topic: texts for customer-2"),
        (
            {"three_topics": NEWS.three_topics | {"customer-1": newsletter.EVERYTHING}},
            "own topics: texts for customer-1",
        ),
        (
            {"three_topics": NEWS.three_topics | {"customer-1": ["New: oat milk"]}},
            "customers with exactly what they chose",
        ),
    ],
)
def test_the_newsletter_notices(change: dict[str, Any], row: str) -> None:
    assert row in wrong(newsletter.checks(replace(NEWS, **change)))


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"confirmations": 2}, "confirmation mails"),
        ({"texts": READY.texts | {"sms": []}}, f"delivered by SMS to {order_ready.PHONE}"),
        ({"texts": READY.texts | {"application": ["x"]}}, "delivered by push to the app"),
        ({"texts": READY.texts | {"sqs": []}}, "delivered by the screen's queue"),
        ({"texts": READY.texts | {"email": READY.texts["sms"]}}, f"delivered by mail to {order_ready.MAIL}"),
        (
            {"texts": READY.texts | {"email": [order_ready.BEFORE_THE_CLICK]}},
            "subscribers with exactly the right texts",
        ),
        ({"texts": {}}, "delivered by the screen's queue"),
    ],
)
def test_order_ready_notices(change: dict[str, Any], row: str) -> None:
    assert row in wrong(order_ready.checks(replace(READY, **change)))


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"sent": 9}, "orders sent"),
        ({"dead": []}, "orders in the dead-letter queue"),
        ({"dead": [1]}, "number of that order"),
        ({"dead": [night_shift.POISON, 8]}, "orders made by the function"),
        ({"left": 1}, "messages left in both queues"),
    ],
)
def test_the_night_shift_notices(change: dict[str, Any], row: str) -> None:
    assert row in wrong(night_shift.checks(replace(NIGHT, **change)))


def test_one_wrong_count_is_enough_to_fail() -> None:
    right, mistaken = Check("scene", "cups", 2, 2), Check("scene", "spoons", 2, 3)
    assert exit_status([right]) == 0
    assert exit_status([right, mistaken]) == 1
    assert exit_status([]) == 1
