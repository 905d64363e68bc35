# The cashier takes orders, and hands each of them straight to the barista.
. ./shop.sh

lost=""
for order in 1 2 3 4 5 6; do
    take $order
    if ! hand_over $order; then
        # The barista may be back in a moment: try once more.
        hand_over $order
    fi
done
report "$lost"
