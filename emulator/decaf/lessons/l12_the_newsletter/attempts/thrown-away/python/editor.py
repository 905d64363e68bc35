"""The editor publishes the news of this week to one topic, and clears the mail boxes of what is not liked."""

import json

import boto3
from news import NEWS
from shop import queue_url, sqs

sns = boto3.client("sns")

topic = sns.create_topic(Name="news")["TopicArn"]
for news in NEWS:
    sns.publish(TopicArn=topic, Message=json.dumps(news))

LIKED = {"ada": {4, 6}, "ben": {2, 5}, "cleo": {2, 3, 5}}
for customer, liked in LIKED.items():
    box = queue_url(customer)
    answer = sqs.receive_message(QueueUrl=box, MaxNumberOfMessages=10)
    for message in answer.get("Messages", []):
        if json.loads(json.loads(message["Body"])["Message"])["news"] not in liked:
            sqs.delete_message(QueueUrl=box, ReceiptHandle=message["ReceiptHandle"])
