"""Makes the shop ready before it opens: creates what it needs. The queues made.fifo, ada, ben and cleo are there."""

from shop import sqs

sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})
print("the shop is ready", flush=True)
