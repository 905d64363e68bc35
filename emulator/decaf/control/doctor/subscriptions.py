"""Subscriptions that get nothing: not confirmed, refused by the queue's policy, or never matched by a filter policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from decaf.control.doctor.finding import MOST_SHOWN, Finding, command, counted, name_of, sns_page
from decaf.control.doctor.view import View

_UNDELIVERED = ("NotificationFailed", "AccessWouldBeDenied")


def unconfirmed(view: View) -> Iterator[Finding]:
    """Subscriptions that wait for their confirmation."""
    for each in view.subscriptions:
        if each.pending:
            missed = view.happened_to(each.topic, "NotificationPublished")
            yield Finding(
                check="subscription-unconfirmed",
                severity="error",
                subject=each.arn,
                problem=f"{each.protocol} {each.endpoint} is subscribed to {name_of(each.topic)} and has not "
                "confirmed it: "
                "it gets nothing.",
                evidence=[f"{counted(len(missed), 'message')} published to {name_of(each.topic)} so far"],
                marks=[event.mark for event in missed[:MOST_SHOWN]],
                calls=[],
                fix="Let the endpoint confirm the request that it got, by its token or link. On AWS the "
                "token is valid for two "
                "days.",
                command=command(each.arn, f"confirm {name_of(each.topic)}"),
                link=sns_page("sns-http-https-endpoint-as-subscriber"),
            )


def not_let_in(view: View) -> Iterator[Finding]:
    """Queues whose policy does not let in a topic that they are subscribed to."""
    for each in view.subscriptions:
        decision = view.lets_in.get(each.arn)
        if decision is None or decision.allowed:
            continue
        queue, topic = name_of(each.endpoint), name_of(each.topic)
        refused = [event for arn in (each.arn, each.endpoint) for event in view.happened_to(arn, *_UNDELIVERED)]
        refused.sort(key=lambda event: event.mark)
        delivered = view.happened_to(each.arn, "NotificationDelivered")
        evidence = [decision.reason]
        if refused:
            evidence.append(f"refused or reported so far: {len(refused)}")
        if delivered:
            evidence.append(
                f"{len(delivered)} delivered here all the same, as the access mode does not enforce; AWS refuses them"
            )
        yield Finding(
            check="queue-policy",
            severity="error",
            subject=each.endpoint,
            problem=f"The policy of {queue} does not let the topic {topic} send to it: on AWS nothing arrives, and who "
            "publishes gets no error.",
            evidence=evidence,
            marks=[event.mark for event in refused[:MOST_SHOWN]],
            calls=[],
            fix="Let the topic in by the queue's policy, for sns.amazonaws.com with aws:SourceArn. What was "
            "refused is not "
            "sent again: publish it again.",
            command=command(each.endpoint, f"access allow {topic} {queue}"),
            link=sns_page("subscribe-sqs-queue-to-sns-topic"),
        )


def never_matches(view: View) -> Iterator[Finding]:
    """Filter policies that matched nothing of what was published."""
    for each in view.subscriptions:
        filtered = view.happened_to(each.arn, "NotificationFiltered")
        if "FilterPolicy" not in each.attributes or not filtered:
            continue
        if view.happened_to(each.arn, "NotificationDelivered", "NotificationFailed", "NotificationPostponed"):
            continue
        reasons = Counter(event.reason or "" for event in filtered)
        missing = all(" is missing:" in reason or reason.endswith("has no attributes") for reason in reasons)
        in_body = each.attributes.get("FilterPolicyScope") == "MessageBody"
        yield Finding(
            check="filter-never-matches",
            severity="warning" if missing or len(filtered) >= MOST_SHOWN else "hint",
            subject=each.arn,
            problem=f"The filter policy of {each.protocol} {each.endpoint} has matched none of "
            f"{counted(len(filtered), 'message')} published to {name_of(each.topic)}.",
            evidence=[f"{count} times: {reason}" for reason, count in reasons.most_common(MOST_SHOWN)],
            marks=[event.mark for event in filtered[:MOST_SHOWN]],
            calls=[],
            fix="Publish what the policy asks for as "
            + (
                "members of the message's JSON"
                if in_body
                else "message attributes, or set FilterPolicyScope to MessageBody"
            )
            + ", or change the policy.",
            command=None,
            link=sns_page("sns-message-filtering"),
        )
