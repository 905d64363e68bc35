"""Mails as SNS writes them: the sender, the text around the message, and the links in it.

Source: Amazon SNS Developer Guide, "Email notifications"; the wording follows the mails of the real service.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import msgspec

from decaf.sns.notification import Confirmation

ADDRESS = "no-reply@sns.amazonaws.com"
SENDER = "AWS Notifications"  # of topics without a DisplayName, and of all confirmations
SUBJECT = "AWS Notification Message"  # of notifications without a subject


class Mail(msgspec.Struct, frozen=True):
    """One mail; `sender` is the name that is shown before its address."""

    sender: str
    recipient: str
    subject: str
    body: str
    message_id: str

    @property
    def sender_line(self) -> str:
        """Returns the From header, as the recipient sees it."""
        return str(Address(self.sender, addr_spec=ADDRESS))

    def as_message(self, at: float) -> EmailMessage:
        """Returns the mail in the form for mail servers, with the date `at` (epoch seconds)."""
        message = EmailMessage()
        message["From"] = Address(self.sender, addr_spec=ADDRESS)
        message["To"] = self.recipient
        message["Subject"] = self.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
        message["Message-ID"] = f"<{self.message_id}@sns.amazonaws.com>"
        message.set_content(self.body, cte="quoted-printable")
        return message


def sender_name(display_name: str) -> str:
    """Returns the sender of a topic's mails: its DisplayName on one line, else AWS's own."""
    return " ".join(display_name.split()) or SENDER


def with_footer(text: str, unsubscribe_url: str) -> str:
    """Returns a message as the body of a mail, with the link to unsubscribe."""
    return (
        f"{text}\n\n--\n"
        "If you wish to stop receiving notifications from this topic, please click or visit the link below "
        f"to unsubscribe:\n{unsubscribe_url}\n\n"
        "Please do not reply directly to this email.\n"
    )


def confirmation(sent: Confirmation) -> tuple[str, str]:
    """Returns the subject and the body of a request to confirm a subscription, or of the notice of its end."""
    topic, link = sent.topic_arn, sent.subscribe_url
    if sent.kind == "SubscriptionConfirmation":
        kind, text = "Subscription", f"You have chosen to subscribe to the topic:\n{topic}\n\n"
        text += "To confirm this subscription, click or visit the link below "
        text += f"(If this was in error no action is necessary):\n{link}\n\n"
    else:
        kind, text = "Unsubscribe", f"Your subscription to the topic below has been deactivated:\n{topic}\n\n"
        text += "If this was in error or you wish to resubscribe, click or visit the link below to confirm:\n"
        text += f"{link}\n\n"
    return f"AWS Notification - {kind} Confirmation", f"{text}Please do not reply directly to this email.\n"
