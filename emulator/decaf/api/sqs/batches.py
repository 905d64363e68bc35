"""Batches in SQS's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from decaf.api import batches
from decaf.api.batches import BatchErrors
from decaf.sqs import errors
from decaf_protocol import Params, Result


def batch_errors(entry_type: str) -> BatchErrors:
    """Returns the errors of an operation whose entries are of `entry_type`, as the model names it."""
    return BatchErrors(
        partial(errors.empty_batch, entry_type),
        errors.too_many_batch_entries,
        lambda entry_id: errors.invalid_batch_entry_id(),
        errors.batch_entry_id_repeated,
    )


def each(entries: Sequence[Params], operation: Callable[[Params], Result]) -> Result:
    """Run `operation` on each entry, in order; returns which succeeded, and which failed with which error."""
    return batches.each("sqs", entries, operation, errors.batch_text)
