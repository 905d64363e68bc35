"""Requests for services that are not here, such as S3: what each asked for, and its refusal as that service words it.

Rule: the credential scope names the service. Clients read the refusal as an error of that service, in its own protocol.

Source: botocore's models, for titles, protocols and operations; "AWS JSON 1.1", "AWS restJson1", "AWS restXml" and
"Smithy RPC v2 CBOR" of Smithy's documentation, and "Error responses" of the S3 and EC2 API References.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qs, unquote

import msgspec

from decaf_protocol import models, sigv4
from decaf_protocol.errors import COMMON
from decaf_protocol.models import REST_VERSIONS, VERSIONS, ErrorTrait
from decaf_protocol.rest_routes import Query, Route, Routes, route
from decaf_protocol.wire import AWSError, Codec, Dialect, Reply, Request
from decaf_protocol.xml import escaped

_NAME = re.compile(r"[a-z0-9-]{1,40}")
_FOLDERS = {  # of models that are not called as their credential scope
    "elasticloadbalancing": "elbv2",
    "email": "sesv2",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
}
_CODECS = {"query": Codec.OTHER_QUERY, "ec2": Codec.EC2, "rest-xml": Codec.REST_XML}  # by the models' protocols


class OtherService(msgspec.Struct, frozen=True):
    """What a request for another service asks for; `operation` is "" where that cannot be found."""

    dialect: Dialect
    title: str
    operation: str

    def error(self) -> AWSError:
        """Returns the refusal, readable in the exception that the client raises."""
        asked = f"{self.title} {self.operation}".rstrip()
        only = "Decaf has SQS, SNS, STS (GetCallerIdentity, GetAccessKeyInfo) and parts of Lambda only"
        return AWSError("UnknownOperationException", f"{only}; this was {asked}")


def find(request: Request) -> OtherService | None:
    """Returns what a request asks of another service, None if it is for one of ours or does not say."""
    headers = request.headers
    service = _scope(request)
    if service is None or service in VERSIONS or service in REST_VERSIONS or _NAME.fullmatch(service) is None:
        return None
    path, _, query_text = request.target.partition("?")
    query = parse_qs(query_text, keep_blank_values=True)
    target = headers.get("x-amz-target", "")
    action = _action(request, query)
    if target.startswith("AmazonSQS.") or any(action in models.service(name).operations for name in VERSIONS):
        return None
    model = _model(service)
    if "smithy-protocol" in headers:
        codec, operation = Codec.CBOR, path.rpartition("/")[2]  # of /service/<service>/operation/<operation>
    elif target:
        codec, operation = Codec.OTHER_JSON, target.rpartition(".")[2]
    elif action:
        codec, operation = Codec.EC2 if model.protocol == "ec2" else Codec.OTHER_QUERY, action
    else:
        codec, operation = _CODECS.get(model.protocol, Codec.REST_JSON), model.operation(request, path, query)
    return OtherService(Dialect(model.name, codec), model.title or service, operation[:100])


def error_reply(spoken: Dialect, error: AWSError, request_id: str) -> Reply:
    """Returns the response of another service for an error."""
    trait = COMMON.get(error.shape, ErrorTrait(error.shape, 400))
    if spoken.codec in (Codec.OTHER_JSON, Codec.REST_JSON):
        return _json_error(trait, error, request_id)
    if spoken.codec is Codec.CBOR:
        body = _cbor({"__type": error.shape, "message": error.message})
        headers = (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
        return Reply(trait.status, (*headers, ("x-amzn-RequestId", request_id)), body)
    return _xml_error(spoken, trait, error, request_id)


def _json_error(trait: ErrorTrait, error: AWSError, request_id: str) -> Reply:
    body = json.dumps({"__type": error.shape, "message": error.message}).encode()
    headers = (
        ("Content-Type", "application/json"),
        ("x-amzn-ErrorType", error.shape),
        ("x-amzn-RequestId", request_id),
    )
    return Reply(trait.status, headers, body)


def _xml_error(spoken: Dialect, trait: ErrorTrait, error: AWSError, request_id: str) -> Reply:
    code, status = trait.code, trait.status
    if error.shape == "UnknownOperationException":
        code, status = ("NotImplemented", 501) if spoken.service == "s3" else ("InvalidAction", 400)
    inner = f"<Code>{escaped(code)}</Code><Message>{escaped(error.message)}</Message>"
    if spoken.service == "s3":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    elif spoken.codec is Codec.EC2:
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        fault = f"<Error><Type>Sender</Type>{inner}</Error>"
        text = f"<ErrorResponse>{fault}<RequestId>{request_id}</RequestId></ErrorResponse>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Reply(status, (("Content-Type", "application/xml"), ("x-amz-request-id", request_id)), body)


def _cbor(texts: Mapping[str, str]) -> bytes:
    """Returns a map of texts in CBOR (RFC 8949): major type 5 for the map, 3 for each text."""
    written = [text.encode("utf-8", "replace") for pair in texts.items() for text in pair]
    return bytes([0xA0 + len(texts)]) + b"".join(b"\x79" + len(text).to_bytes(2, "big") + text for text in written)


def _scope(request: Request) -> str | None:
    """Returns the service in the credential scope, of a header or of a presigned URL."""
    if (header := request.headers.get("authorization")) is not None:
        return sigv4.from_authorization(header).service
    credential = re.search(r"[?&]X-Amz-Credential=([^&]+)", request.target)
    return sigv4.from_credential(unquote(credential[1])).service if credential else None


def _action(request: Request, query: Mapping[str, list[str]]) -> str:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return query.get("Action", [""])[0]
    found = re.search(rb"(?:^|&)Action=(\w{1,100})(?:&|$)", request.body)
    return found[1].decode() if found else query.get("Action", [""])[0]


class _HTTP(msgspec.Struct, rename="camel"):
    method: str = "POST"
    request_uri: str = "/"


class _Reference(msgspec.Struct, rename="camel"):
    shape: str = ""
    location: str = ""
    location_name: str = ""


class _Operation(msgspec.Struct):
    http: _HTTP
    input: _Reference = msgspec.field(default_factory=_Reference)


class _Shape(msgspec.Struct):
    members: dict[str, _Reference] = {}
    required: list[str] = []


class _Metadata(msgspec.Struct, rename="camel"):
    protocol: str
    service_id: str


class _File(msgspec.Struct):
    metadata: _Metadata
    operations: dict[str, _Operation]
    shapes: dict[str, _Shape]


class _Model(msgspec.Struct, frozen=True):
    """What is known of a service: `name` is "other", and the rest is empty, where botocore has no model of it."""

    name: str = "other"
    title: str = ""
    protocol: str = ""
    routes: Routes | None = None

    def operation(self, request: Request, path: str, query: Query) -> str:
        """Returns the operation of a REST request, with the most that it asks for; else its method and path."""
        try:
            found = None if self.routes is None else self.routes.find(request.method, path, query, request.headers)
        except AWSError:
            found = None
        return f"{request.method} {path}" if found is None else found[0].operation


@lru_cache(maxsize=512)  # more than there are: each model is read once
def _model(service: str) -> _Model:
    folder = models.folder(_FOLDERS.get(service, service))
    versions = sorted(version for version in folder.glob("*") if any(version.glob("service-2.json*")))
    if not versions:
        return _Model()
    file = msgspec.json.decode(models.text(versions[-1]), type=_File)
    is_rest = file.metadata.protocol.startswith("rest-")
    routes = [_route(name, operation, file.shapes) for name, operation in file.operations.items()] if is_rest else []
    return _Model(service, file.metadata.service_id, file.metadata.protocol, Routes(routes))


def _route(name: str, operation: _Operation, shapes: Mapping[str, _Shape]) -> Route:
    given = shapes.get(operation.input.shape, _Shape())
    required = [given.members[member] for member in given.required if member in given.members]
    query = [(member.location_name, "") for member in required if member.location == "querystring"]
    headers = [member.location_name.lower() for member in required if member.location == "header"]
    return route(name, operation.http.method, operation.http.request_uri, query, headers)
