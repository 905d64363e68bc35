"""Publishes each order that is ready, with a text of its own for each kind of reader."""

import json

import boto3
from botocore.exceptions import ClientError

sns = boto3.client("sns")

topic = sns.create_topic(Name="ready")["TopicArn"]  # returns the topic that there is
for order in (1, 2, 3):
    texts = {
        "sms": f"Order {order} is ready.",
        "email": f"Good news! Your order {order} is ready, and still hot.",
        "http": json.dumps({"order": order}),
    }
    try:
        sns.publish(TopicArn=topic, Subject="Your order", Message=json.dumps(texts), MessageStructure="json")
    except ClientError as error:
        print(error)
