"""Scene 3: one topic for everything, then a topic per subject, and the texts that each customer gets.

Rule: one table has the texts that each customer should get, and is compared with the counts text by text.
"""

from __future__ import annotations

from dataclasses import dataclass

from decaf.lab.checks import Check
from decaf.lab.cloud import Cloud
from decaf.lab.mailbox import open_mailbox
from decaf.lab.narrator import Narrator

TITLE = "3. The newsletter"

NEWS = {
    "coupons": ["Half price on Mondays"],
    "coffee-trivia": ["Coffee cherries are fruit", "Decaf was first sold in 1906"],
    "product-updates": ["New: oat milk"],
}
CHOICES = {
    "customer-1": ["coupons"],
    "customer-2": ["coffee-trivia"],
    "customer-3": ["coffee-trivia", "product-updates"],
}
EVERYTHING = sorted(text for texts in NEWS.values() for text in texts)


@dataclass(frozen=True, slots=True)
class Counts:
    """The sorted texts in each customer's mailbox: with one topic, and with a topic per subject."""

    one_topic: dict[str, list[str]]
    three_topics: dict[str, list[str]]


def play(cloud: Cloud, narrator: Narrator) -> Counts:
    narrator.scene(TITLE)
    narrator.say("The shop sends news. At first there is one topic, and all three customers subscribe to it.")
    one_topic = send_all_to_everyone(cloud)
    total = sum(map(len, one_topic.values()))
    narrator.say(f"{len(EVERYTHING)} texts are published and {total} delivered: everyone gets everything.")
    narrator.say("So the shop opens three topics, and each customer subscribes to what they care about.")
    three_topics = send_by_subject(cloud)
    for customer, texts in three_topics.items():
        narrator.say(f"  {customer} chose {' and '.join(CHOICES[customer])}: {'; '.join(texts)}.")
    narrator.say("The publisher knows no customer. It publishes to a topic, and the topic has the subscribers.")
    return Counts(one_topic, three_topics)


def send_all_to_everyone(cloud: Cloud) -> dict[str, list[str]]:
    topic = cloud.create_topic("news")
    mailboxes = {name: open_mailbox(cloud, f"{name}-all-news", [topic]) for name in CHOICES}
    for text in EVERYTHING:
        cloud.sns.publish(TopicArn=topic, Message=text)
    return {name: sorted(mailbox.read(len(EVERYTHING))) for name, mailbox in mailboxes.items()}


def send_by_subject(cloud: Cloud) -> dict[str, list[str]]:
    """The first customer's mailbox takes raw messages, the others SNS's envelope."""
    topics = {subject: cloud.create_topic(subject) for subject in NEWS}
    mailboxes = {
        name: open_mailbox(cloud, name, [topics[subject] for subject in chosen], raw=name == "customer-1")
        for name, chosen in CHOICES.items()
    }
    for subject, texts in NEWS.items():
        for text in texts:
            cloud.sns.publish(TopicArn=topics[subject], Message=text)
    return {name: sorted(mailbox.read(len(wanted(name)))) for name, mailbox in mailboxes.items()}


def wanted(customer: str) -> list[str]:
    return sorted(text for subject in CHOICES[customer] for text in NEWS[subject])


def checks(counts: Counts) -> list[Check]:
    everyone = [
        Check(TITLE, f"one topic: texts for {name}", len(EVERYTHING), len(counts.one_topic.get(name, [])))
        for name in CHOICES
    ]
    chosen = [
        Check(TITLE, f"own topics: texts for {name}", len(wanted(name)), len(counts.three_topics.get(name, [])))
        for name in CHOICES
    ]
    exact = [name for name in CHOICES if counts.three_topics.get(name) == wanted(name)]
    return [
        *everyone,
        *chosen,
        Check(TITLE, "customers with exactly what they chose", len(CHOICES), len(exact)),
    ]
