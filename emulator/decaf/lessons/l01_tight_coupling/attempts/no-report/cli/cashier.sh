# The cashier prints the lost orders, and reports none.
. ./shop.sh

for order in 1 2 3 4 5 6; do
    take $order
    hand_over $order || hand_over $order || echo "lost: $order"
done
