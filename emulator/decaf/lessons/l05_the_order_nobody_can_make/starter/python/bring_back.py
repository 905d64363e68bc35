"""Runs when the machine is mended: looks how many dead letters there are."""

from shop import queue_url, sqs

dead = queue_url("orders-dead")
count = "ApproximateNumberOfMessages"
found = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=[count])["Attributes"]
print(f"{found[count]} dead letters in orders-dead", flush=True)
