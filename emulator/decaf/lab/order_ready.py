"""Scene 4: "your order is ready", published once and delivered to a phone, by mail, to an app and to a screen.

Rule: one publish only; its deliveries are read back from the inbox and the queue, per channel.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from decaf.lab.checks import Check
from decaf.lab.cloud import Cloud
from decaf.lab.mailbox import open_mailbox
from decaf.lab.narrator import Narrator

TITLE = "4. Order ready"
PHONE = "+15555550142"
MAIL = "customer@example.com"
BEFORE_THE_CLICK = "Order 41 is ready: an espresso"
AFTER_THE_CLICK = "Order 42 is ready: a decaf latte"
EXPECTED = {
    "sms": [BEFORE_THE_CLICK, AFTER_THE_CLICK],
    "application": [BEFORE_THE_CLICK, AFTER_THE_CLICK],
    "sqs": [BEFORE_THE_CLICK, AFTER_THE_CLICK],
    "email": [AFTER_THE_CLICK],
}
PATIENCE = 50  # looks at the inbox, a tenth of a second apart


@dataclass(frozen=True, slots=True)
class Counts:
    """The sorted texts that each protocol's subscriber got, and the number of confirmation mails."""

    confirmations: int
    texts: dict[str, list[str]]


def play(cloud: Cloud, narrator: Narrator) -> Counts:
    narrator.scene(TITLE)
    narrator.say("An order is ready. One topic notifies every subscriber, each by its own protocol.")
    topic = cloud.create_topic("order-ready")
    app = install_app(cloud)
    for protocol, subscriber in [("sms", PHONE), ("email", MAIL), ("application", app)]:
        cloud.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=subscriber)
    screen = open_mailbox(cloud, "screen-above-the-counter", [topic], raw=True)
    narrator.say("A phone, an app and a screen are subscribed at once. A mail address first gets a link to click.")
    cloud.sns.publish(TopicArn=topic, Subject="Your order", Message=BEFORE_THE_CLICK)
    narrator.say(f"{BEFORE_THE_CLICK}. The mail address gets nothing yet.")
    confirmations = confirm_by_mail(cloud, topic)
    narrator.say("The customer opens the mail and clicks the link.")
    cloud.sns.publish(TopicArn=topic, Subject="Your order", Message=AFTER_THE_CLICK)
    narrator.say(f"{AFTER_THE_CLICK}. Now all four get it: one publish, fanned out.")

    texts = {"sqs": sorted(screen.read(len(EXPECTED["sqs"])))}
    for protocol, recipient in [("sms", PHONE), ("application", app), ("email", MAIL)]:
        texts[protocol] = texts_of(cloud, topic, protocol, recipient)
    return Counts(confirmations, texts)


def install_app(cloud: Cloud) -> str:
    """Register the shop's app on the customer's phone, and return the ARN that push notifications go to."""
    app = cloud.sns.create_platform_application(
        Name="coffee-shop", Platform="GCM", Attributes={"PlatformCredential": "the-shop's-key"}
    )
    arn = app["PlatformApplicationArn"]
    endpoint = cloud.sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="the-customer's-phone")
    return str(endpoint["EndpointArn"])


def confirm_by_mail(cloud: Cloud, topic: str) -> int:
    """Confirm by the token in each confirmation mail; return the number of mails."""
    mails = wait_for(cloud, "SubscriptionConfirmation", 1, protocol="email", recipient=MAIL, topic_arn=topic)
    for mail in mails:
        cloud.sns.confirm_subscription(TopicArn=topic, Token=mail["token"])
    return len(mails)


def texts_of(cloud: Cloud, topic: str, protocol: str, recipient: str) -> list[str]:
    """Return the texts that this recipient got, sorted; a body without one of our texts as it is."""
    at_least = len(EXPECTED[protocol])
    deliveries = wait_for(cloud, "Notification", at_least, protocol=protocol, recipient=recipient, topic_arn=topic)
    bodies = [delivery["body"] for delivery in deliveries]
    return sorted(next((text for text in (BEFORE_THE_CLICK, AFTER_THE_CLICK) if text in body), body) for body in bodies)


def wait_for(cloud: Cloud, kind: str, at_least: int, **filters: str) -> list[dict[str, Any]]:
    """Return the inbox's entries of this kind once there are enough; deliveries may take a moment."""
    found: list[dict[str, Any]] = []
    for _ in range(PATIENCE):
        found = [delivery for delivery in cloud.inbox(**filters) if delivery["kind"] == kind]
        if len(found) >= at_least:
            break
        time.sleep(0.1)
    return found


def checks(counts: Counts) -> list[Check]:
    texts = {protocol: counts.texts.get(protocol, []) for protocol in EXPECTED}
    subscribers = {"sms": f"SMS to {PHONE}", "application": "push to the app", "sqs": "the screen's queue"}
    return [
        Check(TITLE, "confirmation mails", 1, counts.confirmations),
        *(Check(TITLE, f"delivered by {words}", 2, len(texts[name])) for name, words in subscribers.items()),
        Check(TITLE, f"delivered by mail to {MAIL}", 1, len(texts["email"])),
        Check(TITLE, "subscribers with exactly the right texts", 4, sum(map(_as_expected, texts.items()))),
    ]


def _as_expected(received: tuple[str, list[str]]) -> bool:
    protocol, texts = received
    return texts == EXPECTED[protocol]
