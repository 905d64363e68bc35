# Makes the newsletter ready: one topic for all news, and for each customer a policy of what they like.
. ./shop.sh

# subscribe CUSTOMER TOPIC ATTRIBUTES: lets a customer's mail box, the queue with their name, get what is published.
subscribe() {
    # The ARN of the queue is that of the topic with another service and another name.
    box=$(echo "${2%:*}:$1" | sed 's/:sns:/:sqs:/')
    aws sns subscribe --topic-arn "$2" --protocol sqs --notification-endpoint "$box" \
        --attributes "$3" > /dev/null
}

news=$(aws sns create-topic --name news --query TopicArn --output text)

subscribe ada "$news" '{"FilterPolicy": "{\"kind\": [\"coupon\"], \"percent\": [{\"numeric\": [\">=\", 20]}]}"}'
subscribe ben "$news" '{"FilterPolicy": "{\"kind\": [\"trivia\"]}"}'
subscribe cleo "$news" '{"FilterPolicy": "{\"kind\": [\"trivia\", \"update\"]}"}'
echo "the newsletter is ready"
