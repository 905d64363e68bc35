"""The cashier does not know, and reports all orders."""

from shop import hand_over, report, take

ORDERS = 20

for order in range(1, ORDERS + 1):
    take(order)
    if not hand_over(order):
        hand_over(order)
report(list(range(1, ORDERS + 1)))
