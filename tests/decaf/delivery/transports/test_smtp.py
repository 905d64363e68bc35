"""Mails to a real mail server, and the outcome of each of its responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from decaf.base.events import Event, NotificationDelivered, NotificationFailed, NotificationPostponed
from decaf.base.settings import BadSetting, Settings
from decaf.delivery.transports import smtp
from decaf.delivery.transports.mail import Mail
from decaf.delivery.transports.smtp import ToMailServer, read_server
from decaf.sns.inbox import Entry
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.retry_policy import CUSTOMER_MANAGED
from tests.decaf.delivery.transports.tls import server_context
from tests.live import Live
from tests.mail_server import MailServer

MAIL = "customer@example.com"
SIX_HOURS = 6 * 3_600


class Shop:
    """A topic with a mail box, on a server of its own that sends mails for real."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.live = Live(Settings(port=0, smtp_url=url, retry_jitter=0.0, **settings))
        self.events: list[Event] = []
        self.live.world.events.listeners.append(self.events.append)
        self.sns, self.sqs = self.live.client("sns"), self.live.client("sqs")
        self.topic: str = self.sns.create_topic(Name="orders", Attributes={"DisplayName": "Café"})["TopicArn"]

    def subscribe(self, protocol: str = "email", **attributes: str) -> None:
        """A mail box that is confirmed, with an empty inbox."""
        self.sns.subscribe(TopicArn=self.topic, Protocol=protocol, Endpoint=MAIL, Attributes=attributes)
        self.live.advance(0)
        self.sns.confirm_subscription(TopicArn=self.topic, Token=self.inbox()[-1].token)
        self.live.call(self.live.world.inbox.clear)
        self.events.clear()

    def publish(self, text: str, **more: str) -> str:
        published: str = self.sns.publish(TopicArn=self.topic, Message=text, **more)["MessageId"]
        self.live.advance(0)
        return published

    def inbox(self) -> list[Entry]:
        return self.live.call(partial(self.live.world.inbox.find, recipient=MAIL))

    def told(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.events if type(event) in kinds]

    def close(self) -> None:
        self.sns.close()
        self.sqs.close()
        self.live.stop()


@contextmanager
def shop(server: MailServer, scheme: str = "smtp", login: str = "", **settings: Any) -> Iterator[Shop]:
    opened = Shop(f"{scheme}://{login}127.0.0.1:{server.port}", **settings)
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def test_a_subscriber_confirms_by_the_link_in_a_mail(server: MailServer) -> None:
    with shop(server) as here:
        here.sns.subscribe(TopicArn=here.topic, Protocol="email", Endpoint=MAIL)
        here.live.advance(0)
        (asked,) = server.received
        assert (asked["To"], asked["Subject"]) == (MAIL, "AWS Notification - Subscription Confirmation")
        assert here.inbox()[0].attributes["SubscribeURL"] in asked.get_content()


def test_a_mail_arrives_as_the_inbox_shows_it(server: MailServer) -> None:
    with shop(server) as here:
        here.subscribe()
        message = here.publish("Ready ☕\n.\n" + "x" * 2_000, Subject="Order 42")
        mail, (entry,) = server.received[-1], here.inbox()
        assert mail.get_content().replace("\r\n", "\n") == entry.body
        assert (mail["Subject"], str(mail["From"])) == ("Order 42", "Café <no-reply@sns.amazonaws.com>")
        assert mail["Message-ID"] == f"<{message}@sns.amazonaws.com>"
        assert server.senders[-1] == "no-reply@sns.amazonaws.com"
        assert len(here.told(NotificationDelivered)) == 1


def test_json_mails_hold_the_envelope(server: MailServer) -> None:
    with shop(server) as here:
        here.subscribe("email-json")
        here.publish("Ready")
        assert json.loads(server.received[-1].get_content())["Message"] == "Ready"


def test_a_temporary_refusal_is_retried(server: MailServer) -> None:
    with shop(server) as here:
        here.subscribe()
        server.answers.extend(["451 later", "421 busy"])
        here.publish("Ready")
        assert here.inbox() == []
        here.live.advance(9)
        assert len(here.told(NotificationPostponed)) == 1
        here.live.advance(20)
        assert [len(here.told(kind)) for kind in (NotificationPostponed, NotificationDelivered)] == [2, 1]
        assert len(here.inbox()) == 1


