"""Text messages of one account in one region: preferences, numbers that opted out, and the money spent.

Rule: a number can be opted in once in 30 days; the spend limit is per month, in UTC.
Source: the SNS API Reference, OptInPhoneNumber; Amazon SNS Developer Guide, "Managing phone numbers and SMS
subscriptions" and "Setting SMS messaging preferences".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from decaf.sns.sms.preferences import DEFAULT_SPEND_LIMIT
from decaf.sns.sms.sandbox import Sandbox

OPT_IN_PAUSE = 30 * 86_400  # seconds


@dataclass(slots=True, eq=False)
class SmsAccount:
    """`preferences` are typed values by AWS's names; numbers are in E.164, times in epoch seconds."""

    preferences: dict[str, Any] = field(default_factory=dict)
    opted_out: dict[str, float] = field(default_factory=dict)  # number -> when it did
    opted_in: dict[str, float] = field(default_factory=dict)  # number -> when it last was opted in
    sandbox: Sandbox = field(default_factory=Sandbox)
    spent: Decimal = Decimal(0)  # US dollars, in `month` (year and month)
    month: tuple[int, int] = (0, 0)

    def opt_out(self, number: str, now: float) -> None:
        """Deliver no more messages to `number`: its owner opted out."""
        self.opted_out.setdefault(number, now)

    def opt_in(self, number: str, now: float) -> bool:
        """Deliver messages to `number` again. Returns False if it was opted in less than 30 days ago."""
        if number not in self.opted_out:
            return True
        if now < self.opted_in.get(number, -OPT_IN_PAUSE) + OPT_IN_PAUSE:
            return False
        del self.opted_out[number]
        self.opted_in[number] = now
        return True

    def spend(self, price: Decimal, now: float) -> bool:
        """Spend `price` (US dollars). Returns False, and spends nothing, if that exceeds this month's limit."""
        at = datetime.fromtimestamp(now, UTC)
        month = at.year, at.month
        spent = price + (self.spent if self.month == month else 0)
        if spent > self.preferences.get("MonthlySpendLimit", DEFAULT_SPEND_LIMIT):
            return False
        if price:
            self.month, self.spent = month, spent
        return True
