"""Batches of both services: the checks that fail a whole request, and entries that fail alone.

Source: the API References, SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch and PublishBatch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from decaf_protocol import AWSError, Params, Result, error_code

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class BatchErrors(msgspec.Struct, frozen=True):
    """The errors of a whole batch, in one service's words."""

    empty: Callable[[], AWSError]
    too_many: Callable[[int, int], AWSError]  # entries, allowed
    bad_id: Callable[[str], AWSError]
    repeated_id: Callable[[str], AWSError]


def check_batch(entries: Sequence[Params], most: int, errors: BatchErrors) -> None:
    """Raises one of `errors` for a batch that is empty, too long, or whose ids are bad or not distinct."""
    if not entries:
        raise errors.empty()
    if len(entries) > most:
        raise errors.too_many(len(entries), most)
    seen: set[str] = set()
    for entry in entries:
        entry_id: str = entry["Id"]
        if not _ID.fullmatch(entry_id):
            raise errors.bad_id(entry_id)
        if entry_id in seen:
            raise errors.repeated_id(entry_id)
        seen.add(entry_id)


def each(
    service: str,
    entries: Sequence[Params],
    operation: Callable[[Params], Result],
    text: Callable[[AWSError], str] = lambda error: error.message,
) -> Result:
    """Run `operation` on each entry, in order; returns which succeeded, and which failed with which error.

    `text` returns the message of an entry's error.
    """
    successful: list[Result] = []
    failed: list[Result] = []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **operation(entry)})
        except AWSError as error:
            code = error_code(service, error.shape)
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": text(error)})
    return {"Successful": successful, "Failed": failed}