def test_a_permanent_refusal_goes_to_the_dead_letter_queue(server: MailServer) -> None:
    with shop(server) as here:
        queue = here.sqs.create_queue(QueueName="dead")["QueueUrl"]
        dead = "arn:aws:sqs:us-east-1:000000000000:dead"
        here.subscribe(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
        server.answers.append("550 no such mail box")
        here.publish("Ready")
        (failed,) = here.told(NotificationFailed)
        assert failed.subject.outcome.reason == "the mail server responded 550 no such mail box"
        assert here.inbox() == []
        assert len(here.sqs.receive_message(QueueUrl=queue)["Messages"]) == 1


def test_a_server_that_is_away_is_tried_fifty_times_in_six_hours(server: MailServer) -> None:
    with shop(server) as here:
        here.subscribe()
        server.close()
        here.publish("Ready")
        here.live.advance(SIX_HOURS + 3_600)
        assert len(here.told(NotificationPostponed)) == 50
        (failed,) = here.told(NotificationFailed)
        assert failed.subject.outcome.reason.startswith("the mail server cannot be reached: ")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("login", "mails"), [("shop:p%40ss@", 1), ("shop:wrong@", 0), ("", 0)])
def test_a_server_may_want_to_know_who_sends(login: str, mails: int) -> None:
    with MailServer(login=("shop", "p@ss")) as server, shop(server, login=login) as here:
        here.sns.subscribe(TopicArn=here.topic, Protocol="email", Endpoint=MAIL)
        here.live.advance(0)
        assert len(server.received) == len(here.inbox()) == mails


@pytest.mark.parametrize(("trust", "mails"), [("system", 0), ("any", 1), ("the file", 1)])
def test_a_secure_server_has_to_be_trusted(tmp_path: Path, trust: str, mails: int) -> None:
    context, certificate = server_context(tmp_path)
    trusted = certificate if trust == "the file" else trust
    with MailServer(tls=context) as server, shop(server, "smtps", https_trust=trusted) as here:
        here.sns.subscribe(TopicArn=here.topic, Protocol="email", Endpoint=MAIL)
        here.live.advance(0)
        assert len(server.received) == mails


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://a:b", "smtp://a/b", "smtp://[a"]
)
def test_a_server_is_named_by_a_url(url: str) -> None:
    with pytest.raises(BadSetting, match="smtp_url: must be like smtp://user:password@host:port"):
        read_server(url, "system")


def test_ports_are_the_usual_ones_and_names_are_unquoted() -> None:
    slash = read_server("smtp://mail.test:2525/", "system")
    assert (slash.host, slash.port, slash.user, slash.password) == ("mail.test", 2525, "", "")
    plain, secure = read_server("smtp://a%40b:p%3A@mail.test", "system"), read_server("smtps://mail.test", "system")
    assert (plain.port, plain.user, plain.password, plain.tls) == (25, "a@b", "p:", None)
    assert (secure.port, secure.user) == (465, "")
    assert secure.tls is not None


def test_the_file_of_trusted_certificates_has_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="https_trust: "):
        read_server("smtps://mail.test", str(tmp_path / "nothing"))


def _sent(server: MailServer, login: str = "", recipient: str = MAIL) -> Outcome:
    to = read_server(f"smtp://{login}127.0.0.1:{server.port}", "system")
    return to.send(Mail("Café", recipient, "Order", "Ready", "4f3d"), 1_700_000_000.0)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("250 OK", DELIVERED),
        ("450 later", Outcome("the mail server responded 450 later", retryable=True)),
        ("499 later", Outcome("the mail server responded 499 later", retryable=True)),
        ("500 what?", Outcome("the mail server responded 500 what?")),
        ("550 no such mail box", Outcome("the mail server responded 550 no such mail box")),
    ],
)
def test_the_outcome_is_what_the_server_says_of_the_recipient(
    server: MailServer, answer: str, outcome: Outcome
) -> None:
    server.answers.append(answer)
    assert _sent(server) == outcome


@pytest.mark.parametrize("recipient", ["josé@example.com", "ada@example.com\r\nBcc: all@example.com"])
def test_an_address_that_the_server_does_not_take_is_a_failure_for_good(server: MailServer, recipient: str) -> None:
    refused = _sent(server, recipient=recipient)
    assert refused.reason is not None
    assert refused.reason.startswith("the mail server does not accept it: ")
    assert (refused.retryable, server.received) == (False, [])


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_is_refused_for_good() -> None:
    with MailServer(login=("shop", "p@ss")) as server:
        refused = _sent(server, "shop:wrong@")
    assert refused.reason is not None
    assert refused.reason.startswith("the mail server responded 535 ")
    assert not refused.retryable


def test_a_server_has_its_time_to_answer_and_an_attempt_has_more() -> None:
    assert (smtp.TIMEOUT, smtp._ATTEMPT) == (15.0, 120.0)
    with MailServer() as server:
        to = read_server(f"smtp://127.0.0.1:{server.port}", "system")
        with to._connect() as connection:
            assert connection.timeout == 15.0


def test_mails_are_retried_as_sns_does_with_endpoints_of_customers() -> None:
    live: Any = None
    to = ToMailServer(live, live, live)
    assert to.retries(live, Outcome("failed")) is CUSTOMER_MANAGED
    assert (to.timeout(live), to.rate(live)) == (120.0, None)
