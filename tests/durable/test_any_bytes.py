"""Any bytes in any place of a request, at every level of durability: what was acknowledged is there after a restart."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path
from typing import Literal
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.base.settings import Settings
from tests.decaf.http.wire import answer, dial
from tests.live import Live

ACCOUNT = "100000000000"
HOSTILE = (
    b"\xff\xfe",
    b"\xed\xb3\xbf",
    b"\xc0\x80",
    b"\xf0\x9f\x98",
    b"\\udcff",
    b"\\u0000",
    b"\xe2\x80\xae",
    "é".encode(),
)

ANY = st.one_of(st.sampled_from(HOSTILE), st.binary(max_size=8)).map(lambda some: re.sub(rb"[\r\n]", b"", some))
_MESSAGE_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}")


@st.composite
def sends(draw: st.DrawFn) -> bytes:
    """A SendMessage with any bytes in some of its places, in JSON or in a form."""

    def any_or(usual: bytes) -> bytes:
        return draw(st.one_of(st.just(usual), ANY.map(lambda some: usual + some)))

    path = any_or(b"/%s/orders" % ACCOUNT.encode()).replace(b" ", b"%20")
    head = [
        b"Host: " + any_or(b"localhost"),
        b"X-Amzn-Trace-Id: " + any_or(b"Root=1-5759e988-bd862e3fe1be46a994272793;A="),
        b"User-Agent: " + any_or(b"decaf"),
        b"Authorization: AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/sqs/aws4_request, Signature="
        % ACCOUNT.encode()
        + any_or(b"0"),
    ]
    if draw(st.booleans()):
        name, body = any_or(b"a"), any_or(b"latte")
        value = b'{"DataType": "String", "StringValue": "%s"}' % any_or(b"v")
        content = b'{"MessageBody": "%s", "MessageAttributes": {"%s": %s}}' % (body, name, value)
        head += [b"Content-Type: application/x-amz-json-1.0", b"X-Amz-Target: AmazonSQS.SendMessage"]
    else:
        written = any_or(b"latte")
        text = quote_from_bytes(written).encode() if draw(st.booleans()) else written.replace(b"&", b"")
        content = b"Action=SendMessage&Version=2012-11-05&MessageBody=" + text
        head += [b"Content-Type: application/x-www-form-urlencoded"]
    head += [b"Content-Length: %d" % len(content), b"Connection: " + draw(st.sampled_from((b"keep-alive", b"close")))]
    return b"POST " + path + b" HTTP/1.1\r\n" + b"\r\n".join(head) + b"\r\n\r\n" + content


@pytest.mark.parametrize("edge", ["fast", "plain"])
@pytest.mark.parametrize("durability", ["commit", "second", "none"])
def test_what_was_acknowledged_is_there(
    tmp_path: Path,
    edge: Literal["fast", "plain"],
    durability: Literal["commit", "second", "none"],
    caplog: pytest.LogCaptureFixture,
) -> None:
    acknowledged: set[str] = set()
    with Live(Settings(port=0, data_dir=str(tmp_path), edge=edge, durability=durability)) as server:
        with closing(server.client("sqs", ACCOUNT)) as sqs:
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]

        @settings(max_examples=40, deadline=None, derandomize="DECAF_LONG" not in os.environ)
        @given(sends())
        def send(written: bytes) -> None:
            with dial(server.url) as connection:
                connection.sendall(written)
                answered = answer(connection)
            assert answered is not None
            assert answered.status < 500
            if answered.status == 200:
                acknowledged.update(found.decode() for found in _MESSAGE_ID.findall(answered.body)[:1])

        send()
        server.restart()
        held: set[str] = set()
        with closing(server.client("sqs", ACCOUNT)) as sqs:
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                held.update(message["MessageId"] for message in messages)
    assert acknowledged
    assert acknowledged <= held
    assert not [record for record in caplog.records if "cannot be written" in record.getMessage()]
