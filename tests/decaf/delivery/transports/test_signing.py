"""Signatures, checked the way a receiver checks them: with the certificate alone."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import threading

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from decaf.delivery.transports.signing import Signer, string_to_sign
from decaf.sns.notification import SignatureVersion

NOTIFICATION: dict[str, str | None] = {
    "Type": "Notification",
    "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe",
    "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic",
    "Subject": "test",
    "Message": 'two\nlines, "quoted", café',
    "Timestamp": "2012-04-25T21:49:25.719Z",
    "SignatureVersion": "1",
    "UnsubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
}
CONFIRMATION: dict[str, str | None] = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "3d891288-136d-417f-bc05-901c108273ee",
    "Token": "2336412f37fb687f5d51e6e241d09c8058323f60",
    "TopicArn": "arn:aws:sns:us-east-2:123456789012:MyTopic",
    "Message": "You have chosen to subscribe to the topic.",
    "SubscribeURL": "https://sns.us-east-2.amazonaws.com/?Action=ConfirmSubscription",
    "Timestamp": "2012-06-03T19:25:49.000Z",
}


def verify(signer: Signer, signature: str, signed: bytes, digest: SHA1 | SHA256) -> None:
    key = x509.load_pem_x509_certificate(signer.certificate_pem.encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(base64.b64decode(signature, validate=True), signed, PKCS1v15(), digest)


def test_a_notification_is_signed_field_by_field_in_the_order_of_their_names() -> None:
    assert string_to_sign(NOTIFICATION).decode() == (
        'Message\ntwo\nlines, "quoted", café\n'
        "MessageId\nda41e39f-ea4d-435a-b922-c6aae3915ebe\n"
        "Subject\ntest\n"
        "Timestamp\n2012-04-25T21:49:25.719Z\n"
        "TopicArn\narn:aws:sns:us-west-2:123456789012:MyTopic\n"
        "Type\nNotification\n"
    )


@pytest.mark.parametrize("absent", [{}, {"Subject": None}])
def test_a_notification_without_a_subject_leaves_it_out(absent: dict[str, str | None]) -> None:
    fields = {name: value for name, value in NOTIFICATION.items() if name != "Subject"} | absent
    assert b"Subject" not in string_to_sign(fields)


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_confirmation_is_signed_with_its_url_and_token(kind: str) -> None:
    lines = string_to_sign({**CONFIRMATION, "Type": kind}).decode().split("\n")
    assert lines[::2] == ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type", ""]
    assert lines[-2] == kind


@pytest.mark.parametrize(("version", "digest"), [("1", SHA1()), ("2", SHA256())])
@pytest.mark.parametrize("fields", [NOTIFICATION, CONFIRMATION])
def test_the_certificate_verifies_the_signature(
    signer: Signer, fields: dict[str, str | None], version: SignatureVersion, digest: SHA1 | SHA256
) -> None:
    verify(signer, signer.sign(fields, version), string_to_sign(fields), digest)


def test_a_changed_message_does_not_verify(signer: Signer) -> None:
    signature = signer.sign(NOTIFICATION, "2")
    with pytest.raises(InvalidSignature):
        verify(signer, signature, string_to_sign({**NOTIFICATION, "Message": "other"}), SHA256())


def test_the_certificate_is_in_the_name_of_sns_and_of_this_machine(signer: Signer) -> None:
    certificate = x509.load_pem_x509_certificate(signer.certificate_pem.encode())
    assert "CN=sns.amazonaws.com" in certificate.subject.rfc4514_string()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"sns.amazonaws.com", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))
    assert certificate.not_valid_before_utc.year < 2021
    assert certificate.not_valid_after_utc.year > 2040
    certificate.verify_directly_issued_by(certificate)


def test_the_certificate_is_no_authority() -> None:
    certificate = x509.load_pem_x509_certificate(Signer().certificate_pem.encode())
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.value.ca, constraints.critical) == (False, True)


def test_the_certificate_stays_where_it_is_and_another_key_has_another_place(signer: Signer) -> None:
    assert re.fullmatch(r"/SimpleNotificationService-[0-9a-f]{32}\.pem", signer.certificate_path)
    assert signer.certificate_path == signer.certificate_path
    assert Signer().certificate_path != signer.certificate_path


def test_cryptography_is_not_imported_before_something_is_signed() -> None:
    made = "from decaf.delivery.transports.signing import Signer; Signer()"
    program = f"import sys; {made}; print('cryptography' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_another_signer_can_take_over_the_key_and_its_certificate(signer: Signer) -> None:
    other = Signer()
    assert not other.has_key
    other.use(signer.identity_pem)
    assert other.has_key
    assert other.identity_pem == signer.identity_pem
    assert other.certificate_path == signer.certificate_path
    assert other.sign(NOTIFICATION, "1") == signer.sign(NOTIFICATION, "1")
    assert signer.identity_pem.startswith("-----BEGIN PRIVATE KEY-----\n")


def test_the_key_is_made_once_in_a_thread() -> None:
    made = Signer()
    with made._making:  # so that the thread does not end before it is seen
        before = set(threading.enumerate())
        made.prepare()
        made.prepare()
        (thread,) = set(threading.enumerate()) - before
    assert (thread.name, thread.daemon) == ("decaf-key", True)
    thread.join()
    assert made.has_key


def test_the_certificate_is_as_strong_and_as_wide_as_it_has_to_be(signer: Signer) -> None:
    certificate = x509.load_pem_x509_certificate(Signer().certificate_pem.encode())
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    assert (key.key_size, key.public_numbers().e) == (2_048, 65_537)
    assert isinstance(certificate.signature_hash_algorithm, SHA256)
    organization = "O=Decaf\\, a local emulator of Amazon SNS"
    assert certificate.subject.rfc4514_string() == f"CN=sns.amazonaws.com,{organization}"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.critical is False
    assert names.value.get_values_for_type(x509.DNSName) == ["sns.amazonaws.com", "*.amazonaws.com", "localhost"]
    assert [str(each) for each in names.value.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert certificate.not_valid_before_utc.isoformat() == "2020-01-01T00:00:00+00:00"
    assert certificate.not_valid_after_utc.isoformat() == "2049-12-31T00:00:00+00:00"
    assert certificate.serial_number != x509.load_pem_x509_certificate(signer.certificate_pem.encode()).serial_number
