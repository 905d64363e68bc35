"""Delivery by real mail, to the mail server of the setting `smtp_url`. The inbox has the mails that it accepted.

Rule: smtplib blocks, so a thread sends. A permanent refusal (5xx) is not retried, any other failure is.
Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import AbstractAsyncContextManager, nullcontext
from urllib.parse import unquote, urlsplit

import msgspec

from decaf.base.clock import Clock
from decaf.base.settings import BadSetting
from decaf.delivery.transports.email import ToMailBoxes
from decaf.delivery.transports.mail import ADDRESS, Mail
from decaf.delivery.transports.trust import tls_context
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import DELIVERED, Outcome
from decaf.sns.retry_policy import CUSTOMER_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription

TIMEOUT = 15.0  # seconds for each response of a server
_ATTEMPT = 120.0  # seconds that an attempt may take
_PORTS = {"smtp": 25, "smtps": 465}


class MailServer(msgspec.Struct, frozen=True):
    """A mail server. The connection is in TLS from its start if there is a `tls`; an empty `user` means no login."""

    host: str
    port: int
    user: str
    password: str
    tls: ssl.SSLContext | None

    def send(self, mail: Mail, at: float) -> Outcome:
        """Send a mail with the date `at` (epoch seconds). Blocks until the server has accepted or refused it."""
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(mail.as_message(at), ADDRESS, [mail.recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            return _refused(*refused.recipients[mail.recipient])
        except smtplib.SMTPResponseException as refused:
            return _refused(refused.smtp_code, refused.smtp_error)
        except (smtplib.SMTPNotSupportedError, ValueError) as error:
            return Outcome(f"the mail server does not accept it: {error}")
        except OSError as error:
            return Outcome(f"the mail server cannot be reached: {error}", retryable=True)
        return DELIVERED

    def _connect(self) -> smtplib.SMTP:
        if self.tls is None:
            return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=self.tls)


class ToMailServer:
    """Sends the mails that `boxes` writes, and puts each into its mail box once the server has accepted it."""

    def __init__(self, boxes: ToMailBoxes, server: MailServer, clock: Clock) -> None:
        self._boxes = boxes
        self._server = server
        self._clock = clock

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        mail = self._boxes.write(sent, subscription)
        outcome = await asyncio.to_thread(self._server.send, mail, sent.at)
        if outcome.reason is None:
            self._boxes.put(sent, subscription, mail, self._clock.now())
        return outcome

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    def timeout(self, subscription: Subscription) -> float:
        return _ATTEMPT

    def rate(self, subscription: Subscription) -> float | None:
        return None

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        return CUSTOMER_MANAGED

    async def close(self) -> None:
        """Nothing is kept open."""


def read_server(url: str, trust: str) -> MailServer:
    """Returns the mail server at `url`, the setting `smtp_url`. Raises BadSetting.

    `trust` is the setting `https_trust`: whose certificates are trusted.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise BadSetting("smtp_url: must be like smtp://user:password@host:port, or smtps:// for TLS")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = tls_context(trust) if parts.scheme == "smtps" else None
    return MailServer(parts.hostname, port or _PORTS[parts.scheme], user, password, tls)


def _refused(code: int, message: bytes | str) -> Outcome:
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
    return Outcome(f"the mail server responded {code} {text}", retryable=code < 500)  # SMTP: 4xx is temporary
