"""Declaring resources in a world without a server, and reading the result."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.declared.calls import Place
from decaf.declared.creating import Created
from decaf.declared.documents import Reading, read_document
from decaf.declared.forms import Format
from decaf.declared.resource import BadDeclaration, Declaration
from tests.decaf.sns.cloud import ACCOUNT, REGION, Cloud


class Declaring(Cloud):
    """The cloud, where documents declare resources of its account and region."""

    def read(
        self,
        text: str,
        form: Format = "toml",
        *,
        stack_name: str = "",
        skip_others: bool = True,
        ssm: dict[str, str] | None = None,
        **parameters: str,
    ) -> Declaration:
        source = "world.toml" if form == "toml" else "shop.yaml"
        reading = Reading(Place(ACCOUNT, REGION), parameters, stack_name, skip_others, ssm or {})
        return read_document(text, source, form, reading)

    def declare(self, text: str, form: Format = "toml", **how: Any) -> list[Created]:
        return self.world.declared.create(self.read(text, form, **how))

    def template(self, text: str, **how: Any) -> list[Created]:
        return self.declare(text, "cloudformation", **how)

    def why_not(self, text: str, form: Format = "toml", **how: Any) -> str:
        """Return the error of a document."""
        with pytest.raises(BadDeclaration) as raised:
            self.declare(text, form, **how)
        assert "\n" not in str(raised.value)
        return str(raised.value)

    def attributes_of_queue(self, name: str, account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
        found = self.sqs("GetQueueAttributes", account, region, QueueUrl=name, AttributeNames=["All"])
        attributes: dict[str, str] = found["Attributes"]
        return attributes

    def attributes_of_topic(self, arn: str) -> dict[str, str]:
        attributes: dict[str, str] = self.sns("GetTopicAttributes", TopicArn=arn)["Attributes"]
        return attributes

    def attributes_of_subscriptions(self, topic_arn: str) -> list[dict[str, str]]:
        (topic,) = (topic for topic in self.world.topics() if str(topic.arn) == topic_arn)
        arns = [str(subscription.arn) for subscription in topic.subscriptions.values()]
        return [self.sns("GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"] for arn in arns]

    def queue_names(self, account: str = ACCOUNT, region: str = REGION) -> list[str]:
        return [url.rpartition("/")[2] for url in self.sqs("ListQueues", account, region)["QueueUrls"]]
