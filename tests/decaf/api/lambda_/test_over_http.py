"""Lambda's API as other clients call it: by raw HTTP on both edges, by the AWS CLI, by aiobotocore."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from decaf.base.settings import Settings
from decaf.testing import Decaf
from tests.decaf.api.lambda_.conftest import ROLE, zipped

ROOT = Path(__file__).parents[4]
AWS = ROOT / ".venv-legacy" / "bin" / "aws"
AIO = ROOT / ".venv-aio" / "bin" / "python"
ACCOUNT = "111122223333"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:brew"
SCOPE = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/lambda/aws4_request, Signature=0"


@pytest.fixture(scope="module", params=["fast", "plain"])
def decaf(request: pytest.FixtureRequest) -> Iterator[Decaf]:
    with Decaf(Settings(port=0, edge=request.param)) as started:
        yield started


@pytest.fixture
def connection(decaf: Decaf) -> Iterator[HTTPConnection]:
    opened = HTTPConnection(urlsplit(decaf.url).netloc, timeout=30)
    yield opened
    opened.close()
    decaf.control.reset()


def send(connection: HTTPConnection, method: str, target: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    connection.request(method, target, content, {"Authorization": SCOPE})
    response = connection.getresponse()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def code(text: str = "def handle(event, context): return event") -> str:
    return base64.b64encode(zipped(text)).decode()


def test_a_function_lives_on_one_connection(connection: HTTPConnection) -> None:
    created = {"FunctionName": "brew", "Runtime": "python3.12", "Role": ROLE, "Handler": "coffee.handle"}
    functions = "/2015-03-31/functions"
    assert send(connection, "POST", f"{functions}/", created | {"Code": {"ZipFile": code()}})[0] == 201
    status, headers, body = send(connection, "POST", f"{functions}/brew/invocations", b"[1]")
    assert (status, body) == (200, b"[1]")
    assert headers["x-amz-executed-version"] == "$LATEST"
    assert headers["x-amzn-requestid"]
    for name in ("brew", quote(ARN, safe=""), ARN):
        status, _, body = send(connection, "GET", f"{functions}/{name}/configuration")
        assert (status, json.loads(body)["FunctionArn"]) == (200, ARN)
    assert send(connection, "PUT", f"{functions}/brew/code", {"ZipFile": code("x = 1")})[0] == 200
    tags = f"/2017-03-31/tags/{quote(ARN, safe='')}"
    assert send(connection, "POST", tags, {"Tags": {"a": "1", "b": "2"}})[::2] == (204, b"")
    assert send(connection, "DELETE", f"{tags}?tagKeys=a&tagKeys=c")[0] == 204
    assert json.loads(send(connection, "GET", tags)[2]) == {"Tags": {"b": "2"}}
    assert send(connection, "DELETE", f"{functions}/brew")[::2] == (204, b"")
    status, headers, body = send(connection, "GET", f"{functions}/brew")
    assert (status, headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert json.loads(body) == {"Type": "User", "Message": f"Function not found: {ARN}"}


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "error"),
    [
        ("GET", "/2015-03-31/functions/brew/none", None, 404, "UnknownOperationException"),
        ("PATCH", "/2015-03-31/functions", None, 404, "UnknownOperationException"),
        ("HEAD", "/2015-03-31/functions", None, 404, "UnknownOperationException"),
        ("GET", "/2015-03-31/functions?MaxItems=many", None, 400, "SerializationException"),
        ("GET", "/2015-03-31/functions?MaxItems=0", None, 400, "ValidationException"),
        ("GET", "/2015-03-31/functions/a%2Fb", None, 400, "ValidationException"),
        ("GET", "/2015-03-31/functions/%ff", None, 404, "MalformedQueryString"),
        ("POST", "/2015-03-31/functions", b"", 400, "ValidationException"),
        ("POST", "/2015-03-31/functions", b"{", 400, "SerializationException"),
        ("POST", "/2015-03-31/functions", b'{"FunctionName":[]}', 400, "SerializationException"),
        ("PUT", "/2015-03-31/functions/brew/code", b'{"ZipFile":"%"}', 400, "SerializationException"),
        ("POST", "/2015-03-31/functions/brew/versions", b"{}", 501, "NotImplementedException"),
        ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", None, 400, "ValidationException"),
    ],
)
def test_bad_requests_are_refused_as_lambda_refuses_them(
    connection: HTTPConnection, method: str, target: str, body: bytes | None, status: int, error: str
) -> None:
    found, headers, _ = send(connection, method, target, body)
    assert (found, headers["x-amzn-errortype"]) == (status, error)


def test_code_that_is_too_long_is_refused_before_it_is_read(decaf: Decaf) -> None:
    for target, most, operation in (
        ("/2015-03-31/functions", 69_905_067, "CreateFunction"),
        ("/2015-03-31/functions/brew/invocations", 6_291_456, "InvokeFunction"),
    ):
        opened = HTTPConnection(urlsplit(decaf.url).netloc, timeout=30)
        opened.putrequest("POST", target)
        opened.putheader("Content-Length", str(most + 1))
        opened.putheader("Expect", "100-continue")
        opened.endheaders()
        response = opened.getresponse()
        assert response.status == 413
        text = f"Request must be smaller than {most} bytes for the {operation} operation"
        assert json.loads(response.read()) == {"message": text}
        opened.close()


def test_the_aws_cli_creates_and_invokes(decaf: Decaf, tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(zipped("def handle(event, context): return 'latte'"))
    environment = {**os.environ, **decaf.environment(ACCOUNT), "AWS_DEFAULT_REGION": "us-east-1"}

    def run(*words: str) -> str:
        command = [str(AWS), "--endpoint-url", decaf.url, "lambda", *words]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    made = run(
        *("create-function", "--function-name", "brew", "--runtime", "python3.12", "--role", ROLE),
        *("--handler", "coffee.handle", "--zip-file", f"fileb://{tmp_path / 'code.zip'}"),
    )
    assert json.loads(made)["State"] == "Active"
    run("invoke", "--function-name", "brew", "--payload", "{}", str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text()) == "latte"
    decaf.control.reset()


OF_AIOBOTOCORE = """
import asyncio, base64, sys
from aiobotocore.session import get_session

