"""Subscribes all who wait for "your order is ready": a phone, an app, a mail box, and the display above the counter."""

import json
import os

import boto3

sns = boto3.client("sns")

topic = sns.create_topic(Name="ready")["TopicArn"]

# An app is known to SNS by its push service, and each phone that has it by a token.
credentials = {"PlatformCredential": "the-shop's-key"}
shop_app = sns.create_platform_application(Name="coffee-shop", Platform="GCM", Attributes=credentials)
bens_app = sns.create_platform_endpoint(
    PlatformApplicationArn=shop_app["PlatformApplicationArn"], Token="ben's phone has this token"
)

display = f"http://127.0.0.1:{os.environ.get('DISPLAY_PORT', '8099')}/"
readers = [
    ("sms", "+15555550142"),  # Ada
    ("application", bens_app["EndpointArn"]),  # Ben
    ("email", "cleo@example.com"),  # Cleo
    ("http", display),
]
for protocol, reader in readers:
    sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=reader)
    print(f"subscribed by {protocol}: {reader}", flush=True)

texts = {"default": "Order 1 is ready.", "http": json.dumps({"order": 1})}
sns.publish(TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
