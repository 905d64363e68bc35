"""Data protection policies of topics: what is put is what is read."""

from __future__ import annotations

import json

from ..trace import Client, Trace, saw

_POLICY = json.dumps(
    {
        "Name": "no addresses",
        "Version": "2021-06-01",
        "Statement": [
            {
                "DataDirection": "Inbound",
                "Principal": ["*"],
                "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
                "Operation": {"Deny": {}},
            }
        ],
    }
)


def put_and_get(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news")["TopicArn"]
    return {
        "none": saw(sns.get_data_protection_policy, ResourceArn=arn),
        "put": saw(sns.put_data_protection_policy, ResourceArn=arn, DataProtectionPolicy=_POLICY),
        "get": saw(sns.get_data_protection_policy, ResourceArn=arn),
    }


def at_creation(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news", DataProtectionPolicy=_POLICY)["TopicArn"]
    return {"get": saw(sns.get_data_protection_policy, ResourceArn=arn)}


def publishing_what_is_denied(sns: Client) -> Trace:
    arn = sns.create_topic(Name="news", DataProtectionPolicy=_POLICY)["TopicArn"]
    return {"publish": saw(sns.publish, TopicArn=arn, Message="to ada@example.com")}
