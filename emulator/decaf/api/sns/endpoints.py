"""The endpoints that can be subscribed: the form that each protocol's must have.

Rule: one check per protocol, in a table.

Source: the SNS API Reference, Subscribe; texts as the real service words them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from decaf.api.sns.service import Sns
from decaf.base.arn import read_arn
from decaf.functions.function import is_function_arn
from decaf.sns.errors import invalid, invalid_sms_endpoint
from decaf.sns.sms.numbers import is_endpoint
from decaf.sns.topic import Topic
from decaf_protocol import ACCOUNT

_MAIL_BOX = re.compile(r"[^@\s;,]+@[^@\s;,]+")
_STREAM = re.compile(rf"arn:aws[a-z-]*:firehose:[a-z0-9-]+:{ACCOUNT}:deliverystream/[A-Za-z0-9_.-]{{1,64}}")


def check_endpoint(sns: Sns, topic: Topic, protocol: str, endpoint: str) -> None:
    """Raises InvalidParameter for an unknown protocol, one that the topic does not support, or a malformed endpoint."""
    check = CHECKS.get(protocol)
    if topic.is_fifo and protocol != "sqs" and check is not None:
        raise invalid(f"Invalid protocol type: {protocol}")
    if check is None:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if not endpoint:
        raise invalid("Endpoint Reason: no value for required parameter")
    check(sns, endpoint)
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.is_fifo:
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )


def _queue(sns: Sns, endpoint: str) -> None:
    """A queue need not exist; deliveries to one that does not exist fail."""
    arn = read_arn(endpoint)
    if arn is None or arn.service != "sqs" or not arn.resource or ":" in arn.resource:
        raise invalid("SQS endpoint ARN")


def _mail_box(sns: Sns, endpoint: str) -> None:
    if not _MAIL_BOX.fullmatch(endpoint):
        raise invalid("Email address")


def _phone(sns: Sns, endpoint: str) -> None:
    if not is_endpoint(endpoint):
        raise invalid_sms_endpoint(endpoint)


def _url(scheme: str) -> Callable[[Sns, str], None]:
    def check(sns: Sns, endpoint: str) -> None:
        try:
            url = urlsplit(endpoint)
            named = url.scheme == scheme and bool(url.hostname) and url.port != 0
        except ValueError:
            named = False
        if not named:
            raise invalid("Endpoint must match the specified protocol")

    return check


def _app(sns: Sns, endpoint: str) -> None:
    arn = read_arn(endpoint)
    if arn is None or arn.service != "sns" or not arn.resource.startswith("endpoint/"):
        raise invalid(f"Application endpoint arn invalid:{endpoint}")
    if sns.store.find_endpoint(arn) is None:
        raise invalid(
            f"Endpoint Reason: Endpoint does not exist for endpoint arn{endpoint}"
        )  # recorded with "arn" twice


def _function(sns: Sns, endpoint: str) -> None:
    """A function need not exist; deliveries to one that does not exist fail."""
    if not is_function_arn(endpoint):
        raise invalid("Lambda endpoint ARN")


def _stream(sns: Sns, endpoint: str) -> None:
    """Only the form is checked: delivery streams are not resources of Decaf's."""
    if not _STREAM.fullmatch(endpoint):
        raise invalid("Firehose endpoint ARN")


CHECKS: dict[str, Callable[[Sns, str], None]] = {
    "application": _app,
    "lambda": _function,
    "email": _mail_box,
    "email-json": _mail_box,
    "firehose": _stream,
    "http": _url("http"),
    "https": _url("https"),
    "sms": _phone,
    "sqs": _queue,
}
