"""The coffee machine. You need not change this file."""

import time


def brew(order):
    """Brew a coffee. It takes half a second."""
    time.sleep(0.5)
