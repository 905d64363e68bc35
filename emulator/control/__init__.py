"""Decaf's own calls, under `/_decaf`: what AWS has no call for. Public functions of the world only."""

from emulator.control.routes import PREFIX, ROUTES, handle, refuse

__all__ = ["PREFIX", "ROUTES", "handle", "refuse"]
