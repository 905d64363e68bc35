"""Envelopes, signed: written when somebody first reads them, so that publishing to queues never pays for a signature.

Rule: a notification is signed once per text, whatever the number and kinds of its subscribers.
"""

from __future__ import annotations

from dataclasses import dataclass

from decaf.base.arn import Arn
from decaf.delivery.transports.signing import Signer
from decaf.sns.notification import Confirmation, Notification, Signature, envelope

_SIGNATURE = 600  # characters that a signature and where its certificate is take, about
_CONFIRMATION = 1_600  # characters of a request to confirm, about


class EnvelopeSigner:
    """Signs what is sent to subscribers."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def ready(self) -> None:
        """Wait until signing takes no time to speak of."""
        await self._signer.ready()

    def signature(self, notification: Notification, text: str) -> Signature | None:
        """The signature of a notification whose message is `text`, None where there is to be none."""
        version = notification.signature_version
        if version is None:
            return None
        signature = notification.signatures.get(text)
        if signature is None:
            value = self._signer.sign(notification.signed_fields(text), version)
            signature = Signature(version, value, notification.base_url + self._signer.certificate_path)
            notification.signatures[text] = signature
        return signature

    def envelope(self, notification: Notification, text: str) -> Envelope:
        """The envelope around `text`, to be written when it is read; a key to sign it with is made meanwhile."""
        if notification.signature_version is not None:
            self._signer.prepare()
        return Envelope(self, notification, text)

    def confirmation(self, confirmation: Confirmation) -> str:
        """The signed envelope of a request to confirm."""
        version = confirmation.signature_version
        value = self._signer.sign(confirmation.fields(), version)
        signature = Signature(version, value, confirmation.base_url + self._signer.certificate_path)
        return confirmation.envelope(signature)


class Envelope:
    """One notification's envelope, for any of its subscribers."""

    __slots__ = ("_envelopes", "_length", "_notification", "_parts", "_text")

    def __init__(self, envelopes: EnvelopeSigner, notification: Notification, text: str) -> None:
        self._envelopes = envelopes
        self._notification = notification
        self._text = text
        self._parts: tuple[str, str] | None = None
        self._length = -1

    def __len__(self) -> int:
        """About how many characters it has, known without signing it."""
        if self._length < 0:
            self._length = sum(map(len, envelope(self._notification, self._text, None))) + _SIGNATURE
        return self._length

    def to(self, subscription: Arn) -> str:
        """The envelope as this subscription gets it."""
        if self._parts is None:
            signature = self._envelopes.signature(self._notification, self._text)
            self._parts = envelope(self._notification, self._text, signature)
        head, tail = self._parts
        return f"{head}{subscription}{tail}"


@dataclass(slots=True, eq=False)
class Addressed:
    """An envelope to one subscriber, written when it is called."""

    envelope: Envelope
    subscription: Arn

    def __call__(self) -> str:
        return self.envelope.to(self.subscription)

    def __len__(self) -> int:
        return len(self.envelope) + len(str(self.subscription))


@dataclass(slots=True, eq=False)
class ToConfirm:
    """The envelope of a request to confirm, written when it is called."""

    envelopes: EnvelopeSigner
    confirmation: Confirmation

    def __call__(self) -> str:
        return self.envelopes.confirmation(self.confirmation)

    def __len__(self) -> int:
        return _CONFIRMATION
