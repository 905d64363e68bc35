"""Explain where a message or a notification is, and why: from the history, and from the present state of the queues."""

from decaf.control.explain.route import ROUTES

__all__ = ["ROUTES"]
