"""The newsletter: people confirm that they want it, and get what interests them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cafe.settings import Settings


class Newsletter:
    """`sns` is a boto3 client."""

    def __init__(self, settings: Settings, sns: Any) -> None:
        self._news = settings.news
        self._sns = sns

    def subscribe(self, address: str, interests: Sequence[str] = ()) -> None:
        """Ask `address` whether it wants the news; of some interests only, if they are given."""
        policy = {"FilterPolicy": json.dumps({"interest": list(interests)})} if interests else {}
        self._sns.subscribe(TopicArn=self._news, Protocol="email", Endpoint=address, Attributes=policy)

    def confirm(self, token: str) -> str:
        """What the link in the mail does; gives the ARN of the subscription."""
        arn: str = self._sns.confirm_subscription(TopicArn=self._news, Token=token)["SubscriptionArn"]
        return arn

    def leave(self, subscription: str) -> None:
        self._sns.unsubscribe(SubscriptionArn=subscription)

    def announce(self, subject: str, text: str, interest: str) -> None:
        """Send news to all who are interested."""
        self._sns.publish(
            TopicArn=self._news,
            Subject=subject,
            Message=text,
            MessageAttributes={"interest": {"DataType": "String", "StringValue": interest}},
        )
