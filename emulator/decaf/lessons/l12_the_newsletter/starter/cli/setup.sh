# Makes the newsletter ready: a topic for each kind of news, and the customers' mail boxes subscribed to them.
. ./shop.sh

# subscribe CUSTOMER TOPIC ATTRIBUTES: lets a customer's mail box, the queue with their name, get what is published.
subscribe() {
    # The ARN of the queue is that of the topic with another service and another name.
    box=$(echo "${2%:*}:$1" | sed 's/:sns:/:sqs:/')
    aws sns subscribe --topic-arn "$2" --protocol sqs --notification-endpoint "$box" \
        --attributes "$3" > /dev/null
}

coupons=$(aws sns create-topic --name coupon --query TopicArn --output text)
trivia=$(aws sns create-topic --name trivia --query TopicArn --output text)
updates=$(aws sns create-topic --name update --query TopicArn --output text)

subscribe ada "$coupons" {} # Ada wants coupons, but only those of 20 percent or more
subscribe ben "$trivia" {}
subscribe cleo "$trivia" {}
subscribe cleo "$updates" {}
echo "the newsletter is ready"
