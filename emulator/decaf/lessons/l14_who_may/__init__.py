"""Who may send: a queue's policy lets in one topic, and no other."""

from __future__ import annotations

import json
from typing import Any

from decaf.access.pattern import matches_arn, read_pattern
from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict, with_names
from decaf.lessons.wire import Wire, listed, name_of, said

ORDERS = "orders"
STRANGER = "rumours"
_NOBODY_ORDERED = 66


def play(stage: Stage) -> None:
    """The shop is made ready; a stranger's topic has the same queue subscribed; both publish."""
    stage.enforce_access()
    stage.say("The shop is made ready.")
    stage.start("setup").wait(120)
    stage.say("Somebody else creates the topic rumours, and subscribes your queue to it.")
    stranger = stage.sns.create_topic(Name=STRANGER)["TopicArn"]
    queue = stage.wire().queue(ORDERS)
    if queue is not None:
        raw = {"RawMessageDelivery": "true"}
        stage.sns.subscribe(TopicArn=stranger, Protocol="sqs", Endpoint=queue.arn, Attributes=raw)
    stage.say("The cashier publishes orders.")
    stage.start("cashier").wait(120)
    stage.say(f"The stranger publishes order {_NOBODY_ORDERED}.")
    stage.sns.publish(TopicArn=stranger, Message=json.dumps({"order": _NOBODY_ORDERED}))
    stage.finish()


def check(wire: Wire) -> Verdict:
    """Every order that was published reached the queue, and the stranger's was refused there."""
    published = wire.by_order(event for event in wire.of("NotificationPublished") if name_of(event.arn) != STRANGER)
    if not published:
        return Diagnosis(
            "few-orders",
            "No order was published. Let the cashier publish its three orders to the topic.",
            expected="orders 1, 2 and 3 published",
            seen="no order",
        )
    delivered = set(wire.by_order(event for event in wire.sent(ORDERS) if event.cause is not None))
    missing = set(published) - delivered
    if missing:
        return _never_tried(wire, published) or _refused(wire, published, delivered, missing)
    return _stranger(wire) or _passed(published)


def _failures(wire: Wire, published: list[TracedEvent]) -> list[TracedEvent]:
    ids = {event.message_id for event in published}
    return [event for event in wire.of("NotificationFailed") if event.message_id in ids]


def _all_of(published: dict[int, list[TracedEvent]]) -> list[TracedEvent]:
    return [event for events in published.values() for event in events]


