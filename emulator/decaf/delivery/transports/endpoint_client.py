"""Posts to the endpoints of HTTP and HTTPS subscriptions, and what came of it.

Rule: redirects are not followed. No connection, no response, 5xx and 429 are retryable failures; any other status
but 2xx is final.

Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

from collections.abc import Collection
from ssl import SSLContext

import aiohttp

from decaf.delivery.own_address import OwnAddress
from decaf.delivery.transports.client import Forbidden, HttpClient
from decaf.delivery.transports.failures import reason_of
from decaf.sns.notification import Confirmation, Notification
from decaf.sns.outcome import Outcome
from decaf.sns.topic import Subscription

_READ = 1_024  # bytes of a response's body that are read
_IDLE = 1.0  # seconds that an idle connection is kept open: less than most servers keep it
_TOO_MANY_REQUESTS = 429


class EndpointClient:
    """Connections are made when first needed, and are kept until `close()`. With `hosts`, they lead to these only."""

    def __init__(self, own_address: OwnAddress, hosts: Collection[str]) -> None:
        self._client = HttpClient(own_address, _IDLE, hosts)

    async def post(
        self,
        subscription: Subscription,
        sent: Notification | Confirmation,
        body: bytes,
        headers: dict[str, str],
        tls: SSLContext | None,
    ) -> Outcome:
        """Post `body`, which delivers `sent`, to the endpoint of a subscription."""
        try:
            post = self._client.post(subscription.endpoint, sent, body, headers, tls, without=("Accept",))
            async with await post as response:
                body_read = (await response.content.read(_READ)).decode("utf-8", "replace")
                return _outcome(response.status, body_read)
        except Forbidden as refused:
            return refused.outcome
        except (aiohttp.InvalidURL, UnicodeError):
            return Outcome(f"the endpoint is not a usable URL: {subscription.shown_endpoint}")
        except (aiohttp.ClientError, OSError) as error:
            return Outcome(reason_of(error, subscription.endpoint), retryable=True)

    async def close(self) -> None:
        await self._client.close()


def _outcome(status: int, response: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status=status, response=response)
    retryable = status >= 500 or status == _TOO_MANY_REQUESTS  # both retryable: "Message delivery retries"
    return Outcome(f"the endpoint responded with HTTP status {status}", retryable, status, response)
