"""The cashier takes orders, and says each of them once, to a topic. Who listens is not the cashier's business."""

import json

import boto3

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]  # returns the topic that there is
for order in range(1, 10):
    sns.publish(TopicArn=topic, Message=json.dumps({"order": order}))
    print(f"took order {order}", flush=True)
