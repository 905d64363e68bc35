# Prepares the shop, before the first order comes.
. ./shop.sh

# Orders that nobody can make go here. They stay for 14 days, the longest time that there is.
dead=$(aws sqs create-queue --queue-name orders-dead --attributes MessageRetentionPeriod=1209600 \
    --query QueueUrl --output text)
arn=$(aws sqs get-queue-attributes --queue-url "$dead" --attribute-names QueueArn \
    --query Attributes.QueueArn --output text)
# The policy is JSON inside JSON, so its quotes have backslashes.
policy="{\\\"deadLetterTargetArn\\\": \\\"$arn\\\", \\\"maxReceiveCount\\\": 3}"
aws sqs set-queue-attributes --queue-url "$(queue_url orders)" --attributes "{\"RedrivePolicy\": \"$policy\"}"
