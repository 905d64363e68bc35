"""Envelopes, signed: written when somebody first reads them, so that publishing to queues never pays for a signature.

Rule: a notification is signed once per text, whatever the number and kinds of its subscribers.
"""

from __future__ import annotations

from dataclasses import dataclass

from decaf.base.arn import Arn
from decaf.delivery.transports.signing import Signer
from decaf.sns.notification import Confirmation, Notification, Seal, envelope

_SEAL = 600  # characters that a signature and where its certificate is take, about
_CONFIRMATION = 1_600  # characters of a request to confirm, about


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

    __slots__ = ("_length", "_notification", "_parts", "_sealer", "_text")

    def __init__(self, sealer: Sealer, notification: Notification, text: str) -> None:
        self._sealer = sealer
        self._notification = notification
        self._text = text
        self._parts: tuple[str, str] | None = None
        self._length = -1

    def __len__(self) -> int:
        """About how many characters it has, known without signing it."""
        if self._length < 0:
            self._length = sum(map(len, envelope(self._notification, self._text, None))) + _SEAL
        return self._length

    def to(self, subscription: Arn) -> str:
        """The envelope as this subscription gets it."""
        if self._parts is None:
            seal = self._sealer.seal(self._notification, self._text)
            self._parts = envelope(self._notification, self._text, seal)
        head, tail = self._parts
        return f"{head}{subscription}{tail}"


@dataclass(slots=True, eq=False)
class Addressed:
    """A letter to one subscriber, written when it is called."""

    letter: Letter
    subscription: Arn

    def __call__(self) -> str:
        return self.letter.to(self.subscription)

    def __len__(self) -> int:
        return len(self.letter) + len(str(self.subscription))


@dataclass(slots=True, eq=False)
class ToConfirm:
    """The envelope of a request to confirm, written when it is called."""

    sealer: Sealer
    confirmation: Confirmation

    def __call__(self) -> str:
        return self.sealer.confirmation(self.confirmation)

    def __len__(self) -> int:
        return _CONFIRMATION
