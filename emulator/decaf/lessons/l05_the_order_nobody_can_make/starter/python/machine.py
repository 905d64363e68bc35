"""The coffee machine. You need not change this file."""

import os


class MachineBroken(Exception):
    """The machine cannot make an order."""


def prepare(order):
    """Get the machine ready for an order. It cannot make order 13 until it is mended."""
    if order == 13 and os.environ.get("MACHINE") != "mended":
        raise MachineBroken("there is no part for it in the machine")
