# The cashier publishes three orders to the topic `orders`.
. ./shop.sh

topic=$(aws sns create-topic --name orders --query TopicArn --output text) # returns the topic that there is
for order in 1 2 3; do
    aws sns publish --topic-arn "$topic" --message "{\"order\": $order}" > /dev/null
    echo "published order $order: the answer is fine"
done
