"""Mails as SNS writes them: who they are from, what stands around the message, and the links in them.

Source: Amazon SNS Developer Guide, "Email notifications"; the wording follows the mails of the real service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from decaf.sns.notification import Confirmation

ADDRESS = "no-reply@sns.amazonaws.com"
SENDER = "AWS Notifications"  # where the topic has no DisplayName, and of all requests to confirm
SUBJECT = "AWS Notification Message"  # where the publisher gave none


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; `sender` is the name that it is from."""

    sender: str
    recipient: str
    subject: str
    body: str
    message_id: str

    @property
    def sender_line(self) -> str:
        """Whom the recipient sees it to be from."""
        return str(Address(self.sender, addr_spec=ADDRESS))

    def as_message(self, at: float) -> EmailMessage:
        """The mail as mail servers take it, written at `at` (epoch seconds)."""
        message = EmailMessage()
        message["From"] = Address(self.sender, addr_spec=ADDRESS)
        message["To"] = self.recipient
        message["Subject"] = self.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
        message["Message-ID"] = f"<{self.message_id}@sns.amazonaws.com>"
        message.set_content(self.body, cte="quoted-printable")
        return message


def sender_name(display_name: str) -> str:
    """The name that a topic's mails are from: its DisplayName on one line, else AWS's own."""
    return " ".join(display_name.split()) or SENDER


def with_footer(text: str, unsubscribe_url: str) -> str:
    """A message as the body of a mail, with the way to get no more of them."""
    return (
        f"{text}\n\n--\n"
        "If you wish to stop receiving notifications from this topic, please click or visit the link below "
        f"to unsubscribe:\n{unsubscribe_url}\n\n"
        "Please do not reply directly to this email.\n"
    )


def request(confirmation: Confirmation) -> tuple[str, str]:
    """The subject and the body of a request to confirm a subscription, or that it has ended."""
    topic, link = confirmation.topic_arn, confirmation.subscribe_url
    if confirmation.kind == "SubscriptionConfirmation":
        kind, said = "Subscription", f"You have chosen to subscribe to the topic:\n{topic}\n\n"
        said += "To confirm this subscription, click or visit the link below "
        said += f"(If this was in error no action is necessary):\n{link}\n\n"
    else:
        kind, said = "Unsubscribe", f"Your subscription to the topic below has been deactivated:\n{topic}\n\n"
        said += "If this was in error or you wish to resubscribe, click or visit the link below to confirm:\n"
        said += f"{link}\n\n"
    return f"AWS Notification - {kind} Confirmation", f"{said}Please do not reply directly to this email.\n"
