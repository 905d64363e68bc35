# Makes the newsletter ready: one topic for all news, and for each customer a policy of what they like.
. ./shop.sh

# subscribe CUSTOMER TOPIC ATTRIBUTES: lets a customer's mail box, the queue with their name, get what is published.
subscribe() {
    box=$(aws sqs get-queue-attributes --queue-url "$(queue_url "$1")" --attribute-names QueueArn \
        --query Attributes.QueueArn --output text)
    aws sns subscribe --topic-arn "$2" --protocol sqs --notification-endpoint "$box" \
        --attributes "$3" > /dev/null
}

news=$(aws sns create-topic --name news --query TopicArn --output text)

subscribe ada "$news" '{"FilterPolicy": "{\"kind\": [\"coupon\"], \"percent\": [{\"numeric\": [\">=\", 20]}]}"}'
subscribe ben "$news" '{"FilterPolicy": "{\"kind\": [\"trivia\"]}"}'
subscribe cleo "$news" '{"FilterPolicy": "{\"kind\": [\"trivia\", \"update\"]}"}'
echo "the newsletter is ready"
