"""The control API, under `/_decaf`: operations that AWS does not have. It uses public functions of the world only."""

from __future__ import annotations

PREFIX = "/_decaf"
OPEN_PATH = PREFIX + "/health"  # answered to every machine: what waits for a container asks it
FILE_PATH = "/snapshots/file"
FILES = PREFIX + FILE_PATH  # the one path whose request bodies may be longer than others
