"""What all batches have in common: checks that fail the whole call, and entries that fail alone.

Source: the SQS API Reference, SendMessageBatch, DeleteMessageBatch and ChangeMessageVisibilityBatch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from decaf.base.errors import batch_text
from decaf_protocol import AWSError, Params, Result, error_code

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check_batch(entries: Sequence[Params], entry_type: str, most: int) -> None:
    """Raises the error of a batch that is empty, too long, or whose entries' ids are bad or not distinct."""
    if not entries:
        raise AWSError("EmptyBatchRequest", f"There should be at least one {entry_type} in the request.")
    if len(entries) > most:
        raise AWSError(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {most}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        if not _ID.fullmatch(entry["Id"]):
            raise AWSError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry["Id"] in seen:
            raise AWSError("BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def each(entries: Sequence[Params], do: Callable[[Params], Result]) -> Result:
    """Do all entries in order: what succeeded, and what failed with which error."""
    successful: list[Result] = []
    failed: list[Result] = []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **do(entry)})
        except AWSError as error:
            code = error_code("sqs", error.shape)
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": batch_text(error)})
    return {"Successful": successful, "Failed": failed}
