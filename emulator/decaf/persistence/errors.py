"""Errors of a data directory. No client sees them: requests are refused with an error of AWS's."""

from __future__ import annotations


class Unusable(Exception):
    """The data directory cannot be used; the text has its path, and the reason."""


class CommitFailed(Exception):
    """A change could not be written to the disk, and is undone."""
