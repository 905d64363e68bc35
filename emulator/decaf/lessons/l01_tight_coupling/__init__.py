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
    short, *long = random.sample(range(2, count), 2 + count // 10)  # the last order is made, if it is taken
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
    if max(taken) in lost:
        return _stopped(wire, max(taken))
    answers = wire.sent(ANSWERS)
    if not answers:
        return Diagnosis(
            "no-report",
            f"The cashier reported nothing: there is no message in {ANSWERS}.",
            expected="the orders that were lost",
            seen=f"{len(taken)} orders taken, {len(made)} made, no report",
        )
    reported = _reported(wire, lost)
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
            f"{said(too_many).capitalize()} reported as lost, but made. An error is not yet a lost order: when the "
            "first try fails, the second one may not.",
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


def _stopped(wire: Wire, last: int) -> Diagnosis:
    return Diagnosis(
        "stopped",
        f"After order {last}, which the barista did not take, the cashier took no other. One order is lost; the next "
        "customers want coffee all the same.",
        marks=tuple(_taken(wire, {last})),
        expected="the cashier goes on after an order that is lost",
        seen=f"no order in {TAKEN} after order {last}",
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


def _reported(wire: Wire, lost: set[int]) -> set[int]:
    """Returns the orders in the last report; those in all of them, if there is one for each lost order."""
    reports = [_numbers(answer.body or "") for answer in wire.sent(ANSWERS)]
    all_of_them = set().union(*reports)
    return all_of_them if all_of_them == lost else reports[-1]


def _numbers(text: str) -> set[int]:
    """Returns the orders in a report, in whatever form it is: `{"lost": [4, 9]}`, or `lost: 4 9`."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict) and "lost" in value:
        text = json.dumps(value["lost"])
    return {int(number) for number in re.findall(r"\d{1,9}", text)}


def _lost(orders: set[int]) -> str:
    return f"{said(orders)} reported as lost"
