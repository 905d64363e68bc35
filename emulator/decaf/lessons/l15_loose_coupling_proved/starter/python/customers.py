"""The customers: one comes every fifth of a second, until the shop closes. You need not change this file."""

import os
import time

FIRST_ORDER = int(os.environ.get("FIRST_ORDER", "1"))  # a cashier who comes back goes on where the last one stopped


def customers():
    """Yields the number of each order."""
    order = FIRST_ORDER
    while True:
        yield order
        order += 1
        time.sleep(0.2)
