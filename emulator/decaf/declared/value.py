"""Values as documents have them, and as calls take them: attributes and documents are text there.

Rule: what a value means is AWS's to judge. Here only its form changes: true is `true`, a table is its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from decaf.base.arn import Arn


class NoText(Exception):
    """A value cannot be written as text; the text says why."""


def as_text(value: Any) -> str:
    """A value of a document as an attribute's text. Raises NoText."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time):
        return _moment(value)
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_moment)
    except ValueError:
        raise NoText("a number that is none cannot be written as JSON") from None


def _moment(value: Any) -> str:
    """A time as policies have it."""
    return str(value.isoformat())


def queue_arn(named: str, account: str, region: str) -> str:
    """The ARN of a queue that is named by its ARN, or by its name in the same account and region."""
    return named if ":" in named else str(Arn("sqs", region, account, named))


def with_queue_arns(value: Any, account: str, region: str) -> Any:
    """A redrive policy or redrive allow policy, its queues given by their names or ARNs, with ARNs only."""
    if not isinstance(value, Mapping):
        return value
    return {member: _arns(inner, account, region) if member in _QUEUES else inner for member, inner in value.items()}


_QUEUES = ("deadLetterTargetArn", "sourceQueueArns")


def _arns(value: Any, account: str, region: str) -> Any:
    if isinstance(value, list):
        return [_arns(inner, account, region) for inner in value]
    return queue_arn(value, account, region) if isinstance(value, str) else value
