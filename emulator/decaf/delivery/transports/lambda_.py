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

import asyncio
import json
import os
import re
import ssl
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

import aiohttp

from decaf.access.deliveries import Deliveries
from decaf.delivery.own_address import OwnAddress, counted, loop
from decaf.delivery.transports.client import Forbidden, HttpClient
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.failures import reason_of
from decaf.delivery.transports.trust import tls_context
from decaf.sns.function import Function, Functions
from decaf.sns.notification import Confirmation, Notification, timestamp
from decaf.sns.outcome import Outcome
from decaf.sns.retry_policy import AWS_MANAGED, RetryPolicy
from decaf.sns.topic import Subscription

INVOCATIONS = "/2015-03-31/functions/function/invocations"  # of the runtime interface emulator
_RUNNER = Path(__file__).with_name("lambda_process.py")
# Where Lambda's runtimes have the trace header. botocore passes it on where it finds the name of a function, too.
_TRACE_VARIABLE, _NAME_VARIABLE = "_X_AMZN_TRACE_ID", "AWS_LAMBDA_FUNCTION_NAME"
_IDLE = 15.0  # seconds that an idle connection is kept open
_KEPT = 1_024  # characters of a response that are kept
_INVOKED = 200  # the status of an invocation that took place, whether the function failed or not
_DEFAULT_TIMEOUT = 3.0  # seconds, Lambda's default
_TOO_MANY_REQUESTS = 429
_ASYNCHRONOUS = RetryPolicy(backoff=2, min_delay=60, max_delay=120)  # "asynchronous invocation": after 1 and 2 minutes
# The emulator's own text and no JSON, as a handler's result would be; the status is 200, and no header reports it.
_TIMED_OUT = re.compile(r"Task timed out after \d+\.\d\d seconds\s?")
# "Using AWS Lambda with Amazon SNS": with a function of another account the subscription is pending until confirmed.
_NOT_CONFIRMED = Outcome(
    "a function of another account is not invoked to confirm its subscription: "
    "confirm it with the token, or subscribe from the account of the function"
)


class ToFunctions:
    """Invokes registered functions; at most `max_processes` handlers run at once."""

    def __init__(
        self,
        functions: Functions,
        envelopes: Envelopes,
        own_address: OwnAddress,
        max_processes: int,
        access: Deliveries,
        now: Callable[[], float],
    ) -> None:
        self._functions = functions
        self._access = access
        self._now = now
        self._envelopes = envelopes
        self._client = HttpClient(own_address, _IDLE)
        self._processes = asyncio.Semaphore(max_processes)
        self._tls: ssl.SSLContext | None = None

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
        return await (self._call(function, event, sent) if function.url else _run(function, event, counted(sent)))

    def room(self, subscription: Subscription) -> AbstractAsyncContextManager[object]:
        function = self._functions.find(subscription.endpoint)
        return nullcontext() if function is None or function.url else self._processes

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
        await self._client.close()

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

    async def _call(self, function: Function, event: bytes, sent: Notification) -> Outcome:
        """Invoke through a runtime interface emulator, which reports in a header that the function failed."""
        url = f"{function.url}".rstrip("/")
        if self._tls is None and url.startswith("https:"):
            self._tls = tls_context("system")
        headers = {"X-Amzn-Trace-Id": counted(sent)}
        target = url if url.endswith("/invocations") else url + INVOCATIONS
        try:
            async with await self._client.post(target, sent, event, headers, self._tls) as response:
                text = (await response.text(errors="replace"))[:_KEPT]
                if not 200 <= response.status < 300:
                    retryable = response.status >= 500 or response.status == _TOO_MANY_REQUESTS
                    return Outcome(f"the invocation was refused: {text}", retryable, response.status, text)
                failed = (
                    "X-Amz-Function-Error" in response.headers or _is_error(text) or bool(_TIMED_OUT.fullmatch(text))
                )
                return Outcome(f"the function failed: {text}" if failed else None, failed, _INVOKED, text)
        except Forbidden as refused:
            return refused.outcome
        except (aiohttp.ClientError, OSError) as error:
            return Outcome(reason_of(error, url), retryable=True)


async def _run(function: Function, event: bytes, trace_header: str) -> Outcome:
    """Run a handler in a process of its own, which is killed when the attempt is cancelled."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_RUNNER),
        f"{function.handler}",
        cwd=function.path,
        env=os.environ | {_TRACE_VARIABLE: trace_header, _NAME_VARIABLE: _name(function)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await process.communicate(event)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = output.decode("utf-8", "replace")[:_KEPT]
    if process.returncode:
        return Outcome(f"the function failed: {text}", retryable=True, status=_INVOKED, response=text)
    return Outcome(status=_INVOKED, response=text)


def _name(function: Function) -> str:
    return function.name.rpartition(":function:")[2].partition(":")[0]


def _is_error(text: str) -> bool:
    """Whether a response is the error document that runtimes return."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and "errorMessage" in document and "errorType" in document


def _attribute(value: Any) -> dict[str, str]:
    """Returns a message attribute as functions receive it: arrays and numbers arrive as strings."""
    if "BinaryValue" in value:
        return {"Type": "Binary", "Value": b64encode(value["BinaryValue"]).decode()}
    return {"Type": "String", "Value": value["StringValue"]}
