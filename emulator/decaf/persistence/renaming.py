"""A snapshot of one account, rewritten for another.

Rule: everything that names the account is changed: ARNs, owners, policies, redrive targets. The users' own texts stay:
bodies, message attributes, filter policies, tags. Tokens, ids and receipt handles stay, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from msgspec.structs import replace

from decaf.base.arn import Arn, read_arn
from decaf.base.identity import default_user
from decaf.base.slices import at_once, each
from decaf.persistence.queues import arn_of
from decaf.persistence.records import (
    ApplicationRecord,
    EndpointRecord,
    InboxRecord,
    MessageRecord,
    QueueRecord,
    Record,
    StackCallRecord,
    SubscriptionRecord,
    TopicRecord,
)
from decaf.persistence.snapshot import Snapshot
from decaf.persistence.snapshot_file import Part

R = TypeVar("R", bound=Record)

_RENAMED = 200  # records that one slice rewrites

_NAMES = frozenset(
    {
        "account",
        "application_arn",
        "arn",
        "destination",
        "dead_letter_queue",
        "endpoint",
        "function_arn",
        "on_failure",
        "on_success",
        "function",
        "owner",
        "queue",
        "source",
        "source_arn",
        "subscription_arn",
        "target",
        "topic_arn",
    }
)
_HAVE_SETTINGS = (QueueRecord, TopicRecord, SubscriptionRecord, ApplicationRecord, EndpointRecord)


def renamed(snapshot: Snapshot, account: str) -> Snapshot:
    """As `renaming`, without a break."""
    return at_once(renaming(snapshot, account))


def renaming(snapshot: Snapshot, account: str) -> Generator[None, None, Snapshot]:
    """Rewrite the snapshot of one account as one of another `account`, in slices, and return that.

    Subscriptions to topics of others are left out. Raises ValueError for a snapshot of all accounts.
    """
    if snapshot.account is None:
        raise ValueError("it is of all accounts; only a snapshot of one account goes into another")
    if snapshot.account == account:
        return snapshot
    subscribed = tuple(each for each in snapshot.subscriptions if arn_of(each.topic_arn).account == snapshot.account)
    own = {each.arn for each in subscribed} | {each.arn for topic in snapshot.topics for each in topic.ended}
    deliveries = tuple(
        each for each in snapshot.deliveries if each.subscription_arn is None or each.subscription_arn in own
    )
    return (
        yield from _Renaming(snapshot.account, account).snapshot(
            replace(snapshot, subscriptions=subscribed, deliveries=deliveries)
        )
    )


def renamed_parts(parts: Iterable[Part], snapshot: Snapshot, account: str) -> Iterable[Part]:
    """Returns the messages of a snapshot of one account, in parts, as those of another `account`."""
    if snapshot.account is None or snapshot.account == account:
        return parts
    return map(_Renaming(snapshot.account, account).part, parts)


def _each(records: Iterable[Any], rename: Callable[[Any], Any]) -> Generator[None, None, tuple[Any, ...]]:
    renamed: list[Any] = []
    yield from each(records, lambda record: renamed.append(rename(record)), _RENAMED)
    return tuple(renamed)


class _Renaming:
    """Replaces the account `old` by `new`."""

    def __init__(self, old: str, new: str) -> None:
        self._old = old
        self._new = new
        self._number = re.compile(rf"(?<!\d){re.escape(old)}(?!\d)")

    def snapshot(self, snapshot: Snapshot) -> Generator[None, None, Snapshot]:
        changes: dict[str, Any] = {}
        for name in snapshot.__struct_fields__:
            value = getattr(snapshot, name)
            if isinstance(value, tuple):
                rename: Callable[[Any], Any] = self._entry if name == "inbox" else self._record
                changes[name] = yield from _each(value, rename)
        messages = dict(map(self.part, snapshot.messages.items()))
        orders = {self._name(arn): order for arn, order in snapshot.orders.items()}
        return replace(snapshot, account=self._new, messages=messages, orders=orders, **changes)

    def part(self, part: Part) -> tuple[str, tuple[MessageRecord, ...]]:
        arn, records = part
        return self._name(arn), tuple(map(self._message, records))

    def _record(self, record: R) -> R:
        values = {name: self._field(record, name) for name in record.__struct_fields__}
        return replace(record, **{name: value for name, value in values.items() if value is not getattr(record, name)})

    def _field(self, record: Record, name: str) -> Any:
        value = getattr(record, name)
        if isinstance(value, Record):
            return self._record(value)
        if isinstance(value, tuple):
            return tuple(self._record(each) if isinstance(each, Record) else each for each in value)
        if name == "attributes" and isinstance(record, _HAVE_SETTINGS):
            return {setting: self._setting(setting, each) for setting, each in value.items()}
        if isinstance(record, StackCallRecord) and name == "params":
            return self._document(value)
        if name in ("data_protection", "policy", "role") and value is not None:
            return self._text(value)
        return self._name(value) if name in _NAMES and value is not None else value

    def _message(self, message: MessageRecord) -> MessageRecord:
        optional_fields = message.optional_fields
        if optional_fields is not None and optional_fields.source_arn is not None:
            optional_fields = self._record(optional_fields)
        return replace(message, sender_id=self._sender(message.sender_id), optional_fields=optional_fields)

    def _sender(self, sender_id: str) -> str:
        """A user's id, which is made from its account; of older snapshots the account."""
        own = default_user(self._old).id
        return default_user(self._new).id if sender_id == own else self._name(sender_id)

    def _entry(self, entry: InboxRecord) -> InboxRecord:
        attributes = {name: self._document(value) for name, value in entry.attributes.items()}
        # The body of a notification is a user's text; our own bodies have links that name the topic.
        body = entry.body if entry.kind == "Notification" else self._text(entry.body)
        recipient = self._name(entry.recipient)
        return replace(self._record(entry), recipient=recipient, body=body, attributes=attributes)

    def _setting(self, name: str, value: Any) -> Any:
        """Returns a renamed attribute; a policy is a document that may name the account anywhere."""
        if name.endswith("Policy") and name != "FilterPolicy":
            return self._document(value)
        return self._name(value) if isinstance(value, str) else value

    def _document(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {name: self._document(each) for name, each in value.items()}
        return [self._document(each) for each in value] if isinstance(value, list) else value

    def _text(self, text: str) -> str:
        return self._number.sub(self._new, text)

    def _name(self, text: str) -> str:
        """Returns a renamed account or ARN; other texts as they are."""
        if text == self._old:
            return self._new
        arn = read_arn(text)
        if arn is None or arn.account != self._old:
            return text
        return str(Arn(arn.service, arn.region, self._new, arn.resource))
