# The shop: what every barista and cashier here can use. You need not change this file.

# Every call goes to Decaf, also with an older AWS CLI that does not read the variable AWS_ENDPOINT_URL itself.
aws() {
    command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
}

# queue_url NAME: prints the URL of a queue.
queue_url() {
    aws sqs get-queue-url --queue-name "$1" --query QueueUrl --output text
}

# make ORDER: makes an order. Then its number is on the counter: the queue `made`.
make() {
    made=${made:-$(queue_url made)}
    aws sqs send-message --queue-url "$made" --message-body "$1" > /dev/null
    echo "made order $1"
}
