"""What is reported of messages that a mapping passed to its function, or kept from it."""

from __future__ import annotations

import msgspec


class BatchReport(msgspec.Struct, frozen=True):
    """One fact about some messages of one batch: the subject of BatchProcessed, BatchFailed and MessageFiltered.

    `function` is an ARN, `batch_size` the number of all messages of the batch, and `reason` why they failed or were
    filtered out. `duration` is how long the function ran, in seconds.
    """

    function: str
    message_ids: tuple[str, ...]
    batch_size: int | None = None
    request_id: str | None = None
    reason: str | None = None
    duration: float | None = None
