"""Requests to a queue, the policies on both sides, and what AWS's documentation says of them.

Each row is judged twice: by the evaluator, and by a server that enforces, asked with boto3. So what a condition looks
at is a tag of the caller, which may have any text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

OWNER, OTHER = "111122223333", "444455556666"
REGION = "us-east-1"
QUEUE = f"arn:aws:sqs:{REGION}:{OWNER}:orders"
TOPIC = f"arn:aws:sns:{REGION}:{OWNER}:sales"
OTHER_TOPIC = f"arn:aws:sns:{REGION}:{OTHER}:sales"
SNS = "sns.amazonaws.com"

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
WORKER = f"arn:aws:iam::{OWNER}:role/worker"
SESSION = f"arn:aws:sts::{OWNER}:assumed-role/worker/one"
BOB = f"arn:aws:iam::{OTHER}:user/bob"
ROOT, OTHER_ROOT = f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OTHER}:root"

# Who calls: "alice", "session" and "root" of the queue's account, "bob" and "other root" of another one, "anonymous",
# and SNS delivering for a topic ("sns") or for one of another account ("sns of other").
IN_ACCOUNT, OTHERS = ("alice", "session"), ("bob",)

ALLOWED = "allowed"
NO_IDENTITY, NO_RESOURCE = "no identity-based policy", "no resource-based policy"
BY_IDENTITY, BY_RESOURCE = "denied by an identity-based policy", "denied by a resource-based policy"

Statement = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One request: `who` calls `action` on the queue, whose policy has the statements `queue`; `own` are the caller's.

    `source` is the page of AWS's documentation that `expected` follows from.
    """

    source: str
    expected: str
    who: str = "alice"
    action: str = "SendMessage"
    queue: tuple[Statement, ...] = ()
    own: tuple[Statement, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    version: str | None = "2012-10-17"


def allow(principal: Any = "*", action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> Statement:
    """Returns a statement of a queue's policy; `more` has other elements, None leaves one out."""
    written = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}
    return {name: value for name, value in written.items() if value is not None}


def deny(principal: Any = "*", action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> Statement:
    return allow(principal, action, resource, Effect="Deny", **more)


def may(action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> Statement:
    """Returns a statement of an identity's policy."""
    return allow(None, action, resource, **more)


def may_not(action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> Statement:
    return may(action, resource, Effect="Deny", **more)


def aws(*names: str) -> dict[str, Any]:
    return {"AWS": list(names)}


LOGIC, CROSS = "Policy evaluation logic", "Cross-account policy evaluation logic"
PRINCIPAL, NOT_PRINCIPAL = "Principal", "NotPrincipal"
ACTION, RESOURCE, VERSION = "Action", "Resource", "Version"
OPERATORS, MULTIVALUED, VARIABLES = "Condition operators", "Multivalued context keys", "Variables and tags"
KEYS, SQS_LIMITS, SNS_TO_SQS = "Global condition context keys", "SQS: limitations of custom policies", "SNS: fanout"
SQS_ACTIONS = "Service Authorization Reference: Amazon SQS"


def within_the_account() -> Iterator[Row]:
    for who in IN_ACCOUNT:
        yield Row(LOGIC, NO_IDENTITY, who)
        yield Row(LOGIC, ALLOWED, who, own=(may(),))
        yield Row(LOGIC, ALLOWED, who, queue=(allow(),))
        yield Row(LOGIC, ALLOWED, who, queue=(allow(aws("*")),))
        yield Row(LOGIC, BY_RESOURCE, who, queue=(deny(),), own=(may(),))
        yield Row(LOGIC, BY_IDENTITY, who, queue=(allow(),), own=(may_not(),))
        yield Row(LOGIC, BY_IDENTITY, who, own=(may("*", "*"), may_not()))
        yield Row(LOGIC, BY_RESOURCE, who, queue=(allow(), deny(aws(OWNER))))
        yield Row(LOGIC, NO_IDENTITY, who, queue=(allow(action="sqs:ReceiveMessage"),))
        yield Row(LOGIC, NO_IDENTITY, who, own=(may("sqs:ReceiveMessage"),))
        yield Row(PRINCIPAL, NO_IDENTITY, who, queue=(allow(aws(OWNER)),))  # delegates, and nothing else
        yield Row(PRINCIPAL, NO_IDENTITY, who, queue=(allow(aws(ROOT)),))
        yield Row(PRINCIPAL, ALLOWED, who, queue=(allow(aws(ROOT)),), own=(may(),))
        yield Row(PRINCIPAL, NO_IDENTITY, who, queue=(allow(aws(OTHER)),))
    yield Row(LOGIC, ALLOWED, "root")
    yield Row(LOGIC, BY_RESOURCE, "root", queue=(deny(),))
    yield Row(LOGIC, BY_RESOURCE, "root", queue=(deny(aws(OWNER)),))
    yield Row(LOGIC, ALLOWED, "root", queue=(deny(aws(ALICE)),))


def principals() -> Iterator[Row]:
    for who, name, others in (
        ("alice", ALICE, (WORKER, SESSION, BOB, f"arn:aws:iam::{OWNER}:user/alic", f"arn:aws:iam::{OWNER}:user/Alice")),
        ("session", WORKER, (ALICE, f"arn:aws:sts::{OWNER}:assumed-role/worker/two", f"arn:aws:iam::{OWNER}:role/w")),
        ("session", SESSION, (f"arn:aws:sts::{OWNER}:assumed-role/other/one",)),
    ):
        yield Row(PRINCIPAL, ALLOWED, who, queue=(allow(aws(name)),))
        yield Row(PRINCIPAL, ALLOWED, who, queue=(allow(aws(BOB, name)),))
        yield Row(PRINCIPAL, BY_RESOURCE, who, queue=(deny(aws(name)),), own=(may(),))
        for other in others:
            yield Row(PRINCIPAL, NO_IDENTITY, who, queue=(allow(aws(other)),))
            yield Row(PRINCIPAL, ALLOWED, who, queue=(deny(aws(other)),), own=(may(),))
    yield Row(PRINCIPAL, NO_IDENTITY, queue=(allow({"Service": SNS}),))
    yield Row(PRINCIPAL, NO_IDENTITY, queue=(allow({"Federated": "accounts.google.com"}),))
    yield Row(PRINCIPAL, ALLOWED, queue=(allow({"Service": SNS, "AWS": ALICE}),))

    def but(*names: str, **more: Any) -> Statement:
        return deny(None, NotPrincipal=aws(*names), **more)

    for who, listed in (("alice", (ALICE, ROOT)), ("session", (SESSION, WORKER, ROOT))):
        yield Row(NOT_PRINCIPAL, ALLOWED, who, queue=(but(*listed),), own=(may(),))
        yield Row(NOT_PRINCIPAL, BY_RESOURCE, who, queue=(but(*listed[:-1]),), own=(may(),))
        yield Row(NOT_PRINCIPAL, BY_RESOURCE, who, queue=(but(BOB, OTHER_ROOT),), own=(may(),))
        yield Row(NOT_PRINCIPAL, BY_RESOURCE, who, queue=(but(ROOT),), own=(may(),))
    yield Row(NOT_PRINCIPAL, BY_RESOURCE, "session", queue=(but(WORKER, ROOT),), own=(may(),))
    yield Row(NOT_PRINCIPAL, ALLOWED, "alice", queue=(but(ALICE, OWNER),), own=(may(),))
    yield Row(NOT_PRINCIPAL, ALLOWED, "root", queue=(but(ROOT),))
    yield Row(NOT_PRINCIPAL, BY_RESOURCE, "root", queue=(but(ALICE),))
    yield Row(NOT_PRINCIPAL, BY_RESOURCE, "bob", queue=(allow(), but(ALICE, ROOT)), own=(may(),))
    yield Row(NOT_PRINCIPAL, BY_RESOURCE, "anonymous", queue=(allow(), but(ALICE, ROOT)))
    yield Row(NOT_PRINCIPAL, BY_RESOURCE, "sns", queue=(allow(), but(ALICE, ROOT)))


def from_another_account() -> Iterator[Row]:
    for principal in ("*", aws("*"), aws(OTHER), aws(OTHER_ROOT), aws(BOB), aws(ALICE, BOB)):
        yield Row(CROSS, ALLOWED, "bob", queue=(allow(principal),), own=(may(),))
        yield Row(CROSS, NO_IDENTITY, "bob", queue=(allow(principal),))
    for principal in (aws(OWNER), aws(ALICE), {"Service": SNS}, aws(f"arn:aws:iam::{OTHER}:user/eve")):
        yield Row(CROSS, NO_RESOURCE, "bob", queue=(allow(principal),), own=(may(),))
    yield Row(CROSS, NO_RESOURCE, "bob", own=(may(),))
    yield Row(CROSS, NO_RESOURCE, "bob", own=(may("*", "*"),))
    yield Row(CROSS, BY_RESOURCE, "bob", queue=(allow(), deny(aws(OTHER))), own=(may(),))
    yield Row(CROSS, BY_IDENTITY, "bob", queue=(allow(),), own=(may(), may_not()))
    yield Row(CROSS, NO_IDENTITY, "bob", queue=(allow(),), own=(may(resource=f"{QUEUE}2"),))
    yield Row(CROSS, NO_RESOURCE, "other root")
    yield Row(CROSS, ALLOWED, "other root", queue=(allow(aws(OTHER)),))
    yield Row(CROSS, NO_RESOURCE, "other root", queue=(allow(aws(BOB)),))
    for action in (
        "AddPermission",
        "DeleteQueue",
        "ListQueueTags",
        "RemovePermission",
        "SetQueueAttributes",
        "TagQueue",
        "UntagQueue",
    ):
        # Naming such an action is refused when the policy is set; `*` is not, and does not grant it.
        yield Row(SQS_LIMITS, NO_RESOURCE, "bob", action, (allow(aws(OTHER), "*"),), (may("*", "*"),))
        yield Row(SQS_LIMITS, ALLOWED, "alice", action, (allow(aws(ALICE), "*"),))
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "PurgeQueue"):
        yield Row(SQS_LIMITS, ALLOWED, "bob", action, (allow(aws(OTHER), f"sqs:{action}"),), (may("*", "*"),))
        yield Row(SQS_LIMITS, NO_RESOURCE, "bob", action, (allow(aws(OTHER)),), (may("*", "*"),))


def anonymous_and_services() -> Iterator[Row]:
    yield Row(PRINCIPAL, NO_RESOURCE, "anonymous")
    for principal in ("*", aws("*"), aws(ALICE, "*")):
        yield Row(PRINCIPAL, ALLOWED, "anonymous", queue=(allow(principal),))
        yield Row(PRINCIPAL, ALLOWED, "sns", queue=(allow(principal),))
    for principal in (aws(OWNER), aws(ALICE), aws(OTHER), {"Service": SNS}):
        yield Row(PRINCIPAL, NO_RESOURCE, "anonymous", queue=(allow(principal),))
    yield Row(LOGIC, BY_RESOURCE, "anonymous", queue=(allow(), deny()))
    yield Row(LOGIC, ALLOWED, "anonymous", queue=(allow(), deny(aws(OWNER))))
    yield Row(SNS_TO_SQS, NO_RESOURCE, "sns")
    yield Row(SNS_TO_SQS, ALLOWED, "sns", queue=(allow({"Service": SNS}),))
    yield Row(SNS_TO_SQS, ALLOWED, "sns", queue=(allow({"Service": ["events.amazonaws.com", SNS]}),))
    for principal in ({"Service": "events.amazonaws.com"}, aws(OWNER), aws(ROOT), aws(ALICE)):
        yield Row(SNS_TO_SQS, NO_RESOURCE, "sns", queue=(allow(principal),))
    yield Row(SNS_TO_SQS, NO_RESOURCE, "sns", queue=(allow({"Service": SNS}, "sqs:ReceiveMessage"),))
    yield Row(SNS_TO_SQS, NO_RESOURCE, "sns", queue=(allow({"Service": SNS}, resource=f"{QUEUE}2"),))
    yield Row(SNS_TO_SQS, BY_RESOURCE, "sns", queue=(allow({"Service": SNS}), deny()))
    for operator, key, value, reached in (
        ("ArnEquals", "aws:SourceArn", TOPIC, ("sns",)),
        ("ArnLike", "aws:SourceArn", TOPIC, ("sns",)),
        ("StringEquals", "aws:SourceArn", TOPIC, ("sns",)),
        ("ArnLike", "AWS:sourcearn", f"arn:aws:sns:*:{OWNER}:*", ("sns",)),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:sales", ("sns", "sns of other")),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*", ("sns", "sns of other")),
        ("StringLike", "aws:SourceArn", "arn:aws:sns:*", ("sns", "sns of other")),
        ("ArnEquals", "aws:SourceArn", QUEUE, ()),  # the queue's own ARN, a usual mistake
        ("StringEquals", "aws:SourceArn", f"arn:aws:sns:{REGION}:{OWNER}:*", ()),  # a wildcard that is text
        ("ArnEquals", "aws:SourceArn", OTHER_TOPIC, ("sns of other",)),
        ("StringEquals", "aws:SourceAccount", OWNER, ("sns",)),
        ("StringEquals", "aws:SourceAccount", OTHER, ("sns of other",)),
        ("ArnNotLike", "aws:SourceArn", TOPIC, ("sns of other",)),
        ("Bool", "aws:PrincipalIsAWSService", "true", ("sns", "sns of other")),
        ("StringEquals", "aws:PrincipalServiceName", SNS, ("sns", "sns of other")),
        ("Null", "aws:SourceArn", "false", ("sns", "sns of other")),
        ("Null", "aws:PrincipalArn", "true", ("sns", "sns of other")),
    ):
        for who in ("sns", "sns of other"):
            expected = ALLOWED if who in reached else NO_RESOURCE
            yield Row(SNS_TO_SQS, expected, who, queue=(allow({"Service": SNS}, Condition={operator: {key: value}}),))
    # aws:SourceArn is there when a service calls only: so it shuts out people.
    shut = allow(Condition={"ArnEquals": {"aws:SourceArn": TOPIC}})
    yield Row(KEYS, NO_IDENTITY, "alice", queue=(shut,))
    yield Row(KEYS, NO_RESOURCE, "anonymous", queue=(shut,))
    yield Row(KEYS, ALLOWED, "sns", queue=(shut,))


def actions_and_resources() -> Iterator[Row]:
    for written, covers in (
        ("sqs:SendMessage", True),
        ("SQS:SendMessage", True),
        ("sqs:sendmessage", True),
        ("sqs:Send*", True),
        ("sqs:S?ndM*", True),
        ("sqs:*Message", True),
        ("sqs:*", True),
        ("*", True),
        ("s*", True),
        (["sqs:ReceiveMessage", "sqs:SendMessage"], True),
        ("sqs:SendMessageBatch", False),
        ("sqs:SendMessag", False),
        ("sqs:SendMessage?", False),
        ("sns:*", False),
        ("sqs:S??dMessages", False),
    ):
        yield Row(ACTION, ALLOWED if covers else NO_IDENTITY, own=(may(written),))
        other = may(None, NotAction=written)
        yield Row(ACTION, NO_IDENTITY if covers else ALLOWED, own=(other,))
    for action, granted in (
        ("SendMessageBatch", "sqs:SendMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
    ):
        yield Row(SQS_ACTIONS, ALLOWED, "alice", action, own=(may(granted),))
        yield Row(SQS_ACTIONS, NO_IDENTITY, "alice", action, own=(may(f"{granted}Batch"),))
    for action in ("GetQueueAttributes", "GetQueueUrl", "ReceiveMessage", "PurgeQueue", "ListDeadLetterSourceQueues"):
        yield Row(SQS_ACTIONS, ALLOWED, "alice", action, own=(may(f"sqs:{action}"),))
        yield Row(SQS_ACTIONS, NO_IDENTITY, "alice", action, own=(may(),))
    for written, covers in (
        (QUEUE, True),
        ("*", True),
        ("arn:aws:sqs:*", True),
        (f"arn:aws:sqs:*:{OWNER}:orders", True),
        (f"arn:aws:sqs:{REGION}:*:*", True),
        (f"arn:aws:sqs:{REGION}:{OWNER}:order?", True),
        (f"arn:aws:sqs:{REGION}:{OWNER}:o*s", True),
        ("arn:*:orders", True),
        ([f"{QUEUE}2", QUEUE], True),
        (f"{QUEUE}2", False),
        (f"{QUEUE}?", False),
        (f"arn:aws:sqs:{REGION}:{OWNER}:Orders", False),
        (f"arn:aws:sqs:{REGION}:{OTHER}:orders", False),
        ("arn:aws:sqs:eu-west-1:*", False),
        ("arn:aws:sns:*", False),
        ("arn:aws:sqs:*:orders:x", False),
    ):
        yield Row(RESOURCE, ALLOWED if covers else NO_IDENTITY, own=(may(resource=written),))
        yield Row(RESOURCE, NO_IDENTITY if covers else ALLOWED, own=(may(resource=None, NotResource=written),))
        yield Row(RESOURCE, ALLOWED if covers else NO_RESOURCE, "anonymous", queue=(allow(resource=written),))


_TEXTS = (
    ("StringEquals", "red", {"red": True, "Red": False, "re": False, "*": False}),
    ("StringEquals", "r*", {"red": False, "r*": True}),
    ("StringEquals", ["red", "blue"], {"red": True, "blue": True, "green": False}),
    ("StringNotEquals", "red", {"red": False, "Red": True, "blue": True}),
    ("StringNotEquals", ["red", "blue"], {"red": False, "blue": False, "green": True}),
    ("StringEqualsIgnoreCase", "red", {"RED": True, "red": True, "reed": False}),
    ("StringNotEqualsIgnoreCase", "red", {"RED": False, "reed": True}),
    ("StringLike", "r?d*", {"red": True, "rod of iron": True, "Red": False, "rd": False, "bred": False}),
    ("StringLike", ["r*", "*n"], {"green": True, "rot": True, "blue": False}),
    ("StringNotLike", "r*", {"red": False, "green": True}),
    ("NumericEquals", "5", {"5": True, "5.0": True, "6": False, "five": False}),
    ("NumericNotEquals", 5, {"5": False, "6": True}),
    ("NumericLessThan", "5", {"4": True, "5": False, "-7": True, "10": False}),
    ("NumericLessThanEquals", "5", {"5": True, "5.1": False}),
    ("NumericGreaterThan", "5", {"10": True, "5": False}),
    ("NumericGreaterThanEquals", "5", {"5": True, "4.9": False}),
    ("DateEquals", "2026-01-02T00:00:00Z", {"2026-01-02": True, "2026-01-02T01:00:00+01:00": True, "2026": False}),
    ("DateNotEquals", "2026-01-02", {"2026-01-02T00:00:00Z": False, "2026-01-03": True}),
    ("DateLessThan", "2026-01-02T03:04:05Z", {"2026-01-02T03:04:04Z": True, "2026-01-02T03:04:05Z": False}),
    ("DateLessThanEquals", "2026-01-02T03:04:05Z", {"2026-01-02T03:04:05Z": True, "2026-01-03": False}),
    ("DateGreaterThan", "2026-01-02", {"2026-01-02T00:00:01Z": True, "2026-01-02": False}),
    ("DateGreaterThanEquals", "1767312000", {"2026-01-02T00:00:00Z": True, "2026-01-01T23:59:59Z": False}),
    ("Bool", "true", {"true": True, "TRUE": True, "false": False, "yes": False}),
    ("Bool", True, {"true": True, "false": False}),
    ("Bool", "false", {"false": True, "true": False}),
    ("BinaryEquals", "QmlnIFNlY3JldA==", {"QmlnIFNlY3JldA==": True, "QmlnIHNlY3JldA==": False}),
    ("IpAddress", "203.0.113.0/24", {"203.0.113.7": True, "203.0.114.7": False, "nowhere": False}),
    ("IpAddress", ["192.0.2.5", "2001:db8::/32"], {"192.0.2.5": True, "2001:db8::17": True, "192.0.2.6": False}),
    ("NotIpAddress", "203.0.113.0/24", {"203.0.113.7": False, "203.0.114.7": True}),
    ("ArnEquals", TOPIC, {TOPIC: True, OTHER_TOPIC: False, QUEUE: False}),
    ("ArnEquals", "arn:aws:sns:*:*:sales", {TOPIC: True, f"{TOPIC}2": False}),
    ("ArnLike", f"arn:aws:sns:{REGION}:{OWNER}:s?les", {TOPIC: True, f"arn:aws:sns:{REGION}:{OWNER}:sals": False}),
    ("ArnLike", "arn:aws:*:sales", {TOPIC: False}),  # each part of an ARN for itself
    ("ArnLike", f"arn:aws:sns:*:{OWNER}:*", {TOPIC: True, f"{TOPIC}:0123": True, OTHER_TOPIC: False}),
    ("ArnNotEquals", TOPIC, {TOPIC: False, OTHER_TOPIC: True}),
    ("ArnNotLike", "arn:aws:sns:*:*:sal*", {TOPIC: False, QUEUE: True}),
    ("StringEqualsIfExists", "red", {"red": True, "blue": False}),
    ("NumericLessThanIfExists", "5", {"4": True, "6": False}),
    ("Null", "true", {"red": False}),
    ("Null", "false", {"red": True}),
)

_WITHOUT_THE_KEY = {
    "StringEquals": False,
    "StringLike": False,
    "StringNotEquals": True,
    "StringNotLike": True,
    "StringEqualsIfExists": True,
    "NumericEquals": False,
    "NumericNotEquals": True,
    "NumericLessThan": False,
    "DateLessThan": False,
    "DateNotEquals": True,
    "Bool": False,
    "BoolIfExists": True,
    "BinaryEquals": False,
    "IpAddress": False,
    "NotIpAddress": True,
    "ArnLike": False,
    "ArnNotLike": True,
    "ArnEqualsIfExists": True,
    "ForAllValues:StringEquals": True,
    "ForAnyValue:StringEquals": False,
    "ForAnyValue:StringNotEquals": False,
}


def conditions() -> Iterator[Row]:
    key = "aws:PrincipalTag/what"
    for operator, wanted, by_value in _TEXTS:
        for value, holds in by_value.items():
            own = may(Condition={operator: {key: wanted}})
            yield Row(OPERATORS, ALLOWED if holds else NO_IDENTITY, own=(own,), tags={"what": value})
    for operator, holds in _WITHOUT_THE_KEY.items():
        denying = deny(Condition={operator: {key: "5"}})
        yield Row(OPERATORS, BY_RESOURCE if holds else ALLOWED, queue=(denying,), own=(may(),))
    red_and_big = {"StringEquals": {key: "red", "aws:PrincipalTag/size": "big"}}
    red_and_five = {"StringEquals": {key: "red"}, "NumericEquals": {"aws:PrincipalTag/size": "5"}}
    for condition, tags, holds in (
        (red_and_big, {"what": "red", "size": "big"}, True),
        (red_and_big, {"what": "red", "size": "small"}, False),
        (red_and_big, {"what": "red"}, False),
        (red_and_five, {"what": "red", "size": "5"}, True),
        (red_and_five, {"what": "blue", "size": "5"}, False),
        ({"StringEquals": {"AWS:principaltag/WHAT": "red"}}, {"what": "red"}, True),
        ({"Null": {key: "true"}}, {}, True),
        ({"Null": {key: "false"}}, {}, False),
        ({}, {}, True),
    ):
        yield Row(OPERATORS, ALLOWED if holds else NO_IDENTITY, own=(may(Condition=condition),), tags=tags)


def keys() -> Iterator[Row]:
    for who, key, operator, value, holds in (
        ("alice", "aws:username", "StringEquals", "alice", True),
        ("session", "aws:username", "StringLike", "*", False),
        ("alice", "aws:PrincipalArn", "ArnEquals", ALICE, True),
        ("session", "aws:PrincipalArn", "ArnEquals", WORKER, True),
        ("session", "aws:PrincipalArn", "ArnEquals", SESSION, False),
        ("alice", "aws:PrincipalAccount", "StringEquals", OWNER, True),
        ("alice", "aws:PrincipalType", "StringEquals", "User", True),
        ("session", "aws:PrincipalType", "StringEquals", "AssumedRole", True),
        ("session", "aws:userid", "StringLike", "AROA*:one", True),
        ("alice", "aws:userid", "StringLike", "AIDA*", True),
        ("alice", "aws:PrincipalIsAWSService", "Bool", "false", True),
        ("alice", "aws:SecureTransport", "Bool", "true", True),
        ("alice", "aws:RequestedRegion", "StringEquals", REGION, True),
        ("alice", "aws:RequestedRegion", "StringEquals", "eu-west-1", False),
        ("alice", "aws:SourceIp", "IpAddress", "127.0.0.0/8", True),
        ("alice", "aws:SourceIp", "IpAddress", "203.0.113.0/24", False),
        ("alice", "aws:UserAgent", "StringLike", "*Boto3*", True),
        ("alice", "aws:ViaAWSService", "Bool", "false", True),
        ("alice", "aws:CurrentTime", "DateGreaterThan", "2020-01-01", True),
        ("alice", "aws:CurrentTime", "DateLessThan", "2020-01-01", False),
        ("alice", "aws:EpochTime", "NumericGreaterThan", "1577836800", True),
        ("alice", "aws:SourceArn", "Null", "true", True),
        ("alice", "aws:SourceAccount", "Null", "true", True),
        ("alice", "aws:PrincipalTag/x", "Null", "true", True),
    ):
        own = may(Condition={operator: {key: value}})
        yield Row(KEYS, ALLOWED if holds else NO_IDENTITY, who, own=(own,))
    for wanted, holds in ((["a", "b"], True), (["a", "b", "c"], True), (["a"], False)):
        own = may("*", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": wanted}})
        yield Row(MULTIVALUED, ALLOWED if holds else NO_IDENTITY, "alice", "TagQueue", own=(own,))
    for wanted, holds in ((["a"], True), (["c"], False), (["c", "b"], True)):
        own = may("*", Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": wanted}})
        yield Row(MULTIVALUED, ALLOWED if holds else NO_IDENTITY, "alice", "TagQueue", own=(own,))
    for key, value, holds in (("a", "1", True), ("a", "2", False), ("c", "1", False)):
        own = may("*", Condition={"StringEquals": {f"aws:RequestTag/{key}": value}})
        yield Row(KEYS, ALLOWED if holds else NO_IDENTITY, "alice", "TagQueue", own=(own,))
    for key, value, holds in (("stage", "test", True), ("stage", "prod", False), ("team", "test", False)):
        own = may(Condition={"StringEquals": {f"aws:ResourceTag/{key}": value}})
        yield Row(SQS_ACTIONS, ALLOWED if holds else NO_IDENTITY, own=(own,))


def variables() -> Iterator[Row]:
    here = f"arn:aws:sqs:{REGION}:{OWNER}:"
    what = "aws:PrincipalTag/what"
    for resource, tags, covers in (
        (f"{here}${{aws:PrincipalTag/what}}", {"what": "orders"}, True),
        (f"{here}${{aws:PrincipalTag/what}}", {"what": "bills"}, False),
        (f"{here}${{aws:PrincipalTag/what}}", {}, False),
        (f"{here}${{aws:PrincipalTag/what}}", {"what": "*"}, False),  # a variable's value is a plain text
        (f"{here}ord${{aws:PrincipalTag/what}}s", {"what": "er"}, True),
        (f"{here}${{aws:PrincipalTag/what}}*", {"what": "ord"}, True),
        (f"{here}${{aws:PrincipalTag/what, 'orders'}}", {}, True),
        (f"{here}${{aws:PrincipalTag/what, 'bills'}}", {"what": "orders"}, True),
        ("arn:aws:sqs:*:${aws:PrincipalAccount}:orders", {}, True),
        (f"{here}${{aws:username}}-*", {}, False),
        (f"{here}order${{*}}", {}, False),
        (f"{here}order${{?}}", {}, False),
    ):
        yield Row(VARIABLES, ALLOWED if covers else NO_IDENTITY, own=(may(resource=resource),), tags=tags)
        yield Row(VERSION, NO_IDENTITY, own=(may(resource=resource),), tags=tags, version="2008-10-17")
    for operator, wanted, tags, holds in (
        ("StringEquals", "${aws:username}", {"what": "alice"}, True),
        ("StringEquals", "${aws:username}", {"what": "bob"}, False),
        ("StringLike", "${aws:username}-*", {"what": "alice-1"}, True),
        ("StringEquals", "${aws:PrincipalTag/none}", {"what": ""}, False),
        ("StringEquals", "${aws:PrincipalTag/none, 'x'}", {"what": "x"}, True),
        ("StringNotEquals", "${aws:username}", {"what": "alice"}, False),
        ("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:user/*", {"what": ALICE}, True),
        ("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:user/*", {"what": BOB}, False),
        ("StringEquals", "${$}{x}", {"what": "${x}"}, True),
        ("StringLike", "a${*}", {"what": "a*"}, True),
        ("StringLike", "a${*}", {"what": "ab"}, False),
        ("StringEquals", "${unknown", {"what": "${unknown"}, True),
    ):
        own = may(Condition={operator: {what: wanted}})
        yield Row(VARIABLES, ALLOWED if holds else NO_IDENTITY, own=(own,), tags=tags)
    literal = may(Condition={"StringEquals": {what: "${aws:username}"}})
    for version in ("2008-10-17", None):
        yield Row(VERSION, ALLOWED, own=(literal,), tags={"what": "${aws:username}"}, version=version)
        yield Row(VERSION, NO_IDENTITY, own=(literal,), tags={"what": "alice"}, version=version)


ROWS: tuple[Row, ...] = (
    *within_the_account(),
    *principals(),
    *from_another_account(),
    *anonymous_and_services(),
    *actions_and_resources(),
    *conditions(),
    *keys(),
    *variables(),
)