async def main(url, account, role, code):
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "decaf"}
    async with get_session().create_client("lambda", "us-east-1", endpoint_url=url, **keys) as client:
        function = {"FunctionName": "brew", "Runtime": "python3.12", "Role": role, "Handler": "coffee.handle"}
        await client.create_function(**function, Code={"ZipFile": base64.b64decode(code)})
        response = await client.invoke(FunctionName="brew", Payload=b"[2]")
        print((await response["Payload"].read()).decode())

asyncio.run(main(*sys.argv[1:]))
"""


def test_aiobotocore_creates_and_invokes(decaf: Decaf) -> None:
    command = [str(AIO), "-c", OF_AIOBOTOCORE, decaf.url, ACCOUNT, ROLE, code()]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[2]\n"
    decaf.control.reset()


@pytest.mark.parametrize("name", ["function", "arn", "us-east-1:111122223333:function:function"])
def test_a_function_can_have_a_word_of_arns_as_its_name(connection: HTTPConnection, name: str) -> None:
    target = f"/2015-03-31/functions/{name}/invocations"
    short = name.rpartition(":")[2]
    missing = f"Function not found: {ARN.removesuffix('brew')}{short}"
    status, _, body = send(connection, "POST", target, b"[1]")
    assert (status, json.loads(body)["Message"]) == (404, missing)
    created = {"FunctionName": short, "Runtime": "python3.12", "Role": ROLE, "Handler": "coffee.handle"}
    assert send(connection, "POST", "/2015-03-31/functions/", created | {"Code": {"ZipFile": code()}})[0] == 201
    assert send(connection, "POST", target, b"[1]")[::2] == (200, b"[1]")
