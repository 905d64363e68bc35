"""The coffee machine. You need not change this file."""

import os
import time


class MachineBroken(Exception):
    """The machine cannot make an order."""


def brew(order):
    """Brew an order. It takes a moment, and fails at order 2 until the machine is mended."""
    time.sleep(0.2)
    if order == 2 and os.environ.get("MACHINE") != "mended":
        raise MachineBroken("the machine is out of milk")
