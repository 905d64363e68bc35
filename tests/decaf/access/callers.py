"""The callers of the table, and the condition keys of their requests."""

from __future__ import annotations

from collections.abc import Mapping

from decaf.access import caller
from decaf.access.caller import ANONYMOUS, Caller, Kind
from decaf.access.pattern import Context
from tests.decaf.access.table import OTHER, OTHER_TOPIC, OWNER, REGION, SNS, TOPIC, Row

TAGS = {"stage": "test"}  # of the queue
NEW_TAGS = {"a": "1", "b": "2"}  # that TagQueue sets


def caller_of(who: str, tags: Mapping[str, str]) -> Caller:
    """Returns a caller by its name in the table."""
    known = {
        "alice": lambda: caller.user(OWNER, "alice", "AIDAALICE", tags),
        "session": lambda: caller.session(OWNER, "worker", "one", "AROAWORKER", tags),
        "root": lambda: caller.root(OWNER),
        "bob": lambda: caller.user(OTHER, "bob", "AIDABOB", tags),
        "other root": lambda: caller.root(OTHER),
        "anonymous": lambda: ANONYMOUS,
        "sns": lambda: caller.service(SNS),
        "sns of other": lambda: caller.service(SNS),
    }
    return known[who]()


def context_of(row: Row, who: Caller) -> Context:
    """Returns the condition keys of a row's request, as a request over HTTP to this machine has them."""
    context: dict[str, str | tuple[str, ...]] = {
        **who.keys,
        "aws:securetransport": "true",
        "aws:requestedregion": REGION,
        "aws:viaawsservice": "false",
        "aws:currenttime": "2026-01-02T03:04:05Z",
        "aws:epochtime": "1767323045",
        **{f"aws:resourcetag/{key}": value for key, value in TAGS.items()},
    }
    if who.kind is Kind.SERVICE:
        topic = TOPIC if row.who == "sns" else OTHER_TOPIC
        return context | {"aws:sourcearn": topic, "aws:sourceaccount": topic.split(":")[4]}
    context |= {"aws:sourceip": "127.0.0.1", "aws:useragent": "Boto3/1.40"}
    if row.action == "TagQueue":
        context |= {"aws:tagkeys": tuple(NEW_TAGS), **{f"aws:requesttag/{k}": v for k, v in NEW_TAGS.items()}}
    return context
