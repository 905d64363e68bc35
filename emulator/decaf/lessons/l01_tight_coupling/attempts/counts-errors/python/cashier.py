"""The cashier notes every order that the barista did not take at once."""

from shop import hand_over, report, take

ORDERS = 20

lost = []
for order in range(1, ORDERS + 1):
    take(order)
    if not hand_over(order):
        lost.append(order)
        hand_over(order)
report(lost)
