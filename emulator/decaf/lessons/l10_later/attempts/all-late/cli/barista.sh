# The barista makes every order that comes: those that are for later come later.
. ./shop.sh

orders=$(queue_url orders)
while true; do
    answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 \
        --query 'Messages[0].[ReceiptHandle, Body]' --output text)
    if [ "$answer" = None ] || [ -z "$answer" ]; then
        continue
    fi
    receipt=$(echo "$answer" | cut -f 1)
    order=$(echo "$answer" | cut -f 2 | sed 's/.*"order": *\([0-9]*\).*/\1/')
    make "$order"
    aws sqs delete-message --queue-url "$orders" --receipt-handle "$receipt"
done
