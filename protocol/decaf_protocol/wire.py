"""The values that cross the protocol's border: Request and Call, Result, Reply and AWSError.

Rule: everything here is plain, frozen data: no sockets, no clock, no queues, no topics.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

Params = dict[str, Any]  # of an operation, by the model's names of its input's members
Result = dict[str, Any]  # by the model's names of its output's members


class Codec(Enum):
    """The encoding of a request, and so of its response."""

    JSON = "json"  # AWS JSON 1.0: SQS since 2023
    QUERY = "query"  # form in, XML out: SNS, and SQS clients of the older generation
    QUERY_AS_JSON = "query-as-json"  # form in, JSON out: Query with `Accept: application/json`
    REST_JSON = "rest-json"  # method, path, query and JSON: Lambda, and errors of services that are not here
    # Of services that are not here; only errors are written in these.
    OTHER_JSON = "other-json"
    OTHER_QUERY = "other-query"
    EC2 = "ec2"
    REST_XML = "rest-xml"
    CBOR = "smithy-rpc-v2-cbor"


class Origin(msgspec.Struct, frozen=True):
    """Where requests come from: the client's address, None if it is unknown, and whether they come over TLS."""

    address: str | None = None
    secure: bool = False


class Request(msgspec.Struct, frozen=True):
    """One HTTP request, from any server.

    `target` is the request target as sent: the percent-encoded path and, after `?`, the query string.
    `headers` answers look-ups by lower-case name. `origin` is the same for all requests of a connection.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    origin: Origin = Origin()


class Dialect(msgspec.Struct, frozen=True):
    """The service that a client addresses and the encoding it uses: all that a response depends on."""

    service: str  # "sqs", "sns", "sts" or "lambda"; of another service, what that is called in a credential scope
    codec: Codec


class Call(msgspec.Struct, frozen=True):
    """One call of an operation, its parameters read and checked against the service's model.

    `params` has the model's member names whatever the codec; members that were not sent are absent.
    Integers are int, booleans bool, blobs bytes, structures and maps dict, lists list.
    `account` is 12 digits (the access key when it is one, else 000000000000); `region` is None
    when neither the credential scope nor the host names one.
    """

    dialect: Dialect
    operation: str
    params: Params
    account: str
    region: str | None
    host: str  # the Host header, "" when there was none
    trace_header: str | None  # X-Amzn-Trace-Id
    secure: bool = False  # whether it came over TLS
    caller: tuple[str, str] | None = None  # the unique id and the ARN of who signed, where that is known

    @property
    def base_url(self) -> str:
        """The URL of the server as the client has called it, without a path."""
        return f"{'https' if self.secure else 'http'}://{self.host}"


class Reply(msgspec.Struct, frozen=True):
    """One HTTP response; `headers` does not include Content-Length."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class AWSError(Exception):
    """An error of AWS's.

    `shape` is the error's name in the service's model ("QueueDoesNotExist", "InvalidParameterException") or
    one of the errors common to all services ("InvalidParameterValueException", "MissingParameter"...).
    This package's tables have the code and HTTP status that belong to it in each protocol. `details` are further
    members of the error, by the model's names, which REST protocols send.
    """

    __slots__ = ("details", "message", "shape")

    def __init__(self, shape: str, message: str, **details: Any) -> None:
        super().__init__(shape, message)
        self.shape = shape
        self.message = message
        self.details = details
