# Makes the shop ready: the topic `orders`, and the barista's queue with a condition, which names the queue.
. ./shop.sh

topic=$(aws sns create-topic --name orders --query TopicArn --output text)
queue=$(queue_url orders)
arn=$(aws sqs get-queue-attributes --queue-url "$queue" --attribute-names QueueArn \
    --query Attributes.QueueArn --output text)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$arn" \
    --attributes RawMessageDelivery=true > /dev/null

policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage", "Resource": "'$arn'", "Condition": {"ArnEquals": {"aws:SourceArn": "'$arn'"}}}]}'
# The policy is a text inside JSON: its line breaks go, and its quotation marks get a backslash.
text=$(echo "$policy" | tr '\n' ' ' | sed 's/"/\\"/g')
aws sqs set-queue-attributes --queue-url "$queue" --attributes "{\"Policy\": \"$text\"}"
echo "$arn is subscribed to $topic"
