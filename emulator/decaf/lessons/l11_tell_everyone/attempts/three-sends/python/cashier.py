"""The cashier takes orders, and sends each of them to everyone that comes to mind."""

import json

from shop import queue_url, sqs

for order in range(1, 10):
    for name in ("kitchen", "stock", "loyalty"):
        sqs.send_message(QueueUrl=queue_url(name), MessageBody=json.dumps({"order": order}))
