"""Delivery to Lambda functions: the SNS event, given to a function that the user registered.

Rule: a Python handler runs in a process of its own for each event, which a timeout ends; what it prints goes to the
server's own standard error. A function that fails or takes too long is run twice more, as Lambda does with what it is
invoked with asynchronously; one that cannot be reached is tried again as SNS does, for days.

Source: AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications" and "How Lambda handles
errors and retries with asynchronous invocation"; Amazon SNS Developer Guide, "Amazon SNS message delivery retries".
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import aiohttp

from decaf.delivery.transports.envelope import EnvelopeSigner
from decaf.delivery.transports.trust import tls_context
from decaf.sns.function import Function, Functions
from decaf.sns.notification import Confirmation, Notification, timestamp
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import AWS_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription

INVOCATIONS = "/2015-03-31/functions/function/invocations"  # of the runtime interface emulator
_RUNNER = Path(__file__).with_name("lambda_process.py")
_KEPT = 1_024  # characters of an answer that are kept
_INVOKED = 200  # the status of an invocation that took place, however the function fared
_DEFAULT_TIMEOUT = 3.0
_TOO_MANY = 429
_LAMBDAS_OWN = RetryPolicy(backoff=2, min_delay=60, max_delay=120)


class ToFunctions:
    """Invokes registered functions."""

    def __init__(self, functions: Functions, envelopes: EnvelopeSigner) -> None:
        self._functions = functions
        self._envelopes = envelopes
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | None = None

    async def deliver(self, sent: Notification | Confirmation, subscription: Subscription) -> Outcome:
        function = self._functions.find(subscription.endpoint)
        if function is None:
            return Outcome("the function does not exist")
        assert isinstance(sent, Notification)
        await self._envelopes.ready()
        event = json.dumps(self._event(sent, subscription), ensure_ascii=False).encode()
        return await (self._call(function, event) if function.url else _run(function, event))

    def timeout(self, subscription: Subscription) -> float:
        function = self._functions.find(subscription.endpoint)
        return _DEFAULT_TIMEOUT if function is None else function.timeout

    def rate(self, subscription: Subscription) -> float | None:
        return None

    def retries(self, subscription: Subscription, outcome: Outcome) -> RetryPolicy:
        function = self._functions.find(subscription.endpoint)
        elsewhere = function is not None and function.url is not None
        return AWS_MANAGED if elsewhere and outcome.status != _INVOKED else _LAMBDAS_OWN

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _event(self, sent: Notification, subscription: Subscription) -> dict[str, Any]:
        """The event as Lambda hands it to a function; note its own spelling of the URLs' names."""
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
                "SignatureVersion": "1",  # as AWS has it, even where the signature is of version 2
                "Signature": signature.value,
                "SigningCertUrl": signature.certificate_url,
            }
        record |= {
            "UnsubscribeUrl": f"{sent.base_url}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
            "MessageAttributes": {name: _attribute(value) for name, value in (sent.attributes or {}).items()},
        }
        source = {"EventVersion": "1.0", "EventSubscriptionArn": str(subscription.arn), "EventSource": "aws:sns"}
        return {"Records": [{**source, "Sns": record}]}

    async def _call(self, function: Function, event: bytes) -> Outcome:
        """Invoke through a runtime interface emulator, which says in a header that the function failed."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout())
        url = f"{function.url}".rstrip("/")
        if self._tls is None and url.startswith("https:"):
            self._tls = tls_context("system")
        try:
            async with self._session.post(
                url if url.endswith("/invocations") else url + INVOCATIONS,
                data=event,
                allow_redirects=False,
                ssl=self._tls or True,
            ) as answer:
                text = (await answer.text(errors="replace"))[:_KEPT]
                if not 200 <= answer.status < 300:
                    retryable = answer.status >= 500 or answer.status == _TOO_MANY
                    return Outcome(f"the invocation was refused: {text}", retryable, answer.status, text)
                failed = "X-Amz-Function-Error" in answer.headers or _is_error(text)
                return Outcome(f"the function failed: {text}" if failed else None, failed, _INVOKED, text)
        except (aiohttp.ClientError, OSError) as error:
            return Outcome(str(error) or type(error).__name__, retryable=True)


async def _run(function: Function, event: bytes) -> Outcome:
    """Run a handler in a process of its own; cancelled, it ends the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_RUNNER),
        f"{function.handler}",
        cwd=function.path,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        answer, _ = await process.communicate(event)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = answer.decode("utf-8", "replace")[:_KEPT]
    if process.returncode:
        return Outcome(f"the function failed: {text}", retryable=True, status=_INVOKED, response=text)
    return Outcome(status=_INVOKED, response=text)


def _is_error(text: str) -> bool:
    """Whether an answer is the error document that runtimes give."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and "errorMessage" in document and "errorType" in document


def _attribute(value: Any) -> dict[str, str]:
    """A message attribute as functions see it: arrays and numbers arrive as strings."""
    if "BinaryValue" in value:
        return {"Type": "Binary", "Value": b64encode(value["BinaryValue"]).decode()}
    return {"Type": "String", "Value": value["StringValue"]}
