"""Makes the shop ready before it opens: creates a queue for each."""

from shop import sqs

for name in ("kitchen", "stock", "loyalty"):
    sqs.create_queue(QueueName=name)
