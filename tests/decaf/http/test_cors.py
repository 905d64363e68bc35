"""Pages of named origins: what a browser must read in preflights, results, errors and late responses."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from decaf.base.settings import Settings
from decaf.testing import Decaf

APP, OTHER = "http://app.example:3000", "https://other.example"
SCOPE = "AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/sqs/aws4_request, Signature=0"
EXPOSED = {"x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "x-amzn-query-error", "date"}


@pytest.fixture(scope="module", params=["fast", "plain"])
def decaf(request: pytest.FixtureRequest) -> Iterator[Decaf]:
    with Decaf(Settings(port=0, edge=request.param, cors_origin=(APP, OTHER.upper() + "/"))) as started:
        yield started


def _ask(decaf: Decaf, method: str, target: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(decaf.url).netloc, timeout=30)
    connection.request(
        method, target, body.encode() or None, {name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    response.text = response.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return response


def _call(decaf: Decaf, operation: str, origin: str, **params: object) -> http.client.HTTPResponse:
    kind = "application/x-amz-json-1.0"
    target = f"AmazonSQS.{operation}"
    body = json.dumps(params)
    return _ask(decaf, "POST", "/", body, Origin=origin, Authorization=SCOPE, X_Amz_Target=target, Content_Type=kind)


def _preflight(decaf: Decaf, target: str, origin: str, **more: str) -> http.client.HTTPResponse:
    wanted = "authorization,content-type,x-amz-date,x-amz-target"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wanted}
    return _ask(decaf, "OPTIONS", target, Origin=origin, **asked, **more)


@pytest.mark.parametrize("origin", [APP, OTHER])
@pytest.mark.parametrize("target", ["/", "/111122223333/orders"])
def test_a_preflight_allows_what_an_sdk_sends(decaf: Decaf, origin: str, target: str) -> None:
    response = _preflight(decaf, target, origin)
    assert (response.status, response.getheader("Access-Control-Allow-Origin")) == (200, origin)
    assert response.getheader("Access-Control-Allow-Headers") == "authorization,content-type,x-amz-date,x-amz-target"
    assert "POST" in (response.getheader("Access-Control-Allow-Methods") or "").split(",")
    assert response.getheader("Access-Control-Allow-Credentials") is None
    assert response.getheader("Access-Control-Allow-Private-Network") is None
    assert response.getheader("Vary") == "Origin"


def test_a_public_page_may_call_this_machine(decaf: Decaf) -> None:
    response = _preflight(decaf, "/", APP, Access_Control_Request_Private_Network="true")
    assert response.getheader("Access-Control-Allow-Private-Network") == "true"


@pytest.mark.parametrize(
    ("operation", "params", "status"),
    [
        ("CreateQueue", {"QueueName": "orders"}, 200),
        ("ReceiveMessage", {"QueueUrl": "http://localhost/111122223333/orders", "WaitTimeSeconds": 1}, 200),
        ("GetQueueUrl", {"QueueName": "none"}, 400),
        ("Nothing", {}, 400),
    ],
)
def test_results_errors_and_late_responses_can_be_read(
    decaf: Decaf, operation: str, params: dict[str, object], status: int
) -> None:
    _call(decaf, "CreateQueue", APP, QueueName="orders")
    response = _call(decaf, operation, APP, **params)
    assert (response.status, response.getheader("Access-Control-Allow-Origin")) == (status, APP)
    assert set((response.getheader("Access-Control-Expose-Headers") or "").lower().split(",")) == EXPOSED


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example", "http://app.example:3000.evil", "null"]
)
def test_other_origins_get_neither_an_answer_nor_a_preflight(decaf: Decaf, origin: str) -> None:
    for response in (_call(decaf, "ListQueues", origin), _preflight(decaf, "/", origin)):
        assert response.status == 403
        assert response.getheader("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize("path", ["/_decaf/reset", "/_decaf/health", "/moto-api/reset", "/_aws/sqs/messages"])
def test_the_control_api_is_for_no_page(decaf: Decaf, path: str) -> None:
    response = _preflight(decaf, path, APP)
    assert (response.status, response.getheader("Access-Control-Allow-Origin")) == (403, None)


def test_programs_get_no_headers_for_browsers(decaf: Decaf) -> None:
    response = _ask(decaf, "GET", "/?Action=ListQueues")
    assert response.status == 200
    assert not [name for name, _ in response.getheaders() if name.startswith("Access-Control")]
