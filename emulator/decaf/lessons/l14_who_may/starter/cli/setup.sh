# Makes the shop ready: the topic `orders`, and the barista's queue `orders` subscribed to it.
. ./shop.sh

topic=$(aws sns create-topic --name orders --query TopicArn --output text)
queue=$(queue_url orders)
arn=$(aws sqs get-queue-attributes --queue-url "$queue" --attribute-names QueueArn \
    --query Attributes.QueueArn --output text)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$arn" \
    --attributes RawMessageDelivery=true > /dev/null
echo "$arn is subscribed to $topic"
