"""The newsletter, read in the inbox of Decaf: mail that a real service would have sent."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from cafe.newsletter import Newsletter
from cafe.settings import Settings

from decaf.testing import Decaf


def mails(decaf: Decaf, cafe: Settings, address: str) -> list[str]:
    """The subjects of the news that `address` got."""
    found = decaf.control.inbox(recipient=address, topic_arn=cafe.news)
    return [mail.subject or "" for mail in found if mail.kind == "Notification"]


def say_yes(decaf: Decaf, cafe: Settings, newsletter: Newsletter, address: str) -> str:
    """Follow the link in the latest mail that asks for it."""
    asked = [mail for mail in decaf.control.inbox(recipient=address, topic_arn=cafe.news) if mail.token]
    return newsletter.confirm(asked[-1].token or "")


def test_a_token_that_was_never_sent_confirms_nothing(newsletter: Newsletter) -> None:
    with pytest.raises(ClientError):
        newsletter.confirm("1234")


@pytest.mark.needs_decaf("inbox")
def test_nobody_gets_news_unasked(newsletter: Newsletter, decaf: Decaf, cafe: Settings) -> None:
    newsletter.subscribe("ada@example.com")
    newsletter.announce("New beans", "From Peru.", "coffee")
    assert mails(decaf, cafe, "ada@example.com") == []


@pytest.mark.needs_decaf("inbox")
def test_who_confirmed_gets_the_news(newsletter: Newsletter, decaf: Decaf, cafe: Settings) -> None:
    newsletter.subscribe("ada@example.com")
    say_yes(decaf, cafe, newsletter, "ada@example.com")
    newsletter.announce("New beans", "From Peru.", "coffee")
    assert mails(decaf, cafe, "ada@example.com") == ["New beans"]


@pytest.mark.needs_decaf("inbox")
@pytest.mark.parametrize(("interests", "subjects"), [(["cake"], ["Cake"]), (["cake", "coffee"], ["Beans", "Cake"])])
def test_people_get_what_interests_them(
    newsletter: Newsletter, decaf: Decaf, cafe: Settings, interests: list[str], subjects: list[str]
) -> None:
    newsletter.subscribe("ada@example.com", interests)
    say_yes(decaf, cafe, newsletter, "ada@example.com")
    newsletter.announce("Beans", "From Peru.", "coffee")
    newsletter.announce("Cake", "With nuts.", "cake")
    assert mails(decaf, cafe, "ada@example.com") == subjects


@pytest.mark.needs_decaf("inbox")
def test_who_leaves_gets_no_more(newsletter: Newsletter, decaf: Decaf, cafe: Settings) -> None:
    newsletter.subscribe("ada@example.com")
    subscription = say_yes(decaf, cafe, newsletter, "ada@example.com")
    newsletter.leave(subscription)
    newsletter.announce("New beans", "From Peru.", "coffee")
    assert mails(decaf, cafe, "ada@example.com") == []


@pytest.mark.needs_decaf("clock", "inbox")
@pytest.mark.own_decaf
def test_a_link_works_for_three_days(newsletter: Newsletter, decaf: Decaf, cafe: Settings) -> None:
    newsletter.subscribe("ada@example.com")
    decaf.control.advance(3 * 86_400 + 1)
    with pytest.raises(ClientError):
        say_yes(decaf, cafe, newsletter, "ada@example.com")
