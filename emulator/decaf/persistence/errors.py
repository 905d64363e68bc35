"""Errors of what keeps the state. No client sees them: requests are refused with an error of AWS's."""

from __future__ import annotations


class Unusable(Exception):
    """The data directory or the database cannot be used; the text names it, and has the reason."""


class NotWritten(Exception):
    """What was to be written is not, as far as is known; the text is the reason."""


class Fenced(NotWritten):
    """Another node owns the state now: this one must not write any more."""


class CommitFailed(Exception):
    """A change could not be written, and is undone."""
