"""Poison: bytes that are no text, control characters and worse, anywhere in the requests of all operations.

Then the server is killed or stopped, and started again: it must have the state that it had.
"""

from __future__ import annotations

import random
import re
from typing import Any

from decaf.persistence.snapshot_file import decode
from decaf_protocol import Request
from scripts.attacks.attack import Scale, check
from tests.again import check_same, without_orders
from tests.conformance.pair import as_sent, serialized, signed
from tests.conformance.strategies import inputs, operation_names, seeded_examples, service_model
from tests.decaf.http.alike import exchange
from tests.decaf.http.wire import answers
from tests.durable.calls import Calls
from tests.durable.process import Process
from tests.durable.test_any_bytes import HOSTILE

_ACCOUNT, _REGION = "000000000000", "us-east-1"
_ARN = f"arn:aws:{{}}:{_REGION}:{_ACCOUNT}:{{}}"
_QUEUES = ("one", "two", "ordered.fifo")
_TOPICS = ("news", "ordered.fifo")
_TEXT = b"latte"
_USUAL: dict[str, dict[str, Any]] = {  # what is surely accepted, unless it is spoilt
    "SendMessage": {"MessageBody": "latte", "MessageAttributes": {"size": {"DataType": "String", "StringValue": "XL"}}},
    "SendMessageBatch": {"Entries": [{"Id": "a", "MessageBody": "latte"}, {"Id": "b", "MessageBody": "mocha"}]},
    "ReceiveMessage": {"MaxNumberOfMessages": 2, "VisibilityTimeout": 60},
    "TagQueue": {"Tags": {"kind": "coffee"}},
    "SetQueueAttributes": {"Attributes": {"DelaySeconds": "0"}},
    "Publish": {"Message": "latte", "Subject": "order"},
    "Subscribe": {"Protocol": "email", "Endpoint": "reader@example.com"},
    "TagResource": {"Tags": [{"Key": "kind", "Value": "coffee"}]},
    "SetTopicAttributes": {"AttributeName": "DisplayName", "AttributeValue": "News"},
    "CreatePlatformApplication": {"Name": "app", "Platform": "GCM", "Attributes": {"PlatformCredential": "key"}},
}
_PROTOCOLS = ("sqs", "email", "email-json", "sms", "lambda")  # none of which reaches another machine
_LEFT = ("DeleteQueue", "DeleteTopic", "PurgeQueue")  # these find nothing, so that the others do


def attack(scale: Scale, durability: str) -> str:
    chance = scale.chance()
    with scale.server("--request-timeout", "5", durability=durability) as server:
        server.control.freeze()
        _make(server)
        statuses = [_send(server, written) for written in _requests(scale, chance)]
        before = decode(server.control.download_snapshot())
        if durability == "commit":
            server.kill()
        else:
            check(server.stop() == 0, "the server did not stop with status 0")
        server.start()
        try:
            check_same(without_orders(before), without_orders(decode(server.control.download_snapshot())))
        except AssertionError as error:
            check(False, f"after the restart the state is another: {str(error)[:500]}")
        kept = sum(map(len, before.messages.values())), len(before.queues)
    done = statuses.count(200)
    check(done > len(statuses) / 20, "hardly any request was accepted: nothing was tried")
    return (
        f"{len(statuses)} requests, {done} accepted; {kept[0]} messages, {kept[1]} queues and the rest are there again"
    )


def _make(server: Process) -> None:
    with Calls(server.port) as calls:
        for name in _QUEUES:
            calls.sqs("CreateQueue", QueueName=name, Attributes={"FifoQueue": "true"} if "." in name else {})
        for name in _TOPICS:
            fifo = {"Attributes.entry.1.key": "FifoTopic", "Attributes.entry.1.value": "true"} if "." in name else {}
            calls.sns("CreateTopic", Name=name, **fifo)
        for topic, queue in (("news", "one"), ("ordered.fifo", "ordered.fifo")):
            calls.sns(
                "Subscribe", TopicArn=_ARN.format("sns", topic), Protocol="sqs", Endpoint=_ARN.format("sqs", queue)
            )


def _requests(scale: Scale, chance: random.Random) -> list[bytes]:
    found = []
    for service in ("sqs", "sns"):
        for operation in operation_names(service):
            drawn = seeded_examples(inputs(service, operation), scale.count(3, 50))
            usual = (
                [_of_ours(chance, service, operation, _USUAL[operation]) for _ in drawn * 4]
                if operation in _USUAL
                else []
            )
            for params in (*(_aimed(chance, service, operation, params) for params in drawn), *usual):
                call = serialized(service, operation, params)
                found.append(_poisoned(chance, as_sent(signed(call, _ACCOUNT, service, _REGION))))
    chance.shuffle(found)
    return found


def _aimed(chance: random.Random, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters, mostly of queues and topics that exist."""
    if "Protocol" in params:
        params = params | {"Protocol": chance.choice(_PROTOCOLS)}
    if operation in _LEFT or chance.random() < 0.1:
        return params
    return _of_ours(chance, service, operation, params)


def _of_ours(chance: random.Random, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters, of a queue and a topic that exist."""
    queue, topic = chance.choice(_QUEUES), chance.choice(_TOPICS)
    topic_arn = _ARN.format("sns", topic)
    here = {"QueueUrl": f"http://localhost/{_ACCOUNT}/{queue}", "TopicArn": topic_arn, "ResourceArn": topic_arn}
    shape = service_model(service).operation_model(operation).input_shape
    return params | {name: value for name, value in here.items() if shape is not None and name in shape.members}


def _poisoned(chance: random.Random, request: Request) -> bytes:
    """The bytes of a request, with hostile ones in some of its places; it stays a request of HTTP."""

    def spoilt(text: bytes, often: float) -> bytes:
        if chance.random() >= often:
            return text
        at = text.find(_TEXT) if _TEXT in text and chance.random() < 0.5 else chance.randrange(len(text) + 1)
        return text[:at] + chance.choice((*HOSTILE, chance.randbytes(3), b"\0", b"\x1b[2J", b"\x7f")) + text[at:]

    headers = {name.encode(): value.encode() for name, value in request.headers.items() if name != "content-length"}
    body = spoilt(request.body, 0.5)
    if b"form-urlencoded" in headers.get(b"content-type", b"") and chance.random() < 0.5:
        body = re.sub(rb"[\x00-\x1f\x7f-\xff]", lambda found: b"%%%02X" % found[0][0], body)
    headers |= {b"x-amzn-trace-id": b"Root=1-5759e988-bd862e3fe1be46a994272793;A=b", b"connection": b"close"}
    headers = {name: re.sub(rb"[\r\n]", b"", spoilt(value, 0.05)) for name, value in headers.items()}
    headers[b"content-length"] = b"%d" % len(body)
    target = re.sub(rb"[\s]", b"", spoilt(request.target.encode(), 0.05))
    lines = (b"%s: %s" % (name, value) for name, value in headers.items())
    return b"POST " + target + b" HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + body


def _send(server: Process, written: bytes) -> int:
    answered = answers(exchange(server.url, written))
    check(len(answered) == 1, f"answered {len(answered)} times: {written!r}")
    check(answered[0].status < 500, f"{written!r} is answered {answered[0]}")
    return answered[0].status
