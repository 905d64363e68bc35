"""What goes wrong with a data directory. No client is told of these: calls are answered with errors of AWS's."""

from __future__ import annotations


class Unusable(Exception):
    """The data directory cannot be used; the text says which, and why."""


class NotKept(Exception):
    """A change could not be written to the disk, and is undone."""
