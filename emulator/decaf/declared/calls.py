"""The calls that create each kind of resource; documents of every form are read into these.

Source: the API References of SQS and SNS, for the parameters of each call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from decaf.base.arn import Arn
from decaf.declared.resource import EndpointOf, Origin, Resource, TokenOf
from decaf.declared.value import NoText, as_text


class Place(msgspec.Struct, frozen=True):
    """An account and a region."""

    account: str
    region: str


class Caller(msgspec.Struct, frozen=True):
    """Makes the calls for a resource declared at `origin`, in the account and region `place`."""

    origin: Origin
    place: Place

    def queue(self, name: str, attributes: Mapping[str, Any], tags: Mapping[str, Any]) -> Iterator[Resource]:
        """Yield the calls for a queue; its redrive policy is set once all queues exist."""
        given = self._texts(attributes)
        redrive = given.pop("RedrivePolicy", "")
        yield self._call("sqs", "CreateQueue", QueueName=name, Attributes=given, tags=self._texts(tags))
        if redrive:
            yield self.queue_attributes(name, {"RedrivePolicy": redrive})

    def queue_attributes(self, queue: str, attributes: Mapping[str, Any]) -> Resource:
        """Return the call that sets attributes of a queue, given by its name or URL, once it exists."""
        return self._call("sqs", "SetQueueAttributes", QueueUrl=queue, Attributes=self._texts(attributes))

    def topic(self, name: str, attributes: Mapping[str, Any], tags: Mapping[str, Any]) -> Iterator[Resource]:
        """Yield the call for a topic. DataProtectionPolicy may be among the attributes; to SNS it is a parameter."""
        given = self._texts(attributes)
        protection = given.pop("DataProtectionPolicy", "")
        params = {"DataProtectionPolicy": protection} if protection else {}
        listed = [{"Key": key, "Value": value} for key, value in self._texts(tags).items()]
        yield self._call("sns", "CreateTopic", Name=name, Attributes=given, Tags=listed, **params)

    def topic_attribute(self, topic_arn: str, name: str, value: Any) -> Resource:
        """Return the call that sets one attribute of a topic, once it exists."""
        text = self._texts({name: value})[name]
        return self._call("sns", "SetTopicAttributes", TopicArn=topic_arn, AttributeName=name, AttributeValue=text)

    def application(self, name: str, platform: str, attributes: Mapping[str, Any]) -> Resource:
        """Return the call for a platform application."""
        given = self._texts(attributes)
        return self._call("sns", "CreatePlatformApplication", Name=name, Platform=platform, Attributes=given)

    def endpoint(self, application: Arn, token: str, attributes: Mapping[str, Any]) -> Resource:
        """Return the call for an endpoint of a platform application: an app on a device."""
        given = self._texts(attributes)
        user_data = given.pop("CustomUserData", None)
        params = {} if user_data is None else {"CustomUserData": user_data}
        return self._call(
            "sns",
            "CreatePlatformEndpoint",
            PlatformApplicationArn=str(application),
            Token=token,
            Attributes=given,
            **params,
        )

    def subscription(
        self, topic_arn: str, protocol: str, endpoint: str | EndpointOf | None, attributes: Mapping[str, Any]
    ) -> Resource:
        """Return the call for a subscription, made by the account of the place."""
        params: dict[str, Any] = {} if endpoint is None else {"Endpoint": endpoint}
        return self._call(
            "sns",
            "Subscribe",
            TopicArn=topic_arn,
            Protocol=protocol,
            Attributes=self._texts(attributes),
            ReturnSubscriptionArn="true",
            **params,
        )

    def confirmation(self, topic: Arn, protocol: str, endpoint: str | EndpointOf, authenticated: bool) -> Resource:
        """Return the call that confirms a subscription; `authenticated` when only its owner may end it."""
        return self._call(
            "sns",
            "ConfirmSubscription",
            TopicArn=str(topic),
            Token=TokenOf(topic, protocol, endpoint),
            AuthenticateOnUnsubscribe="true" if authenticated else "false",
        )

    def mapping(self, queue: str, function: str, params: Mapping[str, Any]) -> Resource:
        """Return the call that maps a queue to a function, each given by its ARN."""
        given = {**params, "EventSourceArn": queue, "FunctionName": function}
        return self._call("lambda", "CreateEventSourceMapping", **given)

    def _call(self, service: str, operation: str, **params: Any) -> Resource:
        return Resource(self.origin, self.place.account, self.place.region, service, operation, params)

    def _texts(self, values: Mapping[str, Any]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for name, value in values.items():
            try:
                texts[name] = as_text(value)
            except NoText as error:
                raise self.origin.bad(f"{name}: {error}", name) from None
        return texts
