"""Scene 1: a cashier who hands each order straight to a barista, and the orders lost when she cannot take them.

Rule: no cloud in this scene, only objects and threads; and nothing depends on timing, so the losses are
the same in every run.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from decaf.lab.checks import Check
from decaf.lab.narrator import Narrator

TITLE = "1. Tight coupling"


class CannotTakeOrder(Exception):
    """The barista is busy or away."""


@dataclass(slots=True)
class Barista:
    """Makes one drink at a time, and only while at work."""

    hands: threading.Lock = field(default_factory=threading.Lock)
    at_work: bool = True
    served: int = 0

    def make(self, finished: threading.Event | None = None) -> None:
        """Make a drink; with `finished`, one that takes until that event is set."""
        if not self.at_work:
            raise CannotTakeOrder("the barista is on her break")
        if not self.hands.acquire(blocking=False):
            raise CannotTakeOrder("the barista has her hands full")
        try:
            if finished is not None:
                finished.wait()
            self.served += 1
        finally:
            self.hands.release()


@dataclass(slots=True)
class Till:
    """A till: takes an order and hands it over at once, as there is no place to store it."""

    barista: Barista
    taken: int = 0
    lost: int = 0

    def order(self, finished: threading.Event | None = None) -> None:
        self.taken += 1
        try:
            self.barista.make(finished)
        except CannotTakeOrder:
            self.lost += 1

    def orders(self, customers: int) -> None:
        for _ in range(customers):
            self.order()


@dataclass(frozen=True, slots=True)
class Counts:
    """Orders taken at both tills, drinks made, orders lost, and whether the cashier was stuck."""

    taken: int
    served: int
    lost_busy: int
    lost_away: int
    cashier_stuck: bool


def play(narrator: Narrator) -> Counts:
    narrator.scene(TITLE)
    narrator.say("A small coffee shop: the cashier takes an order and hands it straight to the barista.")
    barista = Barista()
    first, second, evening = Till(barista), Till(barista), Till(barista)
    first.orders(6)
    narrator.say("Six customers come one after the other. It works well, as long as it is quiet.")
    stuck = rush_hour(first, second)
    narrator.say(
        "Now a tray of twelve cappuccinos. Its cashier stands there until it is done, and at the second till "
        f"{second.lost} customers leave: the barista has her hands full."
    )
    barista.at_work = False
    evening.orders(8)
    narrator.say(f"Then the barista takes a break, and {evening.lost} more orders have nowhere to go.")
    narrator.say(
        "Nobody did anything wrong. Cashier and barista are tightly coupled: each can work only while the other does."
    )
    taken = first.taken + second.taken + evening.taken
    return Counts(taken, barista.served, first.lost + second.lost, evening.lost, stuck)


def rush_hour(first: Till, second: Till) -> bool:
    """Order a long one at the first till and five at the second; return whether the first cashier is stuck."""
    finished = threading.Event()
    cashier = threading.Thread(target=first.order, args=[finished], daemon=True)
    cashier.start()
    while not first.barista.hands.locked():
        cashier.join(0.001)
    second.orders(5)
    stuck = cashier.is_alive()
    finished.set()
    cashier.join()
    return stuck


def checks(counts: Counts) -> list[Check]:
    unaccounted = counts.taken - counts.served - counts.lost_busy - counts.lost_away
    return [
        Check(TITLE, "orders taken at the tills", 20, counts.taken),
        Check(TITLE, "cashiers stuck while the tray is made", 1, int(counts.cashier_stuck)),
        Check(TITLE, "orders served", 7, counts.served),
        Check(TITLE, "orders lost: the barista was busy", 5, counts.lost_busy),
        Check(TITLE, "orders lost: the barista was away", 8, counts.lost_away),
        Check(TITLE, "orders neither served nor lost", 0, unaccounted),
    ]
