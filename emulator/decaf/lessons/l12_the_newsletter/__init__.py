"""Filter policies: one topic for all news, and each customer gets what they want of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable

from decaf.control.trace import TracedEvent
from decaf.lessons.stage import Stage
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from decaf.lessons.wire import Wire, listed, name_of

WANTED = {"ada": (4, 6), "ben": (2, 5), "cleo": (2, 3, 5)}
ALL = (1, 2, 3, 4, 5, 6)
_MISSING_KEY = re.compile(r"([\w.-]+) is missing")


def play(stage: Stage) -> None:
    """The newsletter is made ready, and then the editor publishes."""
    stage.say("The newsletter is made ready.")
    stage.start("setup").wait(120)
    stage.say("The editor publishes the news of the week.")
    stage.start("editor").wait(120)
    stage.finish()


def check(wire: Wire) -> Verdict:
    """All news was published, and each customer's queue got exactly what they want of it, from a topic."""
    published = _by_news(wire.of("NotificationPublished"))
    return (
        _refused(wire)
        or _few(published)
        or _unwanted(wire)
        or _missing(wire, published)
        or _twice(wire)
        or _passed(wire, published)
    )


def _news_in(body: str | None) -> int | None:
    """Returns the number of the news in a body, or in the message of an envelope of SNS: a bare number, or `news`."""
    try:
        value = json.loads(body or "")
    except ValueError:
        return None
    if isinstance(value, dict):
        if value.get("Type") == "Notification":
            return _news_in(value.get("Message"))
        value = value.get("news")
    return value if isinstance(value, int) else None


def _by_news(events: Iterable[TracedEvent]) -> dict[int, list[TracedEvent]]:
    found: dict[int, list[TracedEvent]] = {}
    for event in events:
        number = _news_in(event.body)
        if number is not None:
            found.setdefault(number, []).append(event)
    return found


def _got(wire: Wire, customer: str) -> dict[int, list[TracedEvent]]:
    """Returns what topics delivered to a customer's queue, by the number of the news."""
    return _by_news(event for event in wire.sent(customer) if event.cause is not None)


def _few(published: dict[int, list[TracedEvent]]) -> Verdict | None:
    if set(published) >= set(ALL):
        return None
    return Diagnosis(
        "few-news",
        f"The editor published {_news(published)}. Let it publish all six, each with its number in the body, so that "
        "the mail boxes can be compared.",
        expected=_news(ALL),
        seen=_news(published),
    )


def _refused(wire: Wire) -> Verdict | None:
    """A filter policy was refused, and some customer does not have the right news since."""
    if all(set(_got(wire, customer)) == set(wanted) for customer, wanted in WANTED.items()):
        return None
    for call in (*wire.refused("Subscribe"), *wire.refused("SetSubscriptionAttributes")):
        details = call.details
        params = (details.parameters if details else None) or {}
        policy = params.get("AttributeValue") or params.get("Attributes", {}).get("FilterPolicy")
        if policy is not None:
            reason = (details.message if details else None) or call.error or ""
            return Diagnosis(
                "refused-policy",
                f"SNS refused the policy {policy}: {reason.splitlines()[0]}. Each key has a list of what is wanted, "
                'also when it is one thing only: {"kind": ["trivia"]}.',
                expected="a policy that SNS accepts",
                seen=f"{call.operation}: {call.error}",
            )
    return None


def _unwanted(wire: Wire) -> Verdict | None:
    """A customer got news that they do not want, whether or not somebody deleted it afterwards."""
    for customer, wanted in WANTED.items():
        got = _got(wire, customer)
        unwanted = sorted(set(got) - set(wanted))
        if not unwanted:
            continue
        deleted = _by_news(wire.deleted(customer))
        expected, seen = f"{customer}: {_news(wanted)}", f"{customer}: {_news(got)}"
        if set(unwanted) & set(deleted):
            number = next(each for each in unwanted if each in deleted)
            return Diagnosis(
                "thrown-away",
                f"News {number} was delivered to {customer}, and thrown away there. The topic can do that for you: "
                "what a filter policy holds back is never delivered, and nobody has to delete it.",
                marks=(got[number][0].mark, deleted[number][0].mark),
                expected=expected,
                seen=seen,
            )
        return Diagnosis(
            "not-wanted",
            f"{customer.capitalize()} got {_news(unwanted)}, and did not want that. The topic does not know it: "
            "put a filter policy on the subscription.",
            marks=tuple(got[number][0].mark for number in unwanted),
            expected=expected,
            seen=seen,
        )
    return None


