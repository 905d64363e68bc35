"""/_aws/sqs/messages: all messages of a queue, without receiving them, in the form of a ReceiveMessage result.

The queue is that of a ReceiveMessage call, when an SDK has this URL as its endpoint; else that of the parameters or of
the path. An SDK gets a response in its own protocol; others get the XML of the Query protocol or, with `Accept:
application/json`, that XML as JSON: one message is an object then, several are a list.
Source: LocalStack's documentation of SQS, "Developer endpoints".
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import xmltodict
from msgspec.structs import replace

from decaf.api.places import Place
from decaf.api.sqs.rendering import Selection, render
from decaf.base.arn import read_queue_url
from decaf.compat.route import CompatRequest, Route
from decaf.control.messages import locks
from decaf.sqs.errors import queue_does_not_exist
from decaf.sqs.message import Message, State
from decaf.sqs.queue import Queue
from decaf.sqs.system_attributes import SYSTEM_ATTRIBUTES
from decaf.world import World
from decaf_protocol import AWSError, Call, Codec, Dialect, Reply, decode, dialect, encode_error, encode_result

NO_HANDLE = "SQS/BACKDOOR/ACCESS"  # the receipt handle of every message, since none was received
_ALL = Selection(tuple(SYSTEM_ATTRIBUTES), ("All",))
_ORDER = (State.IN_FLIGHT, State.VISIBLE, State.DELAYED)


def _messages(world: World, request: CompatRequest) -> Reply:
    codec, request_id = dialect(request.http).codec, world.request_id()
    spoken = Dialect("sqs", Codec.JSON if codec is Codec.JSON else Codec.QUERY)
    try:
        call = _call(request)
        result = _result(world, call, request)
        reply = encode_result(replace(call, dialect=spoken), result, request_id)
    except AWSError as error:
        reply = encode_error(spoken, error, request_id)
    return _as_json(reply) if codec is Codec.QUERY_AS_JSON else reply


def _call(request: CompatRequest) -> Call:
    """Returns the call of an SDK; without a body, the same call made from the URL."""
    if request.http.body:
        call = decode(request.http)
        if (call.dialect.service, call.operation) != ("sqs", "ReceiveMessage"):
            raise AWSError("InvalidRequest", "This endpoint only accepts ReceiveMessage calls")
        return call
    url = request.rest or request.query.get("QueueUrl")
    if not url:
        raise queue_does_not_exist()
    form = urlencode({"Action": "ReceiveMessage", "QueueUrl": url})
    return decode(replace(request.http, method="GET", target=f"/?{form}"))


def _place(request: CompatRequest) -> Place:
    try:
        call = _call(request)
    except AWSError:
        return None, None
    address = read_queue_url(call.params.get("QueueUrl", ""))
    return address.account or call.account, address.region or call.region


def _result(world: World, call: Call, request: CompatRequest) -> dict[str, Any]:
    queue = world.sqs.queue(call)
    queue.settle(world.clock.now())
    invisible, delayed = _is_wanted(request, "ShowInvisible"), _is_wanted(request, "ShowDelayed")
    found = sorted(_found(queue, invisible, delayed), key=lambda message: _ORDER.index(message.state))
    result = render(queue, found, _ALL)
    for message, shown in zip(found, result["Messages"], strict=True):
        shown["ReceiptHandle"] = NO_HANDLE
        if invisible:
            shown["Attributes"]["IsVisible"] = str(message.state is not State.IN_FLIGHT).lower()
        if delayed:
            shown["Attributes"]["IsDelayed"] = str(message.state is State.DELAYED).lower()
    return result


def _is_wanted(request: CompatRequest, parameter: str) -> bool:
    return request.query.get(parameter, "").lower() in ("true", "1")


def _found(queue: Queue, invisible: bool, delayed: bool) -> list[Message]:
    """Returns the messages to show. Those of a group with a message in flight are invisible too."""
    locked = locks(queue)
    wanted = {State.VISIBLE: True, State.IN_FLIGHT: invisible, State.DELAYED: delayed}
    return [
        message
        for message in queue.messages.values()
        if wanted[message.state] and (invisible or message.state is State.DELAYED or message.group_id not in locked)
    ]


def _as_json(reply: Reply) -> Reply:
    document = xmltodict.parse(reply.body, strip_whitespace=False)
    for root in document.values():
        root.pop("@xmlns", None)
    headers = tuple(header for header in reply.headers if header[0] != "Content-Type")
    body = json.dumps(document).encode()
    return Reply(reply.status, (("Content-Type", "application/json"), *headers), body)


ROUTES = tuple(
    Route(method, path, _messages, _place)
    for method in ("GET", "POST")
    for path in ("/_aws/sqs/messages", "/_aws/sqs/messages/")
)
