# The cashier sends the orders of three customers to a FIFO queue.
. ./shop.sh

orders=$(queue_url orders.fifo)
for line in 1:Ada 2:Bo 3:Cy 4:Bo 5:Ada 6:Cy; do # the order, and the customer
    order=${line%:*}
    customer=${line#*:}
    aws sqs send-message --queue-url "$orders" \
        --message-body "{\"order\": $order, \"customer\": \"$customer\"}" \
        --message-group-id "$customer" \
        --message-deduplication-id "$order" > /dev/null
    echo "took order $order for $customer"
done
