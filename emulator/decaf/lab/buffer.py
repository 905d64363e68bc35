"""Scene 2: a queue between cashier and baristas. Nobody waits, nothing is lost, not even after a crash.

Rule: one hundred orders go in; ninety-nine can be made, one cannot. The counts must account for each.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from decaf.lab.baristas import IMPOSSIBLE, Barista, Board, at_work
from decaf.lab.checks import Check
from decaf.lab.cloud import Cloud, Queue
from decaf.lab.narrator import Narrator

TITLE = "2. The buffer"
ORDERS = 100
POISON = 42  # the number of the order nobody can make
TRIES = 3  # maxReceiveCount
VISIBILITY_TIMEOUT = 5  # seconds an order stays hidden in a barista's hands
PATIENCE = 12  # seconds until we stop waiting
MENU = ["an espresso", "a flat white", "a decaf latte", "a cappuccino"]


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of the orders; `left` is the sum of the queues' own counts at the end."""

    sent: int
    waiting: int
    held_by_the_fainted: int
    tries: dict[int, int]
    served: dict[int, int]
    dead: list[int]
    left: int


def play(cloud: Cloud, narrator: Narrator) -> Counts:
    narrator.scene(TITLE)
    narrator.say("Now there is a queue between the two. The cashier puts orders in; baristas take them out.")
    orders, dead_letters = cloud.create_queue_with_dead_letters(
        "orders", "orders-nobody-can-make", TRIES, VISIBILITY_TIMEOUT
    )
    sent = send_orders(cloud, orders)
    waiting = cloud.message_counts(orders)["ApproximateNumberOfMessages"]
    narrator.say(f"No barista is here yet. The cashier still takes {sent} orders; {waiting} wait in the queue.")

    board = Board(expected=ORDERS - 1)
    thread = threading.Thread(target=Barista("Bram", 0, cloud, orders, board).faint)
    thread.start()
    thread.join()
    held = cloud.message_counts(orders)["ApproximateNumberOfMessagesNotVisible"]
    narrator.say("Bram comes in, takes one order, and faints with it in his hands. He never deletes it.")

    dead = serve_everyone(cloud, orders, dead_letters, board)
    narrate_the_work(narrator, board, dead)
    left = sum(cloud.message_counts(orders).values()) + sum(cloud.message_counts(dead_letters).values())
    return Counts(sent, waiting, held, dict(board.tries), dict(board.served), dead, left)


def send_orders(cloud: Cloud, queue: Queue) -> int:
    """Send most orders ten at a time, the last ten one by one; return how many the queue accepted."""
    bodies = [json.dumps({"order": n, "drink": drink(n)}) for n in range(1, ORDERS + 1)]
    sent = 0
    for first in range(0, ORDERS - 10, 10):
        entries = [{"Id": str(n), "MessageBody": bodies[n]} for n in range(first, first + 10)]
        sent += len(cloud.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries).get("Successful", []))
    for body in bodies[-10:]:
        sent += "MessageId" in cloud.sqs.send_message(QueueUrl=queue.url, MessageBody=body)
    return sent


def drink(order: int) -> str:
    return IMPOSSIBLE if order == POISON else MENU[order % len(MENU)]


def serve_everyone(cloud: Cloud, orders: Queue, dead_letters: Queue, board: Board) -> list[int]:
    """Let three baristas work until all orders are done; return the numbers of the dead-lettered orders."""
    paces = {"Ada": 0.004, "Bo": 0.008, "Cleo": 0.016}
    threads = at_work([Barista(name, pace, cloud, orders, board) for name, pace in paces.items()])
    dead = collect_dead_letters(cloud, dead_letters)
    board.all_served.wait(PATIENCE)
    board.closing.set()
    for thread in threads:
        thread.join(PATIENCE)
    return dead


def collect_dead_letters(cloud: Cloud, queue: Queue) -> list[int]:
    """Wait for the first dead letter, then receive and delete all; return their order numbers."""
    dead: list[int] = []
    wait = PATIENCE
    while messages := cloud.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait).get(
        "Messages", []
    ):
        for message in messages:
            dead.append(json.loads(message["Body"])["order"])
            cloud.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
        wait = 0
    return dead


def narrate_the_work(narrator: Narrator, board: Board, dead: list[int]) -> None:
    shares = ", ".join(f"{name} {count}" for name, count in sorted(board.by_barista.items()))
    narrator.say(f"Three baristas start, each at a pace of their own, and share the work: {shares}.")
    narrator.say(f"Bram's order was hidden for {VISIBILITY_TIMEOUT} seconds, then came back by itself and was made.")
    narrator.say(
        f"Order {POISON} asks for {IMPOSSIBLE}. Whoever takes it puts it back. After {TRIES} tries the queue "
        f"moves it aside, to the dead-letter queue, where a person can look at it."
    )


def checks(counts: Counts) -> list[Check]:
    served_once = sum(1 for times in counts.served.values() if times == 1)
    retried = sorted(order for order, tries in counts.tries.items() if tries > 1 and order != POISON)
    lost = ORDERS - len(counts.served) - len(counts.dead)
    return [
        Check(TITLE, "orders sent", ORDERS, counts.sent),
        Check(TITLE, "orders waiting while no barista was there", ORDERS, counts.waiting),
        Check(TITLE, "orders in the hands of the fainted barista", 1, counts.held_by_the_fainted),
        Check(TITLE, "orders retried after the crash", 1, len(retried)),
        Check(
            TITLE,
            "tries of that order until it was served",
            2,
            max((counts.tries[n] for n in retried), default=0),
        ),
        Check(TITLE, "tries of the order nobody can make", TRIES, counts.tries.get(POISON, 0)),
        Check(TITLE, "orders in the dead-letter queue", 1, len(counts.dead)),
        Check(TITLE, "number of that order", POISON, counts.dead[0] if counts.dead else None),
        Check(TITLE, "orders served, each exactly once", ORDERS - 1, served_once),
        Check(TITLE, "orders lost", 0, lost),
        Check(TITLE, "messages left in both queues", 0, counts.left),
    ]
