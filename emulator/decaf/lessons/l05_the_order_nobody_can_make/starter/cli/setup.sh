# Prepares the shop, before the first order comes.
. ./shop.sh

# Orders that nobody can make shall go here.
aws sqs create-queue --queue-name orders-dead > /dev/null
