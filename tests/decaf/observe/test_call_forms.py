"""The forms of a call that people copy: each makes the same call again, whatever the parameters have in them."""

from __future__ import annotations

import ast
import json
import os
import shlex
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from hypothesis import given
from hypothesis import strategies as st

from decaf.observe.call_forms import Called, boto3_form, cli_form
from decaf.testing import Decaf
from decaf_protocol.models import service
from tests.decaf_protocol.values import of_shape as values

AWS = Path(__file__).parents[3] / ".venv-legacy" / "bin" / "aws"
URL = "http://127.0.0.1:4566"

OPERATIONS = [(name, operation) for name in ("sqs", "sns", "sts") for operation in sorted(service(name).operations)]
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["-x", "--help", "file:///etc/hosts", "https://a.test", "it's", "$HOME `id`", "a\nb", "\u202e\x1b[0m", "[1]", "{"]
)


def called(service_name: str, operation: str, **params: Any) -> Called:
    return Called(service_name, operation, params, URL, "eu-west-1", "111122223333")


def words(form: str) -> list[str]:
    """The words of a command line as a shell passes them to the program, without its variables."""
    first, second, *rest = shlex.split(form.replace(" \\\n  ", " "))  # shlex knows no lines that go on
    assert first.startswith("AWS_ACCESS_KEY_ID=")
    assert second.startswith("AWS_SECRET_ACCESS_KEY=")
    return rest


def _blobs_as_text(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _blobs_as_text(inner) for name, inner in value.items()}
    return [_blobs_as_text(inner) for inner in value] if isinstance(value, list) else value


def evaluated(form: str) -> tuple[str, str, dict[str, Any]]:
    """The client's settings and the call of a program in Python, evaluated: service, method and parameters."""
    (_, client, call) = ast.parse(form).body
    assert isinstance(client, ast.Assign)
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert isinstance(call.value.func, ast.Attribute)
    params = {str(each.arg): ast.literal_eval(each.value) for each in call.value.keywords}
    return ast.unparse(client.targets[0]), call.value.func.attr, params


@given(st.data())
def test_the_form_for_boto3_has_the_parameters(data: st.DataObject) -> None:
    service_name, operation = data.draw(st.sampled_from(OPERATIONS))
    params = data.draw(values(service(service_name).operations[operation].input))
    form = boto3_form(called(service_name, operation, **params))
    assert evaluated(form) == (service_name, xform_name(operation), params)


@given(st.dictionaries(st.sampled_from(["QueueUrl", "MessageBody", "MessageGroupId"]), _texts))
def test_any_text_comes_through_python(params: dict[str, str]) -> None:
    assert evaluated(boto3_form(called("sqs", "SendMessage", **params)))[2] == params


@given(st.dictionaries(st.sampled_from(["QueueUrl", "MessageBody", "MessageGroupId"]), _texts))
def test_any_text_comes_through_a_shell(params: dict[str, str]) -> None:
    aws, name, operation, *options = words(cli_form(called("sqs", "SendMessage", **params)))
    assert (aws, name, operation, *options[:4]) == (
        *("aws", "sqs", "send-message"),
        *("--endpoint-url", URL, "--region", "eu-west-1"),
    )
    rest = options[4:]
    if rest[:1] == ["--cli-input-json"]:
        assert json.loads(rest[1]) == params
        return
    assert dict(zip(rest[::2], rest[1::2], strict=True)) == {f"--{xform_name(k, '-')}": v for k, v in params.items()}
    assert not any(value.startswith("-") for value in rest[1::2])


@pytest.fixture(scope="module")
def decaf() -> Iterator[Decaf]:
    with Decaf() as started:
        yield started


