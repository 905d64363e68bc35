# The shop: what the cashier can use. You need not change this file.

# Every call goes to Decaf, also with an older AWS CLI that does not read the variable AWS_ENDPOINT_URL itself.
aws() {
    command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
}

# queue_url NAME: prints the URL of a queue.
queue_url() {
    aws sqs get-queue-url --queue-name "$1" --query QueueUrl --output text
}

# take ORDER: takes an order from a customer, who pays. It is noted in the queue `taken`.
take() {
    aws sqs send-message --queue-url "$taken" --message-body "$1" > /dev/null
}

# hand_over ORDER: hands an order straight to the barista. It succeeds if the barista takes it.
hand_over() {
    curl --silent --fail --request POST "$BARISTA/order/$1" || {
        echo "order $1: the barista does not take it"
        return 1
    }
}

# report "4 9": reports the orders that were lost, by their numbers.
report() {
    aws sqs send-message --queue-url "$(queue_url answers)" --message-body "lost: $1" > /dev/null
    echo "lost: $1"
}

taken=$(queue_url taken)
