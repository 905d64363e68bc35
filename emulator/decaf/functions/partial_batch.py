"""Which messages of a batch stay in the queue, by what the function returned: ReportBatchItemFailures.

Rule: a report that cannot be read counts as the failure of the whole batch, so that no message is lost by it.

Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda"; recorded answers of the service
for `{}` and for an entry with another key.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from decaf.base.printable import encodable

_LIST = "batchItemFailures"
_ITEM = "itemIdentifier"


class BadReport(Exception):
    """What the function returned does not say which messages failed; the text is the reason."""


def failed_items(response: bytes, batch: Collection[str]) -> frozenset[str]:
    """Returns the ids of the messages in `batch` that `response`, JSON, reports as failed; empty when all succeeded.

    Nothing at all, null, `{}`, and a list that is empty or null say that all succeeded. Raises BadReport.
    """
    report = _read(response)
    if report is None:
        return frozenset()
    if not isinstance(report, dict):
        raise BadReport(f"the response is not an object: {_shown(report)}")
    items = report.get(_LIST)
    if items is None:
        return frozenset()
    if not isinstance(items, list):
        raise BadReport(f"{_LIST} is not a list: {_shown(items)}")
    return frozenset(_identifier(item, batch) for item in items)


def _read(response: bytes) -> Any:
    if not response.strip():
        return None
    try:
        return json.loads(response)
    except (ValueError, RecursionError):
        raise BadReport("the response is not JSON") from None


def _identifier(item: Any, batch: Collection[str]) -> str:
    identifier = item.get(_ITEM) if isinstance(item, dict) else None
    if not isinstance(identifier, str) or not identifier:
        raise BadReport(f"an entry of {_LIST} has no {_ITEM}: {_shown(item)}")
    if identifier not in batch:
        raise BadReport(f"no message of the batch has the {_ITEM} {_shown(identifier)}")
    return identifier


def _shown(value: Any) -> str:
    text = encodable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 80 else f"{text[:80]}..."
