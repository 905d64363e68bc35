# The cashier takes orders, puts them into the queue `orders`, and goes home.
. ./shop.sh

orders=$(queue_url orders)
for order in 1 2 3 4 5 6; do
    aws sqs send-message --queue-url "$orders" --message-body "{\"order\": $order}" > /dev/null
    echo "took order $order"
done
