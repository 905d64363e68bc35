# One of two baristas: makes one order after the other. One that cannot be made is not deleted, so it comes back.
. ./shop.sh
. ./machine.sh

orders=$(queue_url orders.fifo)
while true; do
    answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 \
        --query 'Messages[0].[ReceiptHandle, Body]' --output text)
    if [ "$answer" = None ] || [ -z "$answer" ]; then
        continue
    fi
    receipt=$(echo "$answer" | cut -f 1)
    order=$(echo "$answer" | cut -f 2 | sed 's/.*"order": *\([0-9]*\).*/\1/')
    if brew "$order"; then
        make "$order"
        aws sqs delete-message --queue-url "$orders" --receipt-handle "$receipt"
    else
        echo "order $order: the machine is out of milk"
    fi
done
