# Runs when the machine is mended: looks how many dead letters there are.
. ./shop.sh

aws sqs get-queue-attributes --queue-url "$(queue_url orders-dead)" --attribute-names ApproximateNumberOfMessages \
    --query 'Attributes.ApproximateNumberOfMessages' --output text
