"""Functions of templates: those that can be run here are, with what the template says of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from decaf.base.settings import BadSetting, Settings
from tests.live import Live

SAM = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Timeout: 7
    Environment: {Variables: {SHOP: corner, CUP: small}}
Resources:
  Orders: {Type: AWS::SNS::Topic, Properties: {TopicName: orders}}
  Served: {Type: AWS::SQS::Queue, Properties: {QueueName: served}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Brew:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: brew
      CodeUri: src/
      Handler: coffee.brew
      MemorySize: 256
      Environment: {Variables: {CUP: large, SERVED: !Ref Served, TABLE: !GetAtt Table.StreamArn}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        MaximumEventAgeInSeconds: 300
        DestinationConfig: {OnFailure: {Type: SQS}, OnSuccess: {Type: SQS, Destination: !GetAtt Served.Arn}}
      Events:
        News: {Type: SNS, Properties: {Topic: !Ref Orders}}
  Table: {Type: AWS::DynamoDB::Table}
"""
CODE = """
import os, boto3

def brew(event, context):
    text = event["Records"][0]["Sns"]["Message"]
    boto3.client("sqs").send_message(QueueUrl=os.environ["SERVED"], MessageBody=f"{os.environ['CUP']} {text}")
    return os.environ["SHOP"]
"""


class Servers:
    """Starts servers with a template in a folder."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.folder = folder
        self._closing = closing

    def start(self, template: str, **settings: Any) -> Live:
        file = self.folder / "shop.yaml"
        file.write_text(template)
        return self._closing.enter_context(Live(Settings(port=0, init=(str(file),), **settings)))


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "coffee.py").write_text(CODE)
    with ExitStack() as closing:
        yield Servers(tmp_path, closing)


def test_a_function_of_sam_is_run_with_its_topic(servers: Servers) -> None:
    server = servers.start(SAM)
    (brew,) = server.control.functions()
    dead, served = (f"arn:aws:sqs:us-east-1:000000000000:{name}" for name in ("dead", "served"))
    assert brew.name == "arn:aws:lambda:us-east-1:000000000000:function:brew"
    assert (brew.handler, brew.path) == ("coffee.brew", str((servers.folder / "src").resolve()))
    assert (brew.timeout, brew.memory_size, brew.runtime) == (7, 256, "python3.12")
    url = "https://sqs.us-east-1.amazonaws.com/000000000000/served"
    assert brew.environment == {"SHOP": "corner", "CUP": "large", "SERVED": url, "TABLE": brew.environment["TABLE"]}
    assert (brew.dead_letter_queue, brew.on_success) == (dead, served)
    assert str(brew.on_failure).startswith(
        "arn:aws:sqs:us-east-1:000000000000:shop-BrewEventInvokeConfigOnFailureQueue"
    )
    assert (brew.maximum_retry_attempts, brew.maximum_event_age) == (1, 300)
    server.client("sns").publish(TopicArn="arn:aws:sns:us-east-1:000000000000:orders", Message="latte")
    server.advance(0)
    bodies = [message.body for message in server.control.messages("served")]
    assert bodies[0] == "large latte"
    assert json.loads(bodies[1])["responsePayload"] == "corner"


@pytest.mark.parametrize(
    ("code", "handler"),
    [
        ("Code: src", "coffee.brew"),
        ("Code: {ZipFile: 'def brew(event, context): return 1'}", "index.brew"),
    ],
)
def test_a_function_of_cloudformation_has_its_code_beside_the_template_or_in_it(
    servers: Servers, code: str, handler: str
) -> None:
    template = f"""
Resources:
  Brew:
    Type: AWS::Lambda::Function
    Properties:
      {code}
      Handler: {handler}
      Runtime: python3.11
      Role: arn:aws:iam::000000000000:role/barista
      ReservedConcurrentExecutions: 3
      DeadLetterConfig: {{TargetArn: "arn:aws:sqs:us-east-1:000000000000:dead"}}
  Config:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {{FunctionName: !Ref Brew, Qualifier: $LATEST, MaximumRetryAttempts: 0}}
"""
    (brew,) = servers.start(template).control.functions()
    assert (brew.handler, brew.role, brew.reserved_concurrency) == (
        handler,
        "arn:aws:iam::000000000000:role/barista",
        3,
    )
    assert (brew.dead_letter_queue, brew.maximum_retry_attempts) == ("arn:aws:sqs:us-east-1:000000000000:dead", 0)
    assert brew.name.startswith("arn:aws:lambda:us-east-1:000000000000:function:shop-Brew-")


def test_code_in_a_template_is_run(servers: Servers) -> None:
    inline = "InlineCode: 'def brew(event, context): return event[\"drink\"]'"
    template = (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Brew:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{FunctionName: brew, Runtime: python3.12, Handler: index.brew, {inline}}}\n"
    )
    server = servers.start(template)
    assert server.control.invoke_function("brew", {"drink": "latte"}).result == "latte"


def test_the_assets_of_the_cdk_are_found(servers: Servers) -> None:
    template = {
        "Resources": {
            "Brew": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}"}, "S3Key": "x.zip"},
                    "Handler": "coffee.brew",
                    "Runtime": "python3.12",
                },
                "Metadata": {"aws:asset:path": "src", "aws:asset:property": "Code"},
            }
        }
    }
    (brew,) = servers.start(json.dumps(template)).control.functions()
    assert brew.path == str((servers.folder / "src").resolve())


OTHERS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Node: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: index.handler, Runtime: nodejs22.x}}
  Stored: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: a.b, Runtime: python3.12}}
  Image: {Type: AWS::Serverless::Function, Properties: {PackageType: Image, ImageUri: x}}
  Gone: {Type: AWS::Serverless::Function, Properties: {CodeUri: gone, Handler: a.b, Runtime: python3.12}}
"""


