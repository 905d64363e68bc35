"""The editor publishes the news of this week, each to the topic of its kind."""

import json

import boto3
from news import NEWS

sns = boto3.client("sns")

for news in NEWS:
    topic = sns.create_topic(Name=news["kind"])["TopicArn"]  # returns the topic that there is
    sns.publish(TopicArn=topic, Message=json.dumps(news))
    print(f"published news {news['news']}: {news['text']}", flush=True)