def _missing(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict | None:
    for customer, wanted in WANTED.items():
        got = _got(wire, customer)
        for number in wanted:
            if number not in got:
                filtered = _filtered(wire, customer, published[number])
                if filtered is None:
                    return _unsubscribed(customer, number)
                return _why_filtered(wire, customer, published[number][0], filtered)
    return None


def _filtered(wire: Wire, customer: str, published: list[TracedEvent]) -> TracedEvent | None:
    """Returns the event that a policy held back news from a customer."""
    ids = {event.message_id for event in published}
    events = wire.of("NotificationFiltered")
    return next((each for each in events if each.message_id in ids and name_of(each.recipient or "") == customer), None)


def _why_filtered(wire: Wire, customer: str, published: TracedEvent, filtered: TracedEvent) -> Diagnosis:
    number = _news_in(published.body)
    reason = (filtered.reason or "").removeprefix("the filter policy does not match: ")
    who = customer.capitalize()
    attributes = next((each.attributes for each in wire.subscriptions if each.arn == filtered.arn), {})
    on_body = attributes.get("FilterPolicyScope") == "MessageBody"
    key = _MISSING_KEY.match(reason)
    if not on_body and (key or "no attributes" in reason):
        wanted = key[1] if key else next(iter(json.loads(attributes.get("FilterPolicy") or "{}")), "kind")
        return Diagnosis(
            "wrong-scope",
            f"{who}'s policy wants the attribute {wanted}, and news {number} has none: it is in the body. Send it as a "
            "message attribute, or set the subscription's FilterPolicyScope to MessageBody.",
            marks=(filtered.mark,),
            expected=f"news {number} has what the policy looks at",
            seen=reason,
        )
    if "numeric" in reason and _is_text(wire, published, reason.partition("=")[0]):
        return Diagnosis(
            "text-for-number",
            f"{who} did not get news {number}: to a numeric rule, 25 as a text is no number. Send percent with "
            "DataType Number, not String.",
            marks=(filtered.mark,),
            expected=f"{who} gets news {number}",
            seen=reason,
        )
    return Diagnosis(
        "filtered-away",
        f"{who} wants news {number}, and the policy held it back: {reason}.",
        marks=(filtered.mark,),
        expected=f"{customer}: {_news(WANTED[customer])}",
        seen=reason,
    )


def _is_text(wire: Wire, published: TracedEvent, key: str) -> bool:
    """Returns whether a value was published as a text: as an attribute of type String, or in quotation marks."""
    call = wire.call_of(published)
    params = (call.details.parameters if call is not None and call.details else None) or {}
    for entry in (params, *params.get("PublishBatchRequestEntries", ())):
        if entry.get("MessageAttributes", {}).get(key, {}).get("DataType", "").startswith("String"):
            return True
    return re.search(rf'"{re.escape(key)}": *"', published.body or "") is not None


def _unsubscribed(customer: str, number: int) -> Diagnosis:
    return Diagnosis(
        "not-subscribed",
        f"News {number} was published to a topic that {customer.capitalize()}'s mail box is not subscribed to.",
        expected=f"{customer}: {_news(WANTED[customer])}",
        seen=f"news {number} never on its way to the queue {customer}",
    )


def _twice(wire: Wire) -> Verdict | None:
    for customer in WANTED:
        for number, events in _got(wire, customer).items():
            if len(events) > 1:
                return Diagnosis(
                    "twice",
                    f"{customer.capitalize()} got news {number} {len(events)} times: two subscriptions both let it "
                    "through. One policy can list several kinds.",
                    marks=tuple(event.mark for event in events),
                    expected="each news once",
                    seen=f"news {number}: {len(events)} copies in the queue {customer}",
                )
    return None


def _passed(wire: Wire, published: dict[int, list[TracedEvent]]) -> Verdict:
    topics = {name_of(event.arn) for events in published.values() for event in events}
    filtered = len(wire.of("NotificationFiltered"))
    shown = ", ".join(f"{customer.capitalize()} {_news(numbers)}" for customer, numbers in WANTED.items())
    remark = ""
    if not filtered:
        remark = (
            "You needed no filter policy: a topic for each wish. The next wish is one more topic, and one more name."
        )
    elif len(topics) > 1:
        remark = f"You kept {len(topics)} topics. That is right too; with one, a new kind of news needs no new topic."
    return Passed(
        f"{len(published)} news published; {shown}. {filtered} copies were held back by policies, and none was "
        "delivered to be thrown away.",
        remark,
    )


def _news(numbers: Collection[int]) -> str:
    return f"news {listed(str(number) for number in sorted(numbers))}" if numbers else "no news"
