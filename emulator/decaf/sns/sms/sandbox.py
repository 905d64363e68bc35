"""The SMS sandbox: a new account can send to verified numbers only, those whose owners have returned a code.

Rule: at most ten numbers, at most five codes to each in a day, and a number can be deleted after a day.
Source: Amazon SNS Developer Guide, "SMS sandbox"; the SNS API Reference, CreateSMSSandboxPhoneNumber.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_NUMBERS = 10
MAX_CODES = 5  # to a number in DAY
DAY = 86_400  # seconds


@dataclass(slots=True, eq=False)
class SandboxNumber:
    """A number of the sandbox. `code` is the latest one sent; `sent_at` are the times of codes (epoch seconds)."""

    number: str
    added_at: float
    code: str = ""
    sent_at: list[float] = field(default_factory=list)
    verified: bool = False

    def can_send(self, now: float) -> bool:
        """Whether another code can be sent."""
        return sum(now < at + DAY for at in self.sent_at) < MAX_CODES

    def send(self, code: str, now: float) -> None:
        """Note that `code` was sent; earlier codes are no longer valid."""
        self.code = code
        self.sent_at = [*(at for at in self.sent_at if now < at + DAY), now]

    def verify(self, code: str) -> bool:
        """Verify the number if `code` is the latest one sent. Returns whether it is."""
        self.verified = self.verified or code == self.code
        return code == self.code

    def can_delete(self, now: float) -> bool:
        """Whether the number was added long enough ago to be deleted."""
        return now >= self.added_at + DAY


@dataclass(slots=True, eq=False)
class Sandbox:
    """The numbers of an account, by their form in E.164."""

    numbers: dict[str, SandboxNumber] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return len(self.numbers) >= MAX_NUMBERS

    def is_verified(self, number: str) -> bool:
        """Whether an account in the sandbox can send to `number`."""
        known = self.numbers.get(number)
        return known is not None and known.verified
