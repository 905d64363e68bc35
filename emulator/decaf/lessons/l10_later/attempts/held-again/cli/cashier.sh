# The cashier sends five orders. Two of the customers come in ten minutes.
. ./shop.sh

orders=$(queue_url orders)
for line in 1:0 2:10 3:0 4:10 5:0; do # the order, and the minutes until the customer comes
    order=${line%:*}
    minutes=${line#*:}
    aws sqs send-message --queue-url "$orders" --delay-seconds $((minutes * 60)) \
        --message-body "{\"order\": $order, \"minutes\": $minutes}" > /dev/null
    echo "took order $order"
done
