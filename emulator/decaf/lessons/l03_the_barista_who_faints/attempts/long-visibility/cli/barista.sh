# The barista wants nobody else to get an order meanwhile: the queue shall lend it for twelve hours.
. ./shop.sh

orders=$(queue_url orders)
while true; do
    # Ask for one order, and wait up to five seconds for it. The answer is one line: the receipt handle, and the body.
    answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 --visibility-timeout 43200 \
        --query 'Messages[0].[ReceiptHandle, Body]' --output text)
    if [ "$answer" = None ] || [ -z "$answer" ]; then
        continue
    fi
    receipt=$(echo "$answer" | cut -f 1)
    order=$(echo "$answer" | cut -f 2 | tr -dc 0-9)  # the number in the body, which is {"order": 1}
    make "$order"
    aws sqs delete-message --queue-url "$orders" --receipt-handle "$receipt"
done
