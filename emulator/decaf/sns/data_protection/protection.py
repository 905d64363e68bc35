"""A topic's data protection policy applied to a notification: when it is published, and per subscriber.

Rule: of a message with a text per protocol each text is searched by itself, and one that is denied denies them all.
The notification for the subscriptions of one principal is made once.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from decaf.sns.data_protection.policy import DataProtectionPolicy, Direction
from decaf.sns.data_protection.verdict import Finding, apply
from decaf.sns.notification import Notification


class Protected(msgspec.Struct, frozen=True):
    """The notification after the policy was applied, None if it is denied, and the findings in the original."""

    notification: Notification | None
    findings: tuple[Finding, ...]


class Report(msgspec.Struct, frozen=True):
    """What an audit reports: one finding in a message."""

    message_id: str
    finding: Finding

    def __str__(self) -> str:
        return f"{self.finding.identifier}, {len(self.finding.spans)} times"


class NotSearched(msgspec.Struct, frozen=True):
    """The identifiers that a published message was not searched for."""

    message_id: str
    identifiers: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.identifiers)


def unsearched(policy: DataProtectionPolicy, direction: Direction, principal: str) -> tuple[str, ...]:
    """Returns the names of the identifiers of `policy` that cannot be recognised in what `protect` looks at."""
    concerned = (each for each in policy.statements if each.concerns(direction, principal))
    return tuple(dict.fromkeys(name for each in concerned for name in each.unsearched))


def protect(
    policy: DataProtectionPolicy, direction: Direction, principal: str, notification: Notification
) -> Protected:
    """Apply `policy` to a notification that is published or delivered on behalf of `principal`, an ARN."""
    texts = {"": notification.message} if notification.texts is None else notification.texts
    verdicts = {protocol: apply(policy, direction, principal, text) for protocol, text in texts.items()}
    findings = tuple(finding for verdict in verdicts.values() for finding in verdict.findings)
    if any(verdict.denied for verdict in verdicts.values()):
        return Protected(None, findings)
    changed = {protocol: verdict.text for protocol, verdict in verdicts.items()}
    if changed == texts:
        return Protected(notification, findings)
    if notification.texts is None:
        return Protected(replace(notification, message=changed[""]), findings)
    return Protected(replace(notification, texts=changed), findings)


class Views:
    """One notification as each of its topic's subscribers gets it."""

    __slots__ = ("_by_principal", "_notification", "_policy")

    def __init__(self, policy: DataProtectionPolicy, notification: Notification) -> None:
        self._policy = policy
        self._notification = notification
        self._by_principal: dict[str, Notification | None] = {}

    def of(self, principal: str) -> Notification | None:
        """Returns the notification to deliver on behalf of `principal`, an ARN; None if it is denied."""
        if principal not in self._by_principal:
            protected = protect(self._policy, "Outbound", principal, self._notification)
            self._by_principal[principal] = protected.notification
        return self._by_principal[principal]
