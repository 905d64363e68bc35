"""Commands that create what a file declares, and write such a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]

TEMPLATE = """
Parameters: {Stage: {Type: String}}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-${Stage}"}}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: "{{resolve:ssm:/name}}"}}
  Brew: {Type: AWS::Lambda::Function}
"""


def test_a_file_is_declared_in_a_running_server(run: Command, run_json: JsonCommand, tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text('[[queues]]\nname = "orders"\n')
    assert run("declare", str(file), "--account", "111111111111", "--region", "eu-west-1").stdout.splitlines() == [
        "RESOURCE      CHANGE   ARN",
        "queue orders  created  arn:aws:sqs:eu-west-1:111111111111:orders",
    ]
    assert run_json("declare", str(file))["created"][0]["arn"] == "arn:aws:sqs:us-east-1:000000000000:orders"


def test_a_template_is_declared_with_parameters(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(TEMPLATE)
    result = run("declare", str(file), "--parameter", "Stage=dev", "--ssm-parameter", "/name=news")
    assert result.stdout.splitlines()[1] == "Orders    created  arn:aws:sqs:us-east-1:000000000000:shop-dev"
    assert result.stdout.splitlines()[2].endswith(":news")
    assert "functions are left out, as nothing here can run them (Brew: no runtime of Python)" in result.stderr


def test_a_bad_declaration_is_one_clear_line(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(TEMPLATE)
    result = run("declare", str(file), "--parameter", "Stage=dev", "--ssm-parameter", "/name=a", "--refuse-others")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith(f"Error: {file}:6: Brew: AWS::Lambda::Function is not a resource type")
    assert run("declare", str(file), "--parameter", "Stage").exit_code == 2
    assert run("declare", str(file), "--ssm-parameter", "Stage").exit_code == 2
    assert run("declare", str(tmp_path / "nowhere")).exit_code == 2


def test_a_reset_creates_again_what_was_declared(
    run: Command, run_json: JsonCommand, decaf: Decaf, orders: str
) -> None:
    decaf.control.declare('[[queues]]\nname = "drinks"')
    assert run("reset", "--declared").exit_code == 0
    assert [queue["name"] for queue in run_json("queues")] == ["drinks"]


def test_an_export_is_a_file_that_can_be_declared(
    run: Command, run_json: JsonCommand, decaf: Decaf, tmp_path: Path
) -> None:
    decaf.client("sqs", "111111111111").create_queue(QueueName="orders", Attributes={"DelaySeconds": "5"})
    before = run_json("queues")
    file = tmp_path / "world.toml"
    file.write_text(run("export").stdout)
    run("reset")
    run("declare", str(file))
    assert [queue["attributes"]["DelaySeconds"] for queue in run_json("queues")] == ["5"]
    assert [queue["arn"] for queue in run_json("queues")] == [queue["arn"] for queue in before]


def test_an_export_as_a_template_notes_what_it_leaves_out(run: Command, run_json: JsonCommand, decaf: Decaf) -> None:
    decaf.client("sns").create_topic(Name="news", Attributes={"DeliveryPolicy": '{"http": {}}'})
    result = run("export", "--format", "cloudformation", "--account", "000000000000", "--region", "us-east-1")
    topic = yaml.safe_load(result.stdout)["Resources"]["NewsTopic"]
    assert topic == {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}
    assert result.stderr.startswith("left out: DeliveryPolicy of arn:aws:sns:us-east-1:000000000000:news")
    exported = run_json("export", "--format", "cloudformation-json")
    assert exported["notes"] == [result.stderr.strip()]
