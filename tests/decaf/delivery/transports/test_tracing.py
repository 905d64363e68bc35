"""The trace header of a publish goes on to those who get the message, whichever protocol they have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from decaf.functions.function import Function
from tests.endpoint import Endpoint
from tests.live import Live
from tests.subscribing import confirmed

TRACE = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
ROLE = "arn:aws:iam::111111111111:role/stream"
CODE = """
import os

def trace(event, context):
    with open("trace", "w") as seen:
        seen.write(f"{os.environ['AWS_LAMBDA_FUNCTION_NAME']} {os.environ['_X_AMZN_TRACE_ID']}")
"""


@pytest.fixture
def publish(live: Live, sns: Any, topic: str) -> Any:
    """Publishes a message, with a trace header or without, and has it delivered."""
    headers: dict[str, str] = {}
    sns.meta.events.register("before-send.sns.Publish", lambda request, **_: request.headers.update(headers))

    def publish(trace: str | None) -> None:
        headers.clear()
        if trace is not None:
            headers["X-Amzn-Trace-Id"] = trace
        sns.publish(TopicArn=topic, Message="latte")
        live.advance(0)

    return publish


@pytest.mark.parametrize("raw", ["true", "false"])
def test_to_endpoints_it_is_a_header(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint, publish: Any, raw: str
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine, RawMessageDelivery=raw)
    publish(TRACE)
    publish(None)
    assert [received.headers["X-Amzn-Trace-Id"] for received in endpoint_of_mine.of()] == [TRACE, None]


def test_to_functions_it_is_where_their_runtime_looks_for_it(
    live: Live, sns: Any, topic: str, account: str, tmp_path: Path, publish: Any
) -> None:
    (tmp_path / "coffee.py").write_text(CODE)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:traced"
    live.call(live.world.functions.register, Function(arn, "coffee:trace", str(tmp_path), timeout=10))
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    publish(TRACE)
    assert (tmp_path / "trace").read_text() == f"traced {TRACE};Decaf=1"
    publish(None)
    assert re.fullmatch(r"traced Root=1-[0-9a-f]{8}-[0-9a-f]{24};Decaf=1", (tmp_path / "trace").read_text())
    live.call(live.world.functions.forget, arn)


def test_to_functions_in_containers_it_is_a_header(
    live: Live, sns: Any, topic: str, account: str, endpoint_of_mine: Endpoint, publish: Any
) -> None:
    arn = f"arn:aws:lambda:us-east-1:{account}:function:traced"
    live.call(live.world.functions.register, Function(arn, url=endpoint_of_mine.url, timeout=10))
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    publish(TRACE)
    (invocation,) = endpoint_of_mine.received
    assert invocation.headers["X-Amzn-Trace-Id"] == f"{TRACE};Decaf=1"
    live.call(live.world.functions.forget, arn)


def test_to_streams_it_is_beside_the_record(live: Live, sns: Any, topic: str, account: str, publish: Any) -> None:
    stream = f"arn:aws:firehose:us-east-1:{account}:deliverystream/stream"
    attributes = {"SubscriptionRoleArn": ROLE}
    sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=stream, Attributes=attributes)
    publish(TRACE)
    publish(None)
    traced, plain = live.call(lambda: live.world.inbox.find(account=account, protocol="firehose"))
    assert traced.attributes == attributes | {"X-Amzn-Trace-Id": TRACE}
    assert plain.attributes == attributes
