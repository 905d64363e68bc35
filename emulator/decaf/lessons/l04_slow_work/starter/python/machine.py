"""The coffee machine. You need not change this file."""

import time


class MachineBroken(Exception):
    """The machine stopped in the middle of an order."""


def brew(order):
    """Brew a slow coffee: it takes five seconds. Order 2 fails after a second and a half, whoever makes it."""
    if order == 2:
        time.sleep(1.5)
        raise MachineBroken("the machine broke")
    time.sleep(5)
