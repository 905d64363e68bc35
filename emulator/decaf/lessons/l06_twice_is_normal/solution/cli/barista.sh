# The barista makes every order once: the notebook knows which ones are made.
. ./shop.sh
. ./notebook.sh

orders=$(queue_url orders)
while true; do
    answer=$(aws sqs receive-message --queue-url "$orders" --wait-time-seconds 5 \
        --query 'Messages[0].[ReceiptHandle, Body]' --output text)
    if [ "$answer" = None ] || [ -z "$answer" ]; then
        continue
    fi
    receipt=$(echo "$answer" | cut -f 1)
    order=$(echo "$answer" | cut -f 2)
    if ! knows "$order"; then
        make "$order"
        remember "$order"
    fi
    aws sqs delete-message --queue-url "$orders" --receipt-handle "$receipt"
done
