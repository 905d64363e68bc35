# The barista makes orders, and hides those that are for later.
. ./shop.sh

orders=$(queue_url orders)
while true; do
    answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 \
        --attribute-names ApproximateReceiveCount \
        --query 'Messages[0].[ReceiptHandle, Attributes.ApproximateReceiveCount, Body]' --output text)
    if [ "$answer" = None ] || [ -z "$answer" ]; then
        continue
    fi
    receipt=$(echo "$answer" | cut -f 1)
    count=$(echo "$answer" | cut -f 2)
    body=$(echo "$answer" | cut -f 3)
    order=$(echo "$body" | sed 's/.*"order": *\([0-9]*\).*/\1/')
    minutes=$(echo "$body" | sed 's/.*"minutes": *\([0-9]*\).*/\1/')
    if [ "$minutes" -gt 0 ] && [ "$count" = 1 ]; then
        echo "order $order is for later"
        aws sqs change-message-visibility --queue-url "$orders" --receipt-handle "$receipt" \
            --visibility-timeout $((minutes * 60))
        continue
    fi
    make "$order"
    aws sqs delete-message --queue-url "$orders" --receipt-handle "$receipt"
done
