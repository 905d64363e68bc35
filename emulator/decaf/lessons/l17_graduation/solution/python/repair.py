"""Runs after the baristas have learned something new: brings back what they could not make before."""

from shop import queue_url, sqs

dead = queue_url("orders-dead.fifo")
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.start_message_move_task(SourceArn=arn)  # to where the messages came from
print("the orders that were set aside go back", flush=True)
