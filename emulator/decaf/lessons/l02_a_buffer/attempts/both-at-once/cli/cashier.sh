# The cashier puts each order into the queue `orders`, and makes it before the next customer comes.
. ./shop.sh

orders=$(queue_url orders)
for order in 1 2 3 4; do
    aws sqs send-message --queue-url "$orders" --message-body "$order" > /dev/null
    receipt=$(aws sqs receive-message --queue-url "$orders" --query 'Messages[0].ReceiptHandle' --output text)
    make "$order"
    aws sqs delete-message --queue-url "$orders" --receipt-handle "$receipt"
done
