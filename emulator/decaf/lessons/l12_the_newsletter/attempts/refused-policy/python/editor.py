"""The editor publishes the news of this week to one topic, and says in attributes what each is about."""

import json

import boto3
from news import NEWS

sns = boto3.client("sns")

topic = sns.create_topic(Name="news")["TopicArn"]  # returns the topic that there is
for news in NEWS:
    about = {"kind": {"DataType": "String", "StringValue": news["kind"]}}
    if "percent" in news:
        about["percent"] = {"DataType": "Number", "StringValue": str(news["percent"])}
    sns.publish(TopicArn=topic, Message=json.dumps(news), MessageAttributes=about)
    print(f"published news {news['news']}: {news['text']}", flush=True)
