"""Envelopes, signed: written when somebody first reads them, so that publishing to queues never pays for a signature.

Rule: a notification is signed once per text, whatever the number and kinds of its subscribers.
"""

from __future__ import annotations

from emulator.arn import Arn
from emulator.deliveries.signing import Signer
from emulator.sns.notification import Confirmation, Notification, Seal, envelope


class Sealer:
    """Signs what is sent to subscribers."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def ready(self) -> None:
        """Wait until signing takes no time to speak of."""
        await self._signer.ready()

    def seal(self, notification: Notification, text: str) -> Seal | None:
        """The signature of a notification whose message is `text`, None where there is to be none."""
        version = notification.signature_version
        if version is None:
            return None
        seal = notification.seals.get(text)
        if seal is None:
            signature = self._signer.sign(notification.signed_fields(text), version)
            seal = Seal(version, signature, notification.base_url + self._signer.certificate_path)
            notification.seals[text] = seal
        return seal

    def letter(self, notification: Notification, text: str) -> Letter:
        """The envelope around `text`, to be written when it is read; a key to sign it with is made meanwhile."""
        if notification.signature_version is not None:
            self._signer.prepare()
        return Letter(self, notification, text)

    def confirmation(self, confirmation: Confirmation) -> str:
        """The signed envelope of a request to confirm."""
        version = confirmation.signature_version
        signature = self._signer.sign(confirmation.fields(), version)
        return confirmation.envelope(Seal(version, signature, confirmation.base_url + self._signer.certificate_path))


class Letter:
    """One notification's envelope, for any of its subscribers."""

    __slots__ = ("_notification", "_parts", "_sealer", "_text")

    def __init__(self, sealer: Sealer, notification: Notification, text: str) -> None:
        self._sealer = sealer
        self._notification = notification
        self._text = text
        self._parts: tuple[str, str] | None = None

    def to(self, subscription: Arn) -> str:
        """The envelope as this subscription gets it."""
        if self._parts is None:
            seal = self._sealer.seal(self._notification, self._text)
            self._parts = envelope(self._notification, self._text, seal)
        head, tail = self._parts
        return f"{head}{subscription}{tail}"
