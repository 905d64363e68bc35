# The barista takes orders out of the queue `orders`, and makes them.
. ./shop.sh

orders=$(queue_url orders)
while true; do
    # Ask for one order, and wait up to five seconds for it. The answer is one line: the receipt handle, and the body.
    answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 \
        --query 'Messages[0].[ReceiptHandle, Body]' --output text)
    if [ "$answer" = None ] || [ -z "$answer" ]; then
        continue
    fi
    receipt=$(echo "$answer" | cut -f 1)
    order=$(echo "$answer" | cut -f 2)
    make "$order"
done
