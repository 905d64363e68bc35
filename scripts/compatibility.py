"""Writes docs/compatibility.md: every operation, attribute and limit of SQS and SNS, and whether Decaf has it.

Of STS, which Decaf has only for GetCallerIdentity and the like, and of Lambda it has the operations alone.

Rule: AWS's side is read from the models, Decaf's from the tables that it runs by. Only the notes on partial support and
the limits that are no settings are written by hand.

    python -m scripts.compatibility
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from decaf.base.settings import limits_of
from decaf_protocol import models, operations

PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"

_SERVICES = {"sqs": "SQS", "sns": "SNS", "sts": "STS", "lambda": "Lambda"}
_OPERATIONS = {  # where their table is
    "sqs": "decaf.api.sqs",
    "sns": "decaf.api.sns",
    "sts": "decaf.api.sts",
    "lambda": "decaf.api.lambda_",
}

_NOT_ENFORCED = "stored and returned; no request is refused because of it"
_NOT_ENCRYPTED = "stored and returned; nothing is encrypted, and any key is accepted"

_NOT_LOGGED = "stored and returned; deliveries are in the events, not in logs of AWS's form"
_FEEDBACK = tuple(
    f"{protocol}{what}"
    for protocol in ("", "Application", "Firehose", "HTTP", "Lambda", "SQS")
    for what in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
)

# Partial support: the service, the name of an operation or attribute, and the part that is missing.
PARTLY: Mapping[tuple[str, str], str] = {
    ("SQS", "Policy"): f"checked; {_NOT_ENFORCED}",
    ("SQS", "KmsMasterKeyId"): _NOT_ENCRYPTED,
    ("SQS", "KmsDataKeyReusePeriodSeconds"): _NOT_ENCRYPTED,
    ("SQS", "SqsManagedSseEnabled"): "stored and returned; nothing is encrypted",
    ("SQS", "FifoThroughputLimit"): "stored and returned; no request is throttled",
    ("SNS", "FifoThroughputScope"): "decides which messages are duplicates; no request is throttled",
    ("SNS", "Policy"): f"checked; {_NOT_ENFORCED}",
    ("SNS", "KmsMasterKeyId"): _NOT_ENCRYPTED,
    ("SNS", "TracingConfig"): "stored and returned; nothing is traced",
    ("SNS", "PlatformCredential"): "never returned; any is accepted",
    ("SNS", "PlatformPrincipal"): "never returned; any is accepted",
    ("SNS", "SubscriptionRoleArn"): "stored and returned; only its form is checked",
    **{("SNS", name): _NOT_LOGGED for name in _FEEDBACK},
    ("Lambda", "CreateFunction"): "code is a zip file with Python; no layers, images, versions or file systems",
    ("Lambda", "UpdateFunctionCode"): "code is a zip file with Python",
    ("Lambda", "CreateEventSourceMapping"): "of queues",
    ("Lambda", "ListVersionsByFunction"): "there is $LATEST alone",
    ("Lambda", "ListAliases"): "there are none",
    ("Lambda", "GetFunctionCodeSigningConfig"): "nothing is signed",
}

# Limits that are no settings: yes, or no with the reason.
FIXED_LIMITS: tuple[tuple[str, str, str, str], ...] = (
    (
        "SNS",
        "managed data identifiers",
        "all of AWS's",
        "all kept; those that AWS finds by machine learning are not applied, and events say so",
    ),
    ("SQS", "name of a queue", "1 to 80 characters", "yes"),
    ("SQS", "id of a batch entry", "1 to 80 characters", "yes"),
    ("SQS", "name and type of a message attribute", "1 to 256 characters", "yes"),
    ("SQS", "number in a message attribute", "38 digits, 10^-128 to 10^126", "yes"),
    ("SQS", "group, deduplication and receive attempt id", "1 to 128 characters", "yes"),
    ("SQS", "key and value of a tag", "128 and 256 characters", "yes"),
    ("SQS", "label of a permission", "1 to 80 characters", "yes"),
    ("SQS", "message move tasks remembered and listed", "10", "yes"),
    ("SQS", "smallest MaximumMessageSize", "1,024 bytes", "yes"),
    ("SQS", "KmsDataKeyReusePeriodSeconds", "60 to 86,400 seconds", "yes"),
    ("SQS", "time that deduplication and receive attempt ids are remembered", "300 seconds", "yes"),
    ("SQS", "messages of a FIFO queue searched for a free group", "120,000", "no: all are searched"),
    ("SQS", "requests in a second", "300 for FIFO, 30 for tags ...", "no: no request is throttled"),
    ("SNS", "keys of a filter policy", "5", "yes"),
    ("SNS", "combinations of a filter policy", "150", "yes"),
    ("SNS", "points of a filter policy's wildcards", "100", "yes"),
    ("SNS", "longest filter policy", "262,144 bytes", "yes"),
    ("SNS", "retention period of an archive", "1 to 365 days", "yes"),
    ("SNS", "group and deduplication id", "1 to 128 characters", "yes"),
    ("SNS", "longest text message", "1,600 characters", "yes"),
    ("SNS", "numbers in the SMS sandbox", "10", "yes"),
    ("SNS", "one-time passwords to a number in 24 hours", "5", "yes"),
    ("SNS", "opt-in of a number", "once in 30 days", "yes"),
    ("SNS", "cost of text messages in a month", "1 US dollar unless set", "yes, with setting `sms_price`"),
    ("SNS", "longest payload of a push notification", "4,096 bytes; VoIP 5,120, ADM 6,144", "yes"),
    ("SNS", "longest record of a delivery stream", "1,024,000 bytes", "yes"),
    ("SNS", "longest policy of a topic", "30,720 bytes", "yes"),
    ("SNS", "longest data protection policy", "30,720 characters", "yes"),
    (
        "SNS",
        "Regex of a custom data identifier (AWS closed data protection to new customers on 2026-04-30)",
        "200 characters, not too complicated",
        "yes, if it is matched in linear time",
    ),
)

# Attributes by the tables they live in: heading, service, module, names of tables, where the model lists them all.
_TABLES: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, str] | None], ...] = (
    (
        "Queue attributes",
        "SQS",
        "decaf.sqs.attributes",
        ("SETTABLE", "COMPUTED"),
        ("GetQueueAttributes", "AttributeNames"),
    ),
    (
        "Message system attributes",
        "SQS",
        "decaf.api.sqs.rendering",
        ("SYSTEM_ATTRIBUTES",),
        ("ReceiveMessage", "MessageSystemAttributeNames"),
    ),
    ("Topic attributes", "SNS", "decaf.sns.topic_attributes", ("AT_CREATION",), None),
    ("Subscription attributes", "SNS", "decaf.sns.subscription_attributes", ("SETTABLE", "OF_FIFO_TOPICS"), None),
    ("Platform application attributes", "SNS", "decaf.sns.platform", ("APPLICATION",), None),
    ("Platform endpoint attributes", "SNS", "decaf.sns.platform", ("ENDPOINT",), None),
)


def render() -> str:
    """Return the page, in Markdown."""
    return "\n".join(
        [
            "# Compatibility",
            "",
            "For those who ask whether Decaf has what they use of AWS.",
            "",
            "Operations, attributes and limits of Amazon SQS, SNS, STS and AWS Lambda in Decaf.",
            "Made by `python -m scripts.compatibility`; do not edit.",
            "",
            *_operations(),
            *_attributes(),
            *_limits(),
        ]
    )


def _operations() -> Iterator[str]:
    for name, service in _SERVICES.items():
        has = _tables(_OPERATIONS[name], ("OPERATIONS",))
        yield from _table(f"{service} operations", ("operation", "in Decaf"), _rows(service, operations(name), has))


def _attributes() -> Iterator[str]:
    for heading, service, module, tables, where in _TABLES:
        has = _tables(module, tables)
        names = sorted(has if where is None else _in_model(service.lower(), *where))
        if names:
            yield from _table(heading, ("attribute", "in Decaf"), _rows(service, names, has))


def _limits() -> Iterator[str]:
    rows = [
        (service, about, value, state)
        for service in _SERVICES.values()
        for about, value, state in (*_settings(service), *_fixed(service))
    ]
    yield from _table("Limits", ("service", "limit", "AWS's value", "in Decaf"), rows)


def _settings(service: str) -> Iterator[tuple[str, str, str]]:
    for setting in limits_of(service):
        yield setting.about, f"{int(setting.default):,}", f"yes, setting `{setting.name}`"


def _fixed(service: str) -> Iterator[tuple[str, str, str]]:
    return ((about, value, state) for owner, about, value, state in FIXED_LIMITS if owner == service)


def _in_model(service: str, operation: str, member: str) -> set[str]:
    """Return the names that the model lists for a parameter, except All."""
    names = models.service(service).operations[operation].input.members[member].element
    assert names is not None
    return set(names.enum) - {"All"}


def _tables(module: str, names: Iterable[str]) -> set[str]:
    """Return the keys of a module's tables; none when there is no such module."""
    parent, _, _ = module.rpartition(".")
    if find_spec(parent) is None or find_spec(module) is None:
        return set()
    loaded: Any = import_module(module)
    return {key for name in names for key in getattr(loaded, name)}


def _rows(service: str, names: Iterable[str], has: set[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        note = PARTLY.get((service, name))
        yield name, "no" if name not in has else f"partly: {note}" if note else "yes"


def _table(heading: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield _line(columns)
    yield _line(("---",) * len(columns))
    yield from map(_line, rows)
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
