"""Scene 5: at night a function makes the orders. The queue calls it, with many orders at a time.

Rule: the function reports which orders of a batch it could not make; only these come back, and in the end one is left,
in the dead-letter queue.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass

from botocore.exceptions import ClientError

from decaf.lab.baristas import IMPOSSIBLE
from decaf.lab.buffer import collect_dead_letters
from decaf.lab.checks import Check
from decaf.lab.cloud import Cloud, Queue
from decaf.lab.narrator import Narrator

TITLE = "5. The night shift"
ORDERS = 10
POISON = 7  # the number of the order nobody can make
TRIES = 2  # maxReceiveCount
TIMEOUT = 1  # seconds, of the function; its orders stay hidden for as long
ROLE = "arn:aws:iam::{account}:role/barista"
BARISTA = f"""
import json

def make(event, context):
    failures = []
    for record in event["Records"]:
        if json.loads(record["body"])["drink"] == {IMPOSSIBLE!r}:
            failures.append({{"itemIdentifier": record["messageId"]}})
    return {{"batchItemFailures": failures}}
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of the orders; `left` is the sum of the queues' own counts at the end."""

    sent: int
    dead: list[int]
    left: int

    @property
    def made(self) -> int:
        return self.sent - len(self.dead) - self.left


def play(cloud: Cloud, narrator: Narrator) -> Counts | None:
    """Returns the counts; None where the server takes no code from this program."""
    narrator.scene(TITLE)
    narrator.say("At night nobody is behind the counter. A function makes the orders: the queue calls it.")
    orders, dead_letters = cloud.create_queue_with_dead_letters(
        "night-orders", "night-orders-nobody-can-make", TRIES, TIMEOUT
    )
    try:
        hire(cloud, orders)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        narrator.say("This server takes no functions from here, so the night shift is left out.")
        return None
    sent = send_orders(cloud, orders)
    dead = collect_dead_letters(cloud, dead_letters)
    left = sum(cloud.message_counts(orders).values()) + sum(cloud.message_counts(dead_letters).values())
    narrator.say(f"{sent} orders come in. The function makes all but number {POISON}, and reports that one alone.")
    narrator.say(f"So the others are not made again. After {TRIES} tries number {POISON} is in the dead-letter queue.")
    return Counts(sent, dead, left)


def hire(cloud: Cloud, orders: Queue) -> None:
    """Create the function, and let the queue call it."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("barista.py", BARISTA)
    cloud.lambda_.create_function(
        FunctionName="barista",
        Runtime="python3.12",
        Role=ROLE.format(account=cloud.account),
        Handler="barista.make",
        Timeout=TIMEOUT,
        Code={"ZipFile": code.getvalue()},
    )
    cloud.lambda_.create_event_source_mapping(
        FunctionName="barista", EventSourceArn=orders.arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )


def send_orders(cloud: Cloud, queue: Queue) -> int:
    """Send all orders at once; return how many the queue accepted."""
    entries = [
        {"Id": str(n), "MessageBody": json.dumps({"order": n, "drink": IMPOSSIBLE if n == POISON else "an espresso"})}
        for n in range(1, ORDERS + 1)
    ]
    return len(cloud.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries).get("Successful", []))


def checks(counts: Counts | None) -> list[Check]:
    """Returns no checks for a scene that was left out."""
    if counts is None:
        return []
    return [
        Check(TITLE, "orders sent", ORDERS, counts.sent),
        Check(TITLE, "orders made by the function", ORDERS - 1, counts.made),
        Check(TITLE, "orders in the dead-letter queue", 1, len(counts.dead)),
        Check(TITLE, "number of that order", POISON, counts.dead[0] if counts.dead else None),
        Check(TITLE, "messages left in both queues", 0, counts.left),
    ]
