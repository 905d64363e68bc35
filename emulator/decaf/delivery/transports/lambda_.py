"""Delivery to Lambda functions: the SNS event, passed to a function that the user registered.

Rule: SNS invokes functions asynchronously, so a delivery has succeeded once the event is accepted. What follows, as
invoking the function again when it fails, is no part of the delivery.

Source: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications"; Amazon SNS Developer
Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from decaf.access.deliveries import Deliveries
from decaf.base.arn import Arn
from decaf.delivery.own_address import counted, loop
from decaf.delivery.transport import ManagedTransport
from decaf.delivery.transports.envelope import Envelopes
from decaf.functions.function import Functions
from decaf.sns.notification import Confirmation, Notification, timestamp
from decaf.sns.outcome import Outcome
from decaf.sns.topic import Subscription

_ACCEPTED = 202  # the status of an event that was accepted, whatever becomes of it
# "Using AWS Lambda with Amazon SNS": with a function of another account the subscription is pending until confirmed.
_NOT_CONFIRMED = Outcome(
    "a function of another account is not invoked to confirm its subscription: "
    "confirm it with the token, or subscribe from the account of the function"
)


class Invoke(Protocol):
    """Invokes a function by its ARN asynchronously; returns the request id."""

    def __call__(
        self,
        arn: str,
        payload: bytes,
        now: float,
        *,
        trace_header: str | None = None,
        source: Arn | None = None,
        message_ids: Sequence[str] = (),
        depth: int = 0,
    ) -> str: ...


class ToFunctions(ManagedTransport):
    """Invokes registered functions."""

    def __init__(
        self,
        functions: Functions,
        envelopes: Envelopes,
        invoke: Invoke,
        access: Deliveries,
        now: Callable[[], float],
    ) -> None:
        self._functions = functions
        self._access = access
        self._now = now
        self._envelopes = envelopes
        self._invoke = invoke

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        if isinstance(sent, Confirmation):
            return _NOT_CONFIRMED
        arn = subscription.endpoint
        function = self._functions.find(arn)
        if function is None:
            return Outcome("the function does not exist")
        refusal = loop(sent) or self._access.to_function(function, arn, sent.source, sent.message_id, self._now())
        if refusal is not None:
            return refusal
        await self._envelopes.ready()
        event = json.dumps(self._event(sent, subscription), ensure_ascii=False).encode()
        self._invoke(
            arn,
            event,
            self._now(),
            trace_header=counted(sent),
            source=sent.source,
            message_ids=(sent.message_id,),
        )
        return Outcome(status=_ACCEPTED)

    def _event(self, sent: Notification, subscription: Subscription) -> dict[str, Any]:
        """Returns the event as functions receive it; it spells the names of the URLs in its own way."""
        text = sent.text_for("lambda")
        record: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": sent.message_id,
            "TopicArn": str(sent.source),
            "Subject": sent.subject,
            "Message": text,
            "Timestamp": timestamp(sent.at),
        }
        signature = self._envelopes.signature(sent, text)
        if signature is not None:
            record |= {
                "SignatureVersion": "1",  # as in AWS, even where the signature is of version 2
                "Signature": signature.value,
                "SigningCertUrl": signature.certificate_url,
            }
        record |= {
            "UnsubscribeUrl": f"{sent.base_url}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
            "MessageAttributes": {name: _attribute(value) for name, value in (sent.attributes or {}).items()},
        }
        source = {"EventVersion": "1.0", "EventSubscriptionArn": str(subscription.arn), "EventSource": "aws:sns"}
        return {"Records": [{**source, "Sns": record}]}


def _attribute(value: Any) -> dict[str, str]:
    """Returns a message attribute as functions receive it: arrays and numbers arrive as strings."""
    if "BinaryValue" in value:
        return {"Type": "Binary", "Value": b64encode(value["BinaryValue"]).decode()}
    return {"Type": "String", "Value": value["StringValue"]}
