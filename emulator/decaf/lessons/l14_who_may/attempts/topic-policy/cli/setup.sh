# Makes the shop ready: the topic `orders` gets a permission, for whoever may be refused.
. ./shop.sh

topic=$(aws sns create-topic --name orders --query TopicArn --output text)
queue=$(queue_url orders)
arn=$(aws sqs get-queue-attributes --queue-url "$queue" --attribute-names QueueArn \
    --query Attributes.QueueArn --output text)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$arn" \
    --attributes RawMessageDelivery=true > /dev/null

account=$(echo "$topic" | cut -d : -f 5)
aws sns add-permission --topic-arn "$topic" --label shop --aws-account-id "$account" --action-name Publish
echo "$arn is subscribed to $topic"
