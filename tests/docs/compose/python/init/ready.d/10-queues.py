import boto3

sqs = boto3.client("sqs", endpoint_url="http://localhost:4566", region_name="us-east-1")
queue = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
for number in range(3):
    sqs.send_message(QueueUrl=queue, MessageBody="latte", MessageGroupId="bar", MessageDeduplicationId=str(number))
