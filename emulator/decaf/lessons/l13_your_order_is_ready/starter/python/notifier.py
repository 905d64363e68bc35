"""Publishes each order that is ready, with a text of its own for each kind of reader."""

import json

import boto3

sns = boto3.client("sns")

topic = sns.create_topic(Name="ready")["TopicArn"]  # returns the topic that there is
for order in (1, 2, 3):
    texts = {
        "default": f"Order {order} is ready.",  # for all that have no text of their own below
        "email": f"Good news! Your order {order} is ready, and still hot.",
        "http": json.dumps({"order": order}),
    }
    sns.publish(TopicArn=topic, Subject="Your order", Message=json.dumps(texts), MessageStructure="json")
    print(f"published order {order}", flush=True)
