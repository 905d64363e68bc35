"""Readers of a topic: who is subscribed without a yes, who has to say it, and who checks what it believes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable

from decaf.control.topics import SubscriptionDescription
from decaf.control.trace import TracedEvent
from decaf.lessons.l13_your_order_is_ready.forgery import FORGED_ORDER, Forger, changed, post
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire, order_in, said

SHOWN, FORGED, OVERHEARD = "shown", "forged", "overheard"
CHANGED, LINK = "a changed order", "a link to visit"  # what is forged
_AT_ONCE = {"sms": "Ada's phone", "application": "Ben's app"}


# --- the run


def play(stage: Stage) -> None:
    """All are subscribed, Cleo clicks, three orders are published, and somebody sends two forged messages."""
    port = _free_port()
    variables = {"DISPLAY_PORT": str(port)}
    stage.say("The display is switched on.")
    display = stage.start("display", variables)
    stage.until(lambda _: _listens(port) or not display.is_running, 20)
    stage.say("All four are subscribed.")
    stage.start("setup", variables).wait(30)
    stage.until(lambda wire: bool(_tried(wire, _confirmations(wire))), 10)
    stage.until(lambda wire: not _pending(wire, "http"), 1.5)
    _click(stage)
    stage.say("Three orders are ready.")
    stage.start("notifier").wait(30)
    stage.until(_is_settled, 10)
    _forge(stage, f"http://127.0.0.1:{port}/")
    stage.finish()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _click(stage: Stage) -> None:
    """Cleo visits the link in her mail; and somebody subscribes a queue, to overhear what is published."""
    wire = stage.wire()
    mails = [mail for mail in wire.inbox if mail.protocol == "email" and mail.kind == "SubscriptionConfirmation"]
    overheard = wire.queue(OVERHEARD)
    for mail in mails:
        stage.say("Cleo clicks the link in her mail.")
        topic, token = mail.topic_arn or "", mail.token or ""
        stage.sns.confirm_subscription(TopicArn=topic, Token=token)
        if overheard is not None:
            stage.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=overheard.arn)


def _forge(stage: Stage, url: str) -> None:
    """Send the display a true message with another order, and a link to visit; note how it answers."""
    wire = stage.wire()
    true_messages = wire.messages(OVERHEARD)
    if not true_messages:
        return
    stage.say(f"Somebody sends the display order {FORGED_ORDER}, which nobody made.")
    with Forger() as forger:
        statuses = {
            CHANGED: post(url, changed(true_messages[0].body)),
            LINK: post(url, forger.invitation(wire.topics[0].arn)),
        }
    for what, status in statuses.items():
        note = {"forged": what, "status": status, "visited": what == LINK and forger.is_visited}
        stage.sqs.send_message(QueueUrl=stage.queue_url(FORGED), MessageBody=json.dumps(note))


def _is_settled(wire: Wire) -> bool:
    """Whether SNS has tried to send the display every order that was published since it may."""
    yes = [event.mark for event in wire.of("SubscriptionConfirmed") if event.protocol == "http"]
    orders = {event.message_id for event in wire.of("NotificationPublished") if yes and event.mark > yes[0]}
    return len(_tried(wire, orders)) == len(orders)


# --- what the wire shows


def _pending(wire: Wire, protocol: str) -> list[SubscriptionDescription]:
    return [each for each in wire.subscriptions if each.protocol == protocol and each.pending]


def _confirmations(wire: Wire) -> set[str | None]:
    """Returns the ids of the messages to the display that are no orders."""
    published = {event.message_id for event in wire.of("NotificationPublished")}
    return {event.message_id for event in _all_tried(wire) if event.message_id not in published}


def _all_tried(wire: Wire) -> list[TracedEvent]:
    kinds = ("NotificationDelivered", "NotificationFailed", "NotificationPostponed")
    return [event for kind in kinds for event in wire.of(kind) if event.protocol == "http"]


def _tried(wire: Wire, ids: Iterable[str | None]) -> dict[str | None, TracedEvent]:
    """Returns by its id the first try to send each of these messages to the display."""
    wanted = set(ids)
    found: dict[str | None, TracedEvent] = {}
    for event in sorted(_all_tried(wire), key=lambda event: event.mark):
        if event.message_id in wanted:
            found.setdefault(event.message_id, event)
    return found


def _order_published(event: TracedEvent) -> int | None:
    """Returns the order in a published message: in its text, or in the text for HTTP of a `MessageStructure` json."""
    found = order_in(event.body)
    if found is None:
        try:
            found = order_in(json.loads(event.body or "").get("http"))
        except (ValueError, AttributeError):
            return None
    return found


def _published(wire: Wire) -> dict[int, TracedEvent]:
    found = {_order_published(event): event for event in wire.of("NotificationPublished")}
    return {order: event for order, event in found.items() if order is not None}


# --- the check


def check(wire: Wire) -> Verdict:
    """All four readers got every order, after a yes where one is needed, and the display believed no forged message."""
    published = _published(wire)
    return (
        _no_default(wire)
        or _few(published)
        or _refused(wire)
        or _unconfirmed(wire)
        or _too_early(wire, published)
        or _not_shown(wire, published)
        or _forged(wire)
        or _passed(wire, published)
    )


def _no_default(wire: Wire) -> Verdict | None:
    for call in wire.refused("Publish"):
        message = (call.details.message if call.details else None) or ""
        if "default" in message:
            return Diagnosis(
                "no-default",
                "SNS refused the publish: with MessageStructure json there must be a text named default, for readers "
                "that have none of their own.",
                expected='{"default": ..., "http": ...}',
                seen=f"{call.error}: {message}",
            )
    return None


def _few(published: dict[int, TracedEvent]) -> Verdict | None:
    if len(published) >= 3:
        return None
    return Diagnosis(
        "few-orders",
        f"{said(published).capitalize()} published. Let the notifier publish all three, with the number of the order "
        'in the text for HTTP: {"order": 1}.',
        expected="orders 1, 2 and 3 published",
        seen=said(published),
    )


def _refused(wire: Wire) -> Verdict | None:
    """The display refused what SNS did send."""
    for event in sorted(_all_tried(wire), key=lambda event: event.mark):
        if event.kind == "NotificationFailed":
            return Diagnosis(
                "true-refused",
                f"SNS sent the display a true message, and the answer was {event.status or 'none'}. Who SNS is, the "
                "display knows by the address of the certificate: here it begins with AWS_ENDPOINT_URL.",
                marks=(event.mark,),
                expected="2xx to what SNS has signed",
                seen=event.reason or f"status {event.status}",
            )
    return None


def _unconfirmed(wire: Wire) -> Verdict | None:
    pending = _pending(wire, "http")
    if not pending and any(each.protocol == "http" for each in wire.subscriptions):
        return None
    if not pending:
        return Diagnosis(
            "not-subscribed",
            "The display is not subscribed to the topic. Let setup subscribe all four.",
            expected="a subscription by http",
            seen=f"{len(wire.subscriptions)} subscriptions, none by http",
        )
    asked = _tried(wire, _confirmations(wire))
    return Diagnosis(
        "unconfirmed",
        "SNS asked the display whether it wants these messages, and the display did not say yes: nobody visited the "
        "SubscribeURL. So the subscription is pending, and no order is sent to it.",
        marks=tuple(event.mark for event in asked.values()),
        expected="SubscriptionConfirmed, and then the orders",
        seen=f"the subscription of {pending[0].endpoint} is pending",
    )


def _too_early(wire: Wire, published: dict[int, TracedEvent]) -> Verdict | None:
    """An order was published before a reader had said yes."""
    for protocol, reader in (("http", "the display"), ("email", "Cleo")):
        for order, event in published.items():
            ids = {each.message_id for each in _reached(wire, protocol)}
            confirmed = [each for each in wire.of("SubscriptionConfirmed") if each.protocol == protocol]
            if event.message_id not in ids and (not confirmed or confirmed[0].mark > event.mark):
                return Diagnosis(
                    "too-early",
                    f"Order {order} was published before {reader} had said yes. What is published while a subscription "
                    "is pending never reaches that reader, also not later.",
                    marks=(event.mark, *(each.mark for each in confirmed[:1])),
                    expected=f"{said(published)} for {reader}",
                    seen=f"order {order} not sent to {reader}",
                )
    return None


def _reached(wire: Wire, protocol: str) -> list[TracedEvent]:
    return [event for event in wire.of("NotificationDelivered") if event.protocol == protocol]


def _not_shown(wire: Wire, published: dict[int, TracedEvent]) -> Verdict | None:
    missing = set(published) - set(wire.by_order(wire.sent(SHOWN)))
    if not missing:
        return None
    tried = _tried(wire, [published[order].message_id for order in missing])
    return Diagnosis(
        "not-shown",
        f"{said(missing).capitalize()} never came up on the display, though SNS may send to it.",
        marks=tuple(event.mark for event in tried.values()),
        expected=f"{said(published)} in the queue {SHOWN}",
        seen=said(wire.by_order(wire.sent(SHOWN))),
    )


def _forged(wire: Wire) -> Verdict | None:
    noted = [(event, json.loads(event.body or "{}")) for event in wire.sent(FORGED)]
    if not noted:
        return Diagnosis(
            "not-tried",
            "The orders reach all four. Whether the display believes just anybody, only a run shows. Type: "
            "decaf learn run",
            expected="a forged message, refused by the display",
            seen="no forged message",
        )
    shown = wire.by_order(wire.sent(SHOWN)).get(FORGED_ORDER)
    believed = {note["forged"]: event for event, note in noted if note["visited"] or 200 <= note["status"] < 300}
    if not believed and not shown:
        return None
    seen = ", ".join(f"{note['status']} to {note['forged']}" for _, note in noted)
    if set(believed) == {LINK} and not shown:
        return Diagnosis(
            "any-certificate",
            "The display checked the signature, with the certificate that the message itself names. This forger has a "
            "key and a certificate too, so it fits. Check first that SigningCertURL is an address of SNS.",
            expected="403 to both forged messages",
            seen=seen,
        )
    what = f"It shows order {FORGED_ORDER}, which nobody made. " if shown else ""
    return Diagnosis(
        "forged",
        f"The display believed a message that SNS did not send. {what}Check the signature of every message, and that "
        "the certificate is SNS's own, before you do what it says.",
        marks=tuple(event.mark for event in (shown or list(believed.values()))[:2]),
        expected="403 to both forged messages",
        seen=seen,
    )


def _passed(wire: Wire, published: dict[int, TracedEvent]) -> Verdict:
    texts = [mail for mail in wire.inbox if mail.kind == "Notification" and mail.protocol in _AT_ONCE]
    code = next((text for text in texts if text.body.startswith("{")), None)
    remark = "" if code is None else f"{_AT_ONCE[code.protocol]} reads {code.body!r}: a text of its own would be nicer."
    return Passed(
        f"{said(published).capitalize()}: by text message, push, mail and HTTP. "
        "Cleo and the display said yes first, and the display refused both forged messages.",
        remark,
    )
