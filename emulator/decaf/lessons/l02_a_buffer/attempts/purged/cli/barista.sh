# The barista makes two orders, and empties the queue when it is time to go home.
. ./shop.sh

orders=$(queue_url orders)
for order in $(aws sqs receive-message --queue-url "$orders" --max-number-of-messages 2 --wait-time-seconds 5 \
    --query 'Messages[].Body' --output text); do
    make "$order"
done
aws sqs purge-queue --queue-url "$orders"
