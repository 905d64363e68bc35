# The cashier notes every order that the barista did not take at once.
. ./shop.sh

lost=""
for order in 1 2 3 4 5 6; do
    take $order
    if ! hand_over $order; then
        lost="$lost $order"
        hand_over $order
    fi
done
report "$lost"
