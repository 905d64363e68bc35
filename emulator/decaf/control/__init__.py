"""The control API, under `/_decaf`: what AWS has no call for. It uses public functions of the world only."""

from __future__ import annotations

PREFIX = "/_decaf"
FILE_PATH = "/snapshots/file"
FILES = PREFIX + FILE_PATH  # where bodies may be longer than elsewhere