def _never_tried(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict | None:
    if _failures(wire, _all_of(published)):
        return None
    return Diagnosis(
        "not-subscribed",
        f"{said(published).capitalize()} were published, and the topic had no subscription of the queue {ORDERS} then.",
        marks=tuple(event.mark for event in _all_of(published)[:2]),
        expected=f"the queue {ORDERS} is subscribed to the topic",
        seen="no delivery was tried",
    )


def _refused(wire: Wire, published: dict[int, list[TracedEvent]], delivered: set[int], missing: set[int]) -> Diagnosis:
    order = min(missing)
    failure = _failures(wire, published[order])[0]
    marks = (published[order][0].mark, failure.mark)
    expected = f"{said(published)} in the queue {ORDERS}"
    queue = wire.queue(ORDERS)
    policy = None if queue is None else queue.attributes.get("Policy")
    if delivered & set(published):
        return Diagnosis(
            "not-retried",
            f"Order {order} was refused before the policy was there, and SNS does not try it again: that the queue "
            "said no is an answer. Set the policy before the first order, or publish the order again.",
            marks=marks,
            expected=expected,
            seen=f"{said(delivered)}; {said(missing)} lost",
        )
    if queue is not None and policy is not None and (others := _other_resources(policy, queue.arn)):
        return Diagnosis(
            "wrong-resource",
            f"The queue has a policy now, and SNS is still refused for order {order}: the policy's Resource is not "
            f"this queue. A policy says in Resource what it is about, and here that is the queue's ARN, {queue.arn}.",
            marks=marks,
            expected=f"Resource {queue.arn}",
            seen=f"Resource {listed(others)}",
        )
    if policy is not None:
        return Diagnosis(
            "wrong-condition",
            f"The queue has a policy now, and SNS is still refused for order {order}: {_condition(policy)}. The topic "
            f"that knocks is {published[order][0].arn}.",
            marks=marks,
            expected=expected,
            seen=with_names(failure.reason or ""),
        )
    refused = wire.refused("SetQueueAttributes", ORDERS)
    if refused:
        return Diagnosis(
            "policy-refused",
            f"SQS refused the policy that {refused[-1].caller} wanted to set, so the queue has none. Its Principal may "
            'be a service, as {"Service": "sns.amazonaws.com"}, or an account; a topic is named in the Condition, by '
            "aws:SourceArn.",
            marks=marks,
            expected=expected,
            seen=(refused[-1].details.message if refused[-1].details else None) or str(refused[-1].error),
        )
    if _changed_the_topic(wire):
        return Diagnosis(
            "topic-policy",
            "You changed the policy of the topic. It says who may publish there, and the cashier may already. "
            f"The queue {ORDERS} is the one that said no: it needs a policy.",
            marks=marks,
            expected=f"the attribute Policy of the queue {ORDERS}",
            seen="the attribute Policy of the topic",
        )
    return Diagnosis(
        "no-policy",
        f"The cashier's calls succeeded, and order {order} never arrived. SNS knocked at the queue {ORDERS}, and the "
        "queue did not know it: 403. The queue decides who may send to it, and it has no policy.",
        marks=marks,
        expected=expected,
        seen=with_names(failure.reason or ""),
    )


def _other_resources(policy: str, queue: str) -> list[str]:
    """Returns what the statements of a policy are about, when none is about the queue with that ARN; else nothing."""
    found: list[str] = []
    for statement in _statements(policy):
        written = statement.get("Resource", "*")
        found += [written] if isinstance(written, str) else written
    is_about = any(matches_arn(read_pattern(each, variables=False).characters({}), queue) for each in found)
    return [] if is_about else found


def _statements(policy: str) -> list[dict[str, Any]]:
    written = json.loads(policy).get("Statement", [])
    return written if isinstance(written, list) else [written]


def _condition(policy: str) -> str:
    """Returns what a policy wants of the topic, in words."""
    condition = next((statement.get("Condition") for statement in _statements(policy)), None)
    return "its statement does not fit" if condition is None else f"its condition is {json.dumps(condition)}"


def _changed_the_topic(wire: Wire) -> bool:
    set_policy = [
        call
        for call in wire.calls("SetTopicAttributes")
        if call.details and (call.details.parameters or {}).get("AttributeName") == "Policy"
    ]
    return bool(set_policy or [call for call in wire.calls("AddPermission") if call.service == "sns"])


def _stranger(wire: Wire) -> Verdict | None:
    published = wire.published(STRANGER)
    if not published:
        return Diagnosis(
            "no-stranger",
            f"Your orders arrive. Whether a stranger's are refused, only a run shows: the topic {STRANGER} publishes "
            "in it. Type: decaf learn run",
            expected=f"an order from {STRANGER}, refused",
            seen=f"nothing from {STRANGER}",
        )
    ids = {event.message_id for event in published}
    let_in = [event for event in wire.of("NotificationDelivered") if event.message_id in ids]
    if not let_in:
        return None
    queue = wire.queue(ORDERS)
    policy = "{}" if queue is None else str(queue.attributes.get("Policy", "{}"))
    why = "the policy lets everybody in. Add a condition that names your topic"
    if any("Condition" in statement for statement in _statements(policy)):
        why = f"{_condition(policy)}, and that is true of {STRANGER} too. Let it name your topic, by aws:SourceArn"
    return Diagnosis(
        "everyone",
        f"Your orders arrive, and so does order {_NOBODY_ORDERED}, which the topic {STRANGER} sent: {why}.",
        marks=(published[0].mark, let_in[0].mark),
        expected=f"order {_NOBODY_ORDERED} is refused",
        seen=f"order {_NOBODY_ORDERED} is in the queue {ORDERS}",
    )


def _passed(published: dict[int, list[TracedEvent]]) -> Verdict:
    return Passed(
        f"{said(published).capitalize()} arrived by the topic that the queue knows; order {_NOBODY_ORDERED} of "
        f"{STRANGER} was refused with 403."
    )
