"""The server of tests that come over HTTP: Decaf's own, as everybody's tests have it."""

from __future__ import annotations

from emulator.testing import Decaf as Live

__all__ = ["Live"]
