"""The cashier takes orders, and hands each of them straight to the barista."""

from shop import hand_over, report, take

ORDERS = 20

lost = []
for order in range(1, ORDERS + 1):
    take(order)
    taken_over = hand_over(order)
    if not taken_over:
        # The barista may be back in a moment: try once more.
        hand_over(order)
report(lost)
