"""The control API, under `/_decaf`: operations that AWS does not have. It uses public functions of the world only."""

from __future__ import annotations

PREFIX = "/_decaf"
FILE_PATH = "/snapshots/file"
FILES = PREFIX + FILE_PATH  # the one path whose request bodies may be longer than others