ATTRIBUTES = {
    "kind": {"DataType": "String", "StringValue": 'it\'s "hot"'},
    "n": {"DataType": "Number", "StringValue": "1"},
}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sqs", "CreateQueue", {"QueueName": "orders", "Attributes": {"DelaySeconds": "5"}, "tags": {"team": "a b"}}),
    ("sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": 'it\'s $HOME `id` \\ "x"\nö 😀', "DelaySeconds": 0}),
    ("sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": '{"a": [1]}', "MessageAttributes": ATTRIBUTES}),
    ("sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": "--no-verify-ssl"}),
    ("sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": "file:///etc/hostname"}),
    ("sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": "http://127.0.0.1:9/"}),
    ("sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": "[1]\u202e"}),
    ("sqs", "ReceiveMessage", {"QueueUrl": "?", "AttributeNames": ["All"], "MaxNumberOfMessages": 10}),
    ("sqs", "SendMessageBatch", {"QueueUrl": "?", "Entries": [{"Id": "1", "MessageBody": "-"}]}),
    ("sqs", "TagQueue", {"QueueUrl": "?", "Tags": {"a": "b"}}),
    ("sqs", "ListQueues", {}),
    ("sns", "CreateTopic", {"Name": "news"}),
    (
        "sns",
        "Subscribe",
        {"TopicArn": "?", "Protocol": "http", "Endpoint": "http://127.0.0.1:9/", "ReturnSubscriptionArn": True},
    ),
    (
        "sns",
        "Subscribe",
        {"TopicArn": "?", "Protocol": "sms", "Endpoint": "+15555550142", "ReturnSubscriptionArn": False},
    ),
    ("sns", "Publish", {"TopicArn": "?", "Message": "x", "MessageAttributes": ATTRIBUTES}),
    ("sts", "GetCallerIdentity", {}),
]


@pytest.mark.parametrize(("service_name", "operation", "params"), CALLS)
def test_boto3_makes_the_same_call_from_its_form(
    decaf: Decaf, service_name: str, operation: str, params: dict[str, Any]
) -> None:
    made = _made(decaf, service_name, operation, params)
    assert made.boto3 is not None
    exec(made.boto3, {})
    assert _latest(decaf).parameters == made.parameters


@pytest.mark.parametrize(("service_name", "operation", "params"), CALLS)
def test_the_aws_cli_makes_the_same_call_from_its_form(
    decaf: Decaf, service_name: str, operation: str, params: dict[str, Any]
) -> None:
    made = _made(decaf, service_name, operation, params)
    assert made.cli is not None
    path = f"{AWS.parent}{os.pathsep}{os.environ['PATH']}"
    quiet = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": ""}
    done = subprocess.run(
        ["sh", "-c", made.cli], env={**os.environ, **quiet, "PATH": path}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    latest = _latest(decaf)
    assert latest.parameters == made.parameters
    assert "aws-cli" in latest.headers["user-agent"]


def test_blobs_are_base64_for_the_cli_and_bytes_for_boto3(decaf: Decaf) -> None:
    attribute = {"n": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    made = _made(decaf, "sqs", "SendMessage", {"QueueUrl": "?", "MessageBody": "x", "MessageAttributes": attribute})
    assert made.boto3 is not None
    assert made.cli is not None
    assert evaluated(made.boto3)[2]["MessageAttributes"] == attribute
    options = words(made.cli)
    assert json.loads(options[options.index("--message-attributes") + 1]) == _blobs_as_text(attribute)


def test_a_service_that_is_a_word_of_python_gets_another_name() -> None:
    (_, client, call) = ast.parse(boto3_form(called("lambda", "Invoke", FunctionName="brew", Payload=b"{}"))).body
    assert ast.unparse(client).startswith("lambda_ = boto3.client('lambda'")
    assert ast.unparse(call) == "lambda_.invoke(FunctionName='brew', Payload=b'{}')"


def test_the_cli_gets_a_file_for_the_response_of_a_function_and_code_as_json() -> None:
    options = words(cli_form(called("lambda", "Invoke", FunctionName="brew", Payload=b"{}")))[7:]
    assert options == ["--function-name", "brew", "--payload", "e30=", "response.json"]
    made = words(cli_form(called("lambda", "CreateFunction", FunctionName="brew", Code={"ZipFile": b"PK"})))[7:]
    assert made[0] == "--cli-input-json"
    assert json.loads(made[1]) == {"FunctionName": "brew", "Code": {"ZipFile": "UEs="}}


def _made(decaf: Decaf, service_name: str, operation: str, params: dict[str, Any]) -> Any:
    """Makes a call, with the queue and the topic in it; returns its details."""
    client = decaf.client(service_name)
    resources = {
        "QueueUrl": lambda: decaf.client("sqs").create_queue(QueueName="kitchen")["QueueUrl"],
        "TopicArn": lambda: decaf.client("sns").create_topic(Name="kitchen")["TopicArn"],
    }
    given = {name: resources[name]() if value == "?" else value for name, value in params.items()}
    getattr(client, xform_name(operation))(**given)
    return _latest(decaf)


def _latest(decaf: Decaf) -> Any:
    (call,) = decaf.control.calls(limit=1, details=True).calls
    return call.details
