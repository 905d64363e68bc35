"""Signatures of SNS messages, and the certificate with which receivers verify them.

Rule: a Signer makes its key and certificate once, when they are first needed; cryptography is not imported before. A
signature depends on the message alone, so it is the same for all subscriptions.
Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from threading import Lock, Thread
from typing import TYPE_CHECKING, cast

import msgspec

from decaf.sns.notification import SignatureVersion

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

CERTIFICATES = "/SimpleNotificationService-"  # the start of the paths of certificates

_CERTIFICATE_BEGINS = "-----BEGIN CERTIFICATE"
_KEY_BITS = 2048
_VALID_FROM, _VALID_UNTIL = datetime(2020, 1, 1), datetime(2049, 12, 31)  # noqa: DTZ001  X.509's times are UTC
_NAME = "sns.amazonaws.com"
_OTHER_NAMES = ("*.amazonaws.com", "localhost")
_ADDRESSES = ("127.0.0.1", "::1")


def string_to_sign(fields: Mapping[str, str | None]) -> bytes:
    """Returns the bytes to sign: the names and unescaped values of the signed fields, a line each, sorted by name.

    `fields` are those of the envelope; which are signed depends on its Type. A missing Subject is left out.
    """
    names = _NOTIFICATION if fields["Type"] == "Notification" else _CONFIRMATION
    return "".join(f"{name}\n{value}\n" for name in names if (value := fields.get(name)) is not None).encode()


class Signer:
    """Signs messages with a key of its own, made at the first use: that takes 50 to 500 ms."""

    def __init__(self) -> None:
        self._making = Lock()
        self._made: _Identity | None = None
        self._given: str | None = None
        self._prepared = False

    @property
    def has_key(self) -> bool:
        """Whether there is a key, made here or taken over by `use`."""
        return self._made is not None or self._given is not None

    def prepare(self) -> None:
        """Start to make the key in a thread, so that its first use does not wait for it."""
        if not self._prepared:
            self._prepared = True
            Thread(target=lambda: self._identity, name="decaf-key", daemon=True).start()

    async def ready(self) -> None:
        """Wait for the key without blocking the event loop."""
        if self._made is None:
            await asyncio.to_thread(lambda: self._identity)

    def sign(self, fields: Mapping[str, str | None], version: SignatureVersion) -> str:
        """Returns the signature of an envelope in base64: SHA1withRSA for version "1", SHA256withRSA for "2"."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        digest = SHA256() if version == "2" else SHA1()
        signature = self._identity.key.sign(string_to_sign(fields), PKCS1v15(), digest)
        return base64.b64encode(signature).decode("ascii")

    @property
    def identity_pem(self) -> str:
        """The private key and the certificate, for `use`."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        identity = self._identity
        key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
        return key + identity.pem

    def use(self, identity_pem: str) -> None:
        """Sign with another signer's key and certificate, as its `identity_pem` returned them."""
        self._given = identity_pem

    @property
    def certificate_pem(self) -> str:
        """The self-signed X.509 certificate to verify the signatures with."""
        return self._identity.pem

    @cached_property
    def certificate_path(self) -> str:
        """The path of the certificate on the SNS endpoint. Each key has its own path: receivers cache certificates."""
        return f"{CERTIFICATES}{hashlib.sha256(self.certificate_pem.encode()).hexdigest()[:32]}.pem"

    @property
    def _identity(self) -> _Identity:
        with self._making:
            if self._made is None:
                self._made = _make_identity() if self._given is None else _read_identity(self._given)
        return self._made


class _Identity(msgspec.Struct, frozen=True):
    key: RSAPrivateKey
    pem: str


def _make_identity() -> _Identity:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    key = rsa.generate_private_key(public_exponent=65_537, key_size=_KEY_BITS)
    return _Identity(key, _certify(key).public_bytes(Encoding.PEM).decode("ascii"))


def _read_identity(pem: str) -> _Identity:
    """Returns a key and its certificate. The key is not validated: that takes as long as to make one."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    end = pem.index(_CERTIFICATE_BEGINS)
    key = load_pem_private_key(pem[:end].encode(), None, unsafe_skip_rsa_key_validation=True)
    return _Identity(cast("RSAPrivateKey", key), pem[end:])


def _certify(key: RSAPrivateKey) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import NameOID

    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Decaf, a local emulator of Amazon SNS"),
            x509.NameAttribute(NameOID.COMMON_NAME, _NAME),
        ]
    )
    names = [x509.DNSName(each) for each in (_NAME, *_OTHER_NAMES)]
    addresses = [x509.IPAddress(ip_address(each)) for each in _ADDRESSES]
    return (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_UNTIL)
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        # No certificate authority: who trusts this certificate trusts no other that its key might sign.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
    )
