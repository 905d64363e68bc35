"""botocore's two ends - serializer and signer, parser - as a client that meets the protocol without sockets.

Rule: everything a client does is done by botocore's own code; everything between is what HTTP would carry:
a Request made from the prepared request's method, URL, headers and body, and a Reply read as a response.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest, HeadersDict, create_request_object, prepare_request_dict
from botocore.credentials import Credentials
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from decaf_protocol.wire import Reply, Request
from tests.conformance.strategies import service_model

HOST = "127.0.0.1:4566"
REQUEST_ID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
PROTOCOLS = {"sqs": "json", "sns": "query", "sts": "query"}  # of others it is REST-JSON


def serialized(service: str, operation: str, params: dict[str, Any], endpoint: str = f"http://{HOST}") -> AWSRequest:
    """The request botocore makes of a call, not yet signed."""
    serializer = create_serializer(PROTOCOLS.get(service, "rest-json"), include_validation=True)
    request = serializer.serialize_to_request(params, service_model(service).operation_model(operation))
    prepare_request_dict(request, endpoint_url=endpoint, user_agent="Boto3/1.44.5 md/Botocore#1.44.5", context={})
    return create_request_object(request)


def form_in_url(request: AWSRequest, in_url: int | None = None) -> AWSRequest:
    """The same call with `in_url` pairs of its form in the URL and the rest in the body; None: a GET."""
    pairs = list(request.data.items())
    request.url += "?" + urlencode(pairs[:in_url])
    request.data = dict(pairs[in_url:]) if in_url is not None else b""
    if in_url is None:
        request.method = "GET"
        del request.headers["Content-Type"]
    return request


def signed(request: AWSRequest, access_key: str, service: str, region: str, *, token: str | None = None) -> AWSRequest:
    """Signed in the Authorization header, as clients do."""
    SigV4Auth(Credentials(access_key, "secret", token), service, region).add_auth(request)
    return request


def presigned(request: AWSRequest, access_key: str, service: str, region: str) -> AWSRequest:
    """Signed in the query string, which takes the form with it."""
    SigV4QueryAuth(Credentials(access_key, "secret"), service, region, expires=900).add_auth(request)
    return request


def as_sent(request: AWSRequest) -> Request:
    """Returns the request as a server receives it."""
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    headers = {"host": url.netloc}
    for name, value in prepared.headers.items():
        headers[name.lower()] = value.decode() if isinstance(value, bytes) else str(value)
    body = prepared.body or b""
    return Request(
        method=prepared.method,
        target=(url.path or "/") + (f"?{url.query}" if url.query else ""),
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
    )


@lru_cache
def _parser(service: str) -> Any:
    return create_parser(PROTOCOLS.get(service, "rest-json"))


def parsed(service: str, operation: str, reply: Reply) -> dict[str, Any]:
    """Returns what botocore reads from our reply: the result or `Error`, and ResponseMetadata."""
    response = {"status_code": reply.status, "headers": HeadersDict(reply.headers), "body": reply.body}
    read: dict[str, Any] = _parser(service).parse(
        response, service_model(service).operation_model(operation).output_shape
    )
    return read


def as_results(value: Any) -> Any:
    """Returns the value as an operation returns it: seconds since the epoch where botocore reads a datetime."""
    if isinstance(value, dict):
        return {name: as_results(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_results(entry) for entry in value]
    return value.timestamp() if isinstance(value, datetime) else value


def without_empties(value: Any) -> Any:
    """The value less its empty lists and maps, wherever they stand: SQS leaves them out of its answers, and a
    client has no way to write them in a flattened Query form."""
    if isinstance(value, dict):
        kept = {name: without_empties(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if member not in ([], {})}
    if isinstance(value, list):
        return [without_empties(entry) for entry in value]
    return value
