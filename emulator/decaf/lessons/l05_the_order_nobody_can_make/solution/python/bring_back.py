"""Runs when the machine is mended: brings the dead letters back to the queue that they came from."""

from shop import queue_url, sqs

dead = queue_url("orders-dead")
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.start_message_move_task(SourceArn=arn)
