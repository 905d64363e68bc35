"""Nothing is left to do here: the barista calls out the orders."""

import time

while True:
    time.sleep(1)
