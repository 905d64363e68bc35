"""Makes the shop ready before it opens: creates its queues."""

from shop import sqs

sqs.create_queue(QueueName="orders")
print("the shop is ready", flush=True)
