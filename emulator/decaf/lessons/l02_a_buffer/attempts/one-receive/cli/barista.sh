# The barista takes one order, makes it, and goes home.
. ./shop.sh

orders=$(queue_url orders)
answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 \
    --query 'Messages[0].[ReceiptHandle, Body]' --output text)
make "$(echo "$answer" | cut -f 2)"
aws sqs delete-message --queue-url "$orders" --receipt-handle "$(echo "$answer" | cut -f 1)"
