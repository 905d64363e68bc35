"""Decaf's own calls, under `/_decaf`: what AWS has no call for. Public functions of the world only."""

from emulator.control.routes import FILES, PREFIX, ROUTES, handle, too_large

__all__ = ["FILES", "PREFIX", "ROUTES", "handle", "too_large"]
