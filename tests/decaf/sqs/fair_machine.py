"""A standard queue whose messages may name their groups, with its clock in hand: no server, no loop."""

from __future__ import annotations

from decaf.sqs.message import Message
from tests.decaf.sqs.machine import Machine, a_message


class FairMachine(Machine):
    """A standard queue; bodies like `a1` are of group `a`, those that start with `-` are of none."""

    def send(self, body: str, delay: float = 0) -> Message:
        group_id = None if body.startswith("-") else body[0]
        message = a_message(body, self.now, group_id=group_id)
        self.queue.send(message, self.now, delay)
        return message

    def send_many(self, group: str, number: int) -> None:
        for index in range(number):
            self.send(f"{group}{index}")

    def groups(self, limit: int, visibility: float = 30) -> str:
        """The groups of the messages that a receive returns, in order."""
        return "".join(body[0] for body in self.bodies(limit, visibility))
