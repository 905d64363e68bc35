"""The inbox by itself."""

from __future__ import annotations

from decaf.sns.inbox import Entry, Inbox


def entry(number: int, account: str = "111111111111") -> Entry:
    return Entry(account, "sms", f"+{number}", None, str(number), None, "body", 0.0)


def test_it_keeps_the_latest_only() -> None:
    inbox = Inbox(3)
    for number in range(5):
        inbox.put(entry(number))
    assert [found.message_id for found in inbox.find()] == ["2", "3", "4"]


def test_clearing_one_account_leaves_the_others_and_the_limit() -> None:
    inbox = Inbox(2)
    inbox.put(entry(1))
    inbox.put(entry(2, account="222222222222"))
    inbox.clear("111111111111")
    assert [found.message_id for found in inbox.find()] == ["2"]
    inbox.put(entry(3))
    inbox.put(entry(4))
    assert [found.message_id for found in inbox.find()] == ["3", "4"]
    inbox.clear()
    assert inbox.find() == []
