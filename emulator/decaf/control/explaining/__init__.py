"""Why a message or a notification is not where somebody looks for it: from what happened, and where it is now."""

from decaf.control.explaining.route import ROUTES

__all__ = ["ROUTES"]
