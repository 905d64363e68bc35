"""Tight coupling: a cashier who hands orders straight to a barista loses some, and has to find out which."""

from __future__ import annotations

import json
import random
import re

from decaf.lessons.l01_tight_coupling.barista import at_work
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import MADE, Wire, said

TAKEN, ANSWERS = "taken", "answers"
_FEWEST = 5  # orders that show something
_ALWAYS = 1_000  # tries, more than anybody makes


def play(stage: Stage) -> None:
    """The cashier runs beside a barista who takes breaks: a short one, and some that lose an order."""
    count = stage.number("orders")
    short, *long = random.sample(range(2, count + 1), 2 + count // 10)
    url = stage.queue_url(MADE)

    def make(order: int) -> None:
        stage.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"order": order}))

    with at_work(make, {short: 1} | dict.fromkeys(long, _ALWAYS)) as barista:
        stage.say("The cashier takes orders, and hands each of them to the barista, who takes a break now and then.")
        stage.start("cashier", {"BARISTA": barista}).wait(60)
        stage.finish()


def check(wire: Wire) -> Verdict:
    """One message in `answers` has exactly the orders that are in `taken` and not in `made`."""
    taken, made = set(wire.by_order(wire.sent(TAKEN))), set(wire.made())
    if len(taken) < _FEWEST or not made:
        return _nothing_taken(wire, taken, made)
    lost = taken - made
    answers = wire.sent(ANSWERS)
    if not answers:
        return Diagnosis(
            "no-report",
            f"The cashier reported nothing: there is no message in {ANSWERS}.",
            expected="the orders that were lost",
            seen=f"{len(taken)} orders taken, {len(made)} made, no report",
        )
    reported = _numbers(answers[-1].body or "")
    expected, seen = _lost(lost), _lost(reported)
    marks = (answers[-1].mark,)
    if reported == lost:
        return Passed(
            f"{len(taken)} orders taken, {len(made)} made. {said(lost).capitalize()} taken and never made: the barista "
            "was away, and there was no place to put them."
        )
    if not reported:
        return Diagnosis(
            "says-none",
            f"The cashier says that no order was lost. But {said(lost)} can be found in {TAKEN}, and not in {MADE}: "
            "the barista was away, and the cashier went on.",
            marks=(*_taken(wire, lost), *marks),
            expected=expected,
            seen=seen,
        )
    return _other(wire, taken, lost, reported)


def _other(wire: Wire, taken: set[int], lost: set[int], reported: set[int]) -> Diagnosis:
    """Returns the diagnosis of a report that names some orders, and not those that were lost."""
    expected, seen, made = _lost(lost), _lost(reported), wire.made()
    marks = (wire.sent(ANSWERS)[-1].mark,)
    too_many = reported - lost
    if reported >= taken:
        return Diagnosis(
            "too-many",
            f"The cashier reports every order. But {len(made)} of them were made.",
            marks=marks,
            expected=expected,
            seen=seen,
        )
    if too_many:
        order = min(too_many)
        return Diagnosis(
            "counts-errors",
            f"{said(too_many).capitalize()} reported as lost, but made: the first try failed, and the second one did "
            "not. An error is not yet a lost order.",
            marks=(*_taken(wire, {order}), *(event.mark for event in made.get(order, [])), *marks),
            expected=expected,
            seen=seen,
        )
    return Diagnosis(
        "some-missing",
        f"The report has not all of them: {said(lost - reported)} lost too.",
        marks=(*_taken(wire, lost - reported), *marks),
        expected=expected,
        seen=seen,
    )


def _nothing_taken(wire: Wire, taken: set[int], made: set[int]) -> Diagnosis:
    return Diagnosis(
        "few-orders",
        "Too few orders to see anything. The cashier takes them and hands them over as it is: decaf learn run",
        marks=tuple(event.mark for event in wire.sent(TAKEN)[-1:]),
        expected=f"at least {_FEWEST} orders in {TAKEN}, and most of them in {MADE}",
        seen=f"{len(taken)} in {TAKEN}, {len(made)} in {MADE}",
    )


def _taken(wire: Wire, orders: set[int]) -> list[int]:
    """Returns the marks of when orders were taken, of the first few."""
    events = wire.by_order(wire.sent(TAKEN))
    return [events[order][0].mark for order in sorted(orders)[:4] if order in events]


def _numbers(text: str) -> set[int]:
    """Returns the numbers in a report, in whatever form it is: `{"lost": [4, 9]}`, or `lost: 4 9`."""
    return {int(number) for number in re.findall(r"\d{1,9}", text)}


def _lost(orders: set[int]) -> str:
    return f"{said(orders)} lost"
