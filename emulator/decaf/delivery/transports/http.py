"""Delivery over HTTP and HTTPS: one POST to the endpoint that was subscribed, and never a request to another URL.

Source: Amazon SNS Developer Guide, "HTTP/HTTPS headers" and "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from decaf.base.settings import Settings
from decaf.delivery.own_address import OwnAddress
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.trust import tls_context
from decaf.sns.delivery_policy import HEALTHY_RETRY_DEFAULTS, REQUEST_DEFAULTS
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import RetryPolicy
from decaf.sns.subscription_attributes import effective_delivery_policy
from decaf.sns.topic import Subscription
from decaf.store import Store

if TYPE_CHECKING:
    from decaf.delivery.transports.endpoint_client import EndpointClient

USER_AGENT = "Amazon Simple Notification Service Agent"

_HEADERS = {
    "Connection": "Keep-Alive",
    "User-Agent": USER_AGENT,
    "Accept-Encoding": "gzip,deflate",
}


class ToEndpoints:
    """Posts to HTTP endpoints. Connections are made when first needed, and are kept until `close()`.

    Raises BadSetting if the setting `https_trust` names a file without certificates.
    """

    def __init__(self, store: Store, settings: Settings, envelopes: Envelopes, own_address: OwnAddress) -> None:
        self._store = store
        self._settings = settings
        self._envelopes = envelopes
        self._tls = None if settings.https_trust == "system" else tls_context(settings.https_trust)
        self._own_address = own_address
        self._client: EndpointClient | None = None

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        await self._envelopes.ready()
        body, headers = self._write(sent, subscription)
        tls = self._trusted(subscription.protocol)
        client = await self._opened()
        return await client.post(subscription, sent, body.encode(), headers, tls)

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    def timeout(self, subscription: Subscription) -> float:
        return self._settings.http_timeout

    def rate(self, subscription: Subscription) -> float | None:
        throttle = self._policy(subscription).get("throttlePolicy") or {}
        rate: int | None = throttle.get("maxReceivesPerSecond")
        return rate

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        return RetryPolicy.of({**HEALTHY_RETRY_DEFAULTS, **self._policy(subscription).get("healthyRetryPolicy", {})})

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _opened(self) -> EndpointClient:
        if self._client is None:
            make = await asyncio.to_thread(_load_client)  # aiohttp: others would wait for a tenth of a second
            self._client = self._client or make(self._own_address, self._settings.delivery_host)
        return self._client

    def _write(self, sent: Notification | Confirmation, subscription: Subscription) -> tuple[str, dict[str, str]]:
        """Returns the body and the headers to send."""
        request = {**REQUEST_DEFAULTS, **(self._policy(subscription).get("requestPolicy") or {})}
        headers = _HEADERS | {"Content-Type": request["headerContentType"], "x-amz-sns-message-id": sent.message_id}
        if isinstance(sent, Confirmation):
            headers |= {"x-amz-sns-message-type": sent.kind, "x-amz-sns-topic-arn": str(sent.topic_arn)}
            # "HTTP/HTTPS headers": there is no subscription ARN before the subscription is confirmed
            if sent.kind != "SubscriptionConfirmation":
                headers["x-amz-sns-subscription-arn"] = str(subscription.arn)
            return self._envelopes.confirmation(sent), headers
        headers |= {
            "x-amz-sns-message-type": "Notification",
            "x-amz-sns-topic-arn": str(sent.source),
            "x-amz-sns-subscription-arn": str(subscription.arn),
        }
        if sent.trace_header is not None:
            headers["X-Amzn-Trace-Id"] = sent.trace_header
        text = sent.text_for(subscription.protocol)
        if not subscription.attributes["RawMessageDelivery"]:
            return self._envelopes.envelope(sent, text).to(subscription.arn), headers
        return text, headers | {"x-amz-sns-rawdelivery": "true"}

    def _policy(self, subscription: Subscription) -> Mapping[str, Any]:
        """Returns the effective delivery policy, empty if the topic was deleted."""
        topic = self._store.find_topic(subscription.topic_arn)
        return {} if topic is None else effective_delivery_policy(subscription, topic)

    def _trusted(self, protocol: str) -> ssl.SSLContext | None:
        if protocol == "https" and self._tls is None:
            self._tls = tls_context("system")
        return self._tls


def _load_client() -> type[EndpointClient]:
    from decaf.delivery.transports.endpoint_client import EndpointClient

    return EndpointClient
