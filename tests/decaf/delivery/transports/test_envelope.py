"""Envelopes are written when they are first read, and say before that how long they are about and how they begin."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.delivery.transports.envelope import AddressedEnvelope, ConfirmationEnvelope, Envelopes
from decaf.delivery.transports.signing import Signer, string_to_sign
from decaf.sns.notification import SMALL, Confirmation, Notification, Signature
from tests.decaf.sns.cloud import START

TOPIC = Arn("sns", "us-east-1", "111111111111", "orders")
SUBSCRIPTION = Arn("sns", "us-east-1", "111111111111", "orders:3f2a")
LONG = "latte " * SMALL


class CountingSigner(Signer):
    """Remembers what it was asked to sign."""

    def __init__(self) -> None:
        super().__init__()
        self.signed: list[bytes] = []

    def sign(self, fields: Any, version: Any) -> str:
        self.signed.append(string_to_sign(fields))
        return super().sign(fields, version)


@pytest.fixture
def counting(signer: Signer) -> CountingSigner:
    """Has the key that is made once for all tests."""
    made = CountingSigner()
    made.use(signer.identity_pem)
    return made


def notification(text: str = "latte", **more: Any) -> Notification:
    given: dict[str, Any] = {"signature_version": "1", **more}
    return Notification("id", TOPIC, text, START, "http://decaf.test", **given)


def addressed(signer: Signer, text: str = "latte", **more: Any) -> AddressedEnvelope:
    return AddressedEnvelope(Envelopes(signer).envelope(notification(text, **more), text), SUBSCRIPTION)


@pytest.mark.parametrize("text", ["latte", LONG])
def test_the_length_is_about_that_of_the_body_and_needs_no_signature(counting: CountingSigner, text: str) -> None:
    envelope = addressed(counting, text)
    lengths = [len(envelope) for _ in range(2)]
    assert counting.signed == []
    assert lengths == [len(addressed(counting, text, signature_version=None)()) + 600] * 2
    assert lengths[0] == pytest.approx(len(envelope()), abs=150)


def test_a_confirmation_says_about_how_long_it_is_and_is_written_whole(counting: CountingSigner) -> None:
    confirmation = Confirmation("id", TOPIC, SUBSCRIPTION, "t" * 200, START, "http://decaf.test", "1")
    envelope = ConfirmationEnvelope(Envelopes(counting), confirmation)
    length = len(envelope)
    assert (counting.signed, envelope.beginning(10)) == ([], envelope)
    assert length == pytest.approx(len(envelope()), abs=250)
    body = json.loads(envelope())
    assert (body["Type"], body["Token"]) == ("SubscriptionConfirmation", "t" * 200)
    assert body["SigningCertURL"] == "http://decaf.test" + counting.certificate_path


def test_a_long_envelope_begins_as_its_body_does_and_needs_no_signature_for_that(counting: CountingSigner) -> None:
    envelope = addressed(counting, LONG)
    for length in (100, 1_000, 100):
        beginning = envelope.beginning(length)
        assert isinstance(beginning, str)
        assert counting.signed == []
        assert (len(beginning), beginning) == (length, envelope.envelope.to(SUBSCRIPTION)[:length])
        counting.signed.clear()


def test_the_beginning_is_made_once_for_all_subscriptions(counting: CountingSigner) -> None:
    envelope = Envelopes(counting).envelope(notification(LONG), LONG)
    assert envelope.beginning(100) is envelope.beginning(100)


def test_where_more_is_asked_for_than_the_text_has_the_body_is_written(counting: CountingSigner) -> None:
    envelope = addressed(counting, LONG)
    assert envelope.beginning(len(LONG)) == envelope()[: len(LONG)]
    assert envelope.envelope.beginning(len(LONG)) is not None
    assert envelope.envelope.beginning(len(LONG) + 1) is None
    assert envelope.beginning(len(LONG) + 1) == envelope()[: len(LONG) + 1]


def test_a_small_envelope_is_kept_as_it_is(counting: CountingSigner) -> None:
    envelope = addressed(counting)
    assert envelope.beginning(3) is envelope


def test_a_notification_is_signed_once_per_text_for_all_subscriptions(counting: CountingSigner) -> None:
    envelopes, sent = Envelopes(counting), notification()
    one, same, other = (envelopes.envelope(sent, text) for text in ("latte", "latte", "mocha"))
    bodies = [json.loads(each.to(SUBSCRIPTION)) for each in (one, one, same, other)]
    assert [body["Message"] for body in bodies] == ["latte", "latte", "latte", "mocha"]
    assert len(counting.signed) == 2
    assert bodies[0] == bodies[2]
    assert bodies[0]["Signature"] != bodies[3]["Signature"]
    assert bodies[0]["UnsubscribeURL"].endswith(f"SubscriptionArn={SUBSCRIPTION}")


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_signature_names_its_version_and_its_certificate(counting: CountingSigner, version: Any) -> None:
    made = Envelopes(counting).signature(notification(signature_version=version), "latte")
    assert isinstance(made, Signature)
    assert (made.version, made.certificate_url) == (version, f"http://decaf.test{counting.certificate_path}")


def test_what_its_topic_does_not_sign_has_no_signature_and_makes_no_key() -> None:
    signer = CountingSigner()
    body = json.loads(addressed(signer, signature_version=None)())
    assert (body["Message"], "Signature" in body, signer.has_key) == ("latte", False, False)
