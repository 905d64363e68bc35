"""Decaf's own calls, under `/_decaf`: what AWS has no call for."""

from emulator.control.routes import PREFIX, handle

__all__ = ["PREFIX", "handle"]
