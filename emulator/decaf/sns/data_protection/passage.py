"""What a topic's data protection policy does to a notification: as it comes in, and as each subscriber may see it.

Rule: of a message with a text per protocol each text is looked at by itself, and one that is denied denies them all.
What subscribers on behalf of one principal may see is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from decaf.sns.data_protection.policy import DataProtectionPolicy, Direction
from decaf.sns.data_protection.verdict import Finding, apply
from decaf.sns.notification import Notification


@dataclass(frozen=True, slots=True)
class Passed:
    """The notification as it goes on, None when it is denied, and what was found in it as it came."""

    notification: Notification | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit tells of a message."""

    message_id: str
    finding: Finding

    def __str__(self) -> str:
        return f"{self.finding.identifier}, {len(self.finding.spans)} times"


def pass_on(policy: DataProtectionPolicy, direction: Direction, principal: str, notification: Notification) -> Passed:
    """What becomes of a notification that is published or delivered on behalf of `principal`, an ARN."""
    texts = {"": notification.message} if notification.texts is None else notification.texts
    verdicts = {protocol: apply(policy, direction, principal, text) for protocol, text in texts.items()}
    findings = tuple(finding for verdict in verdicts.values() for finding in verdict.findings)
    if any(verdict.denied for verdict in verdicts.values()):
        return Passed(None, findings)
    changed = {protocol: verdict.text for protocol, verdict in verdicts.items()}
    if changed == texts:
        return Passed(notification, findings)
    if notification.texts is None:
        return Passed(replace(notification, message=changed[""]), findings)
    return Passed(replace(notification, texts=changed), findings)


class Views:
    """One notification as its topic's subscribers may see it."""

    __slots__ = ("_by_principal", "_notification", "_policy")

    def __init__(self, policy: DataProtectionPolicy, notification: Notification) -> None:
        self._policy = policy
        self._notification = notification
        self._by_principal: dict[str, Notification | None] = {}

    def of(self, principal: str) -> Notification | None:
        """What may be delivered on behalf of `principal`, an ARN; None when that is nothing."""
        if principal not in self._by_principal:
            passed = pass_on(self._policy, "Outbound", principal, self._notification)
            self._by_principal[principal] = passed.notification
        return self._by_principal[principal]
