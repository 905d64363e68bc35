"""The cashier publishes three orders to the topic `orders`."""

import json

import boto3

sns = boto3.client("sns")

topic = sns.create_topic(Name="orders")["TopicArn"]  # returns the topic that there is
for order in (1, 2, 3):
    answer = sns.publish(TopicArn=topic, Message=json.dumps({"order": order}))
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    print(f"published order {order}: the answer is {status}", flush=True)
