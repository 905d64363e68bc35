"""The editor publishes the news of this week to one topic."""

import json

import boto3
from news import NEWS

sns = boto3.client("sns")

topic = sns.create_topic(Name="news")["TopicArn"]
for news in NEWS:
    sns.publish(TopicArn=topic, Message=json.dumps(news))
