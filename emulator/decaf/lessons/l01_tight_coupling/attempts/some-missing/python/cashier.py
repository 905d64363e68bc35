"""The cashier keeps the number of the lost order, but only that of the last one."""

from shop import hand_over, report, take

ORDERS = 20

lost = []
for order in range(1, ORDERS + 1):
    take(order)
    if not hand_over(order) and not hand_over(order):
        lost = [order]
report(lost)
