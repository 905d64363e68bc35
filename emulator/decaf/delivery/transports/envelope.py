"""The signed envelopes around notifications, each written when it is first read: Publish never pays for a signature.

Rule: a notification is signed once per text, however many subscribers it has and of which protocols.
"""

from __future__ import annotations

import msgspec

from decaf.base.arn import Arn
from decaf.delivery.transports.signing import Signer
from decaf.sns.notification import Confirmation, Notification, Signature, envelope
from decaf.sqs.message import Unwritten

_SIGNATURE_LENGTH = 600  # characters of a signature and the URL of its certificate, about
_CONFIRMATION_LENGTH = 1_600  # characters of a confirmation's envelope, about


class Envelopes:
    """Makes envelopes, and signs them with `signer`."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def ready(self) -> None:
        """Wait until there is a key to sign with, without blocking the event loop."""
        await self._signer.ready()

    def signature(self, notification: Notification, text: str) -> Signature | None:
        """Returns the signature of a notification whose message is `text`, None if its topic signs nothing."""
        version = notification.signature_version
        if version is None:  # a FIFO topic: envelopes seen in AWS have no signature fields
            return None
        signature = notification.signatures.get(text)
        if signature is None:
            value = self._signer.sign(notification.signed_fields(text), version)
            signature = Signature(version, value, notification.base_url + self._signer.certificate_path)
            notification.signatures[text] = signature
        return signature

    def envelope(self, notification: Notification, text: str) -> Envelope:
        """Returns the envelope around `text`, not written yet; the key to sign it with is made in the background."""
        if notification.signature_version is not None:
            self._signer.prepare()
        return Envelope(self, notification, text)

    def confirmation(self, confirmation: Confirmation) -> str:
        """Returns the signed envelope of a confirmation."""
        version = confirmation.signature_version
        value = self._signer.sign(confirmation.fields(), version)
        signature = Signature(version, value, confirmation.base_url + self._signer.certificate_path)
        return confirmation.envelope(signature)


class Envelope:
    """The envelope of one notification, the same for all subscribers but for the UnsubscribeURL."""

    __slots__ = ("_beginning", "_envelopes", "_length", "_notification", "_parts", "_text", "is_small")

    def __init__(self, envelopes: Envelopes, notification: Notification, text: str) -> None:
        self._envelopes = envelopes
        self._notification = notification
        self._text = text
        self._parts: tuple[str, str] | None = None
        self._length = -1
        self._beginning = ""
        self.is_small = notification.is_small

    def __len__(self) -> int:
        """Returns the number of characters, about: the signature is not made for it."""
        if self._length < 0:
            self._length = sum(map(len, envelope(self._notification, self._text, None))) + _SIGNATURE_LENGTH
        return self._length

    def beginning(self, length: int) -> str | None:
        """Returns the first `length` characters if they are all of a long text's, the same for all subscriptions.

        No signature is made for them: it comes after the text.
        """
        if len(self._text) < length:
            return None
        if len(self._beginning) != length:
            self._beginning = envelope(self._notification, self._text[:length], None)[0][:length]
        return self._beginning

    def to(self, subscription: Arn) -> str:
        """Returns the envelope for one subscription."""
        if self._parts is None:
            signature = self._envelopes.signature(self._notification, self._text)
            self._parts = envelope(self._notification, self._text, signature)
        head, tail = self._parts
        return f"{head}{subscription}{tail}"


# gc=False here and below: nothing that they refer to leads back to them.
class AddressedEnvelope(msgspec.Struct, frozen=True, eq=False, gc=False):
    """The envelope for one subscription, as a message body that is written when it is called."""

    envelope: Envelope
    subscription: Arn

    def __call__(self) -> str:
        return self.envelope.to(self.subscription)

    def __len__(self) -> int:
        return len(self.envelope) + len(str(self.subscription))

    def beginning(self, length: int) -> str | Unwritten:
        if self.envelope.is_small:
            return self
        return self.envelope.beginning(length) or self()[:length]


class ConfirmationEnvelope(msgspec.Struct, frozen=True, eq=False, gc=False):
    """The envelope of a confirmation, as a message body that is written when it is called."""

    envelopes: Envelopes
    confirmation: Confirmation

    def __call__(self) -> str:
        return self.envelopes.confirmation(self.confirmation)

    def __len__(self) -> int:
        return _CONFIRMATION_LENGTH

    def beginning(self, length: int) -> str | Unwritten:
        return self
