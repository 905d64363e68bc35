#!/usr/bin/env bash
set -euo pipefail
awslocal sqs create-queue --queue-name orders-dead
awslocal sqs create-queue --queue-name orders --attributes '{
  "VisibilityTimeout": "60",
  "RedrivePolicy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:000000000000:orders-dead\",\"maxReceiveCount\":\"3\"}"
}'
