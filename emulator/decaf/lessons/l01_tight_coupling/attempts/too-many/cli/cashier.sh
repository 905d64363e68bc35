# The cashier does not know, and reports all orders.
. ./shop.sh

for order in 1 2 3 4 5 6; do
    take $order
    hand_over $order || hand_over $order
done
report "1 2 3 4 5 6"
