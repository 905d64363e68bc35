"""Delivery to Lambda functions: the SNS event, passed to a function that the user registered.

Rule: a Python handler runs in a process of its own for each event, which is killed after the function's timeout; its
output goes to the server's standard error. AWS's SDKs pass the trace header on in the calls of a function, by Lambda's
variables in its environment: so the loop of a function that publishes to its own topic ends. A function that fails or
times out is invoked twice more, as Lambda does with asynchronous invocations; one that cannot be reached is retried as
SNS does, for days.

Source: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications" and "How Lambda handles
errors and retries with asynchronous invocation"; Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from decaf.access.deliveries import Deliveries
from decaf.delivery.own_address import counted, loop
from decaf.delivery.running import FunctionRunner
from decaf.delivery.transports.envelope import Envelopes
from decaf.functions.function import Functions
from decaf.functions.invocation import Invocation
from decaf.sns.notification import Confirmation, Notification, timestamp
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import AWS_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription

_KEPT = 1_024  # characters of a response that are kept
_INVOKED = 200  # the status of an invocation that took place, whether the function failed or not
_DEFAULT_TIMEOUT = 3.0  # seconds, Lambda's default
_ASYNCHRONOUS = RetryPolicy(backoff=2, min_delay=60, max_delay=120)  # "asynchronous invocation": after 1 and 2 minutes
# "Using AWS Lambda with Amazon SNS": with a function of another account the subscription is pending until confirmed.
_NOT_CONFIRMED = Outcome(
    "a function of another account is not invoked to confirm its subscription: "
    "confirm it with the token, or subscribe from the account of the function"
)


class ToFunctions:
    """Invokes registered functions."""

    def __init__(
        self,
        functions: Functions,
        envelopes: Envelopes,
        runner: FunctionRunner,
        access: Deliveries,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._functions = functions
        self._access = access
        self._now = now
        self._new_id = new_id
        self._envelopes = envelopes
        self._runner = runner

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        if isinstance(sent, Confirmation):
            return _NOT_CONFIRMED
        function = self._functions.find(subscription.endpoint)
        if function is None:
            return Outcome("the function does not exist")
        refusal = loop(sent) or self._access.to_function(
            function, subscription.endpoint, sent.source, sent.message_id, self._now()
        )
        if refusal is not None:
            return refusal
        await self._envelopes.ready()
        event = json.dumps(self._event(sent, subscription), ensure_ascii=False).encode()
        invocation = await self._runner.invoke(
            function, event, arn=subscription.endpoint, request_id=self._new_id(), trace_header=counted(sent)
        )
        return _outcome(invocation)

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    def timeout(self, subscription: Subscription) -> float:
        function = self._functions.find(subscription.endpoint)
        return _DEFAULT_TIMEOUT if function is None else function.timeout

    def rate(self, subscription: Subscription) -> float | None:
        return None

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        function = self._functions.find(subscription.endpoint)
        by_url = function is not None and function.url is not None
        # SNS retries until Lambda accepts the event; from then on Lambda retries the function.
        return AWS_MANAGED if by_url and outcome.status != _INVOKED else _ASYNCHRONOUS

    async def close(self) -> None:
        await self._runner.close()

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


def _outcome(invocation: Invocation) -> Outcome:
    text = invocation.payload.decode("utf-8", "replace")[:_KEPT]
    if invocation.obstacle is not None:
        retryable = invocation.obstacle != "refused"
        return Outcome(invocation.reason, retryable, invocation.status, text)
    if invocation.error is not None:
        return Outcome(f"the function failed: {text}", retryable=True, status=_INVOKED, response=text)
    return Outcome(status=_INVOKED, response=text)


def _attribute(value: Any) -> dict[str, str]:
    """Returns a message attribute as functions receive it: arrays and numbers arrive as strings."""
    if "BinaryValue" in value:
        return {"Type": "Binary", "Value": b64encode(value["BinaryValue"]).decode()}
    return {"Type": "String", "Value": value["StringValue"]}