def test_functions_that_cannot_be_run_here_are_left_out(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    assert servers.start(OTHERS).control.functions() == []
    assert (
        "shop.yaml: functions are left out, as nothing here can run them (Node: the runtime nodejs22.x is not Python; "
        "Stored: the code is at s3://b/k; Image: no runtime of Python; "
        f"Gone: the folder {servers.folder / 'gone'} does not exist). To run one, register a function under its"
        in caplog.text
    )
    with pytest.raises(BadSetting, match="Node: AWS::Serverless::Function is not a resource type of SQS or SNS"):
        servers.start(OTHERS, other_resources="refuse")


def test_a_misspelled_property_is_an_error_with_its_line(servers: Servers) -> None:
    event = SAM.replace(
        "News: {Type: SNS", "Late: {Type: SQS, Properties: {Queue: q, BatchSiz: 3}}\n        News: {Type: SNS"
    )
    with pytest.raises(BadSetting, match=r"shop.yaml:26: the event Late of the type SQS has no property BatchSiz$"):
        servers.start(event)
    function = """
Resources:
  Brew:
    Type: AWS::Lambda::Function
    Properties:
      Code: src
      Handler: coffee.brew
      Runtime: python3.12
      SnapStart: {ApplyOn: None}
      Timeou: 9
"""
    with pytest.raises(BadSetting, match=r"shop.yaml:10: Brew: AWS::Lambda::Function has no property Timeou$"):
        servers.start(function)
    assert len(servers.start(function.replace("Timeou", "Timeout")).control.functions()) == 1


def test_the_settings_can_say_what_runs_a_function_of_a_template(
    servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    template = OTHERS.replace("CodeUri: src,", "CodeUri: src, Timeout: 9, Environment: {Variables: {CUP: large}},")
    server = servers.start(template, functions=({"name": "Node", "command": ["cat"], "environment": {"MODE": "b"}},))
    _, node = server.control.functions()
    assert node.name.startswith("arn:aws:lambda:us-east-1:000000000000:function:shop-Node-")
    assert (node.command, node.timeout, node.environment) == (("cat",), 9, {"CUP": "large", "MODE": "b"})
    assert "Stored: the code is at s3://b/k" in caplog.text


def test_a_value_that_lambda_refuses_names_its_place(servers: Servers) -> None:
    with pytest.raises(BadSetting, match=r"shop.yaml:\d+: Brew: .*the timeout must be more than 0"):
        servers.start(SAM.replace("Timeout: 7", "Timeout: 9000"))
    with pytest.raises(BadSetting, match=r"Brew: Timeout is a number, not 'long'"):
        servers.start(SAM.replace("Timeout: 7", "Timeout: long"))


def test_a_template_applied_again_changes_and_removes_functions(live: Live, account: str, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    control = live.control.of(account)

    def declare(text: str) -> list[tuple[str, str]]:
        declared = control.declare(text, "cloudformation", stack_name="shop", folder=str(tmp_path))
        return [(one.resource, one.change) for one in (*declared.created, *declared.deleted)]

    brew = (
        "  Brew: {Type: AWS::Lambda::Function, Properties: {FunctionName: brew, Code: src, Handler: a.b, "
        "Runtime: python3.12, Timeout: 5}}\n"
    )
    keep = "Resources:\n  Kept: {Type: AWS::SQS::Queue}\n"
    assert declare(keep + brew) == [("Kept", "created"), ("Brew", "created")]
    assert declare(keep + brew) == [("Kept", "unchanged"), ("Brew", "unchanged")]
    assert declare(keep + brew.replace("5", "6")) == [("Kept", "unchanged"), ("Brew", "updated")]
    arn = f"arn:aws:lambda:us-east-1:{account}:function:brew"
    assert [one.timeout for one in control.functions() if one.name == arn] == [6]
    assert declare(keep) == [("Kept", "unchanged"), ("Brew", "deleted")]
    assert arn not in [one.name for one in control.functions()]


def test_without_a_folder_only_code_in_the_template_is_run(live: Live, account: str) -> None:
    control = live.control.of(account)
    text = (
        "Resources:\n  Brew: {Type: AWS::Lambda::Function, Properties: {Code: ., Handler: a.b, Runtime: python3.12}}\n"
    )
    assert control.declare(text, "cloudformation").notes != []
