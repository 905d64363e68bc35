"""The SMS sandbox: the numbers that a new account may send to, once their owners have told it a code.

Rule: ten numbers at most, five codes to each in a day, and a number stays for a day.
Source: Amazon SNS Developer Guide, "SMS sandbox"; the SNS API Reference, CreateSMSSandboxPhoneNumber.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_NUMBERS = 10
MAX_CODES = 5  # to a number in DAY
DAY = 86_400  # seconds


@dataclass(slots=True, eq=False)
class SandboxNumber:
    """A number to send to, once `verified`; `code` is the one last sent, `sent_at` when codes were."""

    number: str
    added_at: float
    code: str = ""
    sent_at: list[float] = field(default_factory=list)
    verified: bool = False

    def may_send(self, now: float) -> bool:
        """Whether one more code can be sent."""
        return sum(now < at + DAY for at in self.sent_at) < MAX_CODES

    def send(self, code: str, now: float) -> None:
        """Another code is on its way; earlier ones are no longer good."""
        self.code = code
        self.sent_at = [*(at for at in self.sent_at if now < at + DAY), now]

    def verify(self, code: str) -> bool:
        """Whether `code` is the one that was sent, which verifies the number."""
        self.verified = self.verified or code == self.code
        return code == self.code

    def may_go(self, now: float) -> bool:
        """Whether the number has been here long enough to be deleted."""
        return now >= self.added_at + DAY


@dataclass(slots=True, eq=False)
class Sandbox:
    """The numbers, in E.164."""

    numbers: dict[str, SandboxNumber] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return len(self.numbers) >= MAX_NUMBERS

    def lets_through(self, number: str) -> bool:
        """Whether an account in the sandbox may send to `number`."""
        known = self.numbers.get(number)
        return known is not None and known.verified
