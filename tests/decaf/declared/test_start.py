"""A server has the declared resources from its first request on, or it does not start."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from decaf.base.settings import BadSetting
from decaf.declared.resource import BadDeclaration
from decaf.testing import Decaf, Settings
from tests.endpoint import Endpoint

ROOT = Path(__file__).parent.parent.parent.parent

TEMPLATE = """
Parameters:
  Stage: {Type: String}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-orders"}}
"""


def serve(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "decaf", "serve", "--port", "0", *words],
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_files_of_every_form_are_created_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "decaf.toml").write_text('region = "eu-west-1"\n[[queues]]\nname = "kitchen"\n')
    (tmp_path / "world.toml").write_text('[[topics]]\nname = "news"\n')
    (tmp_path / "app.yaml").write_text(TEMPLATE)
    (tmp_path / "more.json").write_text(json.dumps({"Resources": {"Dead": {"Type": "AWS::SQS::Queue"}}}))
    files = ("--init", "world.toml", "--init", "app.yaml", "--init", "more.json")
    server = serve(tmp_path, *files, "--parameter", "Stage=dev", "--stack-name", "shop")
    assert server.stdout is not None
    try:
        decaf = Decaf.attach(server.stdout.readline().rpartition(" ")[2].strip())
        names = [queue.name for queue in decaf.control.queues(region="eu-west-1")]
        assert names[0] == "dev-orders"
        assert names[1] == "kitchen"
        assert names[2].startswith("shop-Dead-")
        assert [topic.name for topic in decaf.control.topics()] == ["news"]
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    assert server.returncode == 0


def test_a_skipped_resource_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "app.yaml"
    file.write_text("Resources:\n  Orders: {Type: AWS::DynamoDB::Table}\n")
    with caplog.at_level(logging.WARNING, "decaf"), Decaf(Settings(port=0, init=(str(file),))):
        pass
    assert caplog.messages == [f"{file}: 1 resource of another service is skipped: AWS::DynamoDB::Table (Orders)"]


def test_ssm_parameters_are_given_by_a_setting(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text("Resources:\n  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: '{{resolve:ssm:/a/b}}'}}\n")
    with Decaf(Settings(port=0, init=(str(file),), ssm_parameter=("/a/b=orders",))) as decaf:
        assert [queue.name for queue in decaf.control.queues()] == ["orders"]


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (
            ("--other-resources", "refuse"),
            "Resources: {A: {Type: AWS::S3::Bucket}}",
            "Error: app.yaml:1: A: AWS::S3::Bucket is not a resource type of SQS or SNS",
        ),
        ((), TEMPLATE, "Error: app.yaml:3: Orders: the parameter Stage has no value"),
        (("--parameter", "Stage"), TEMPLATE, "Error: parameter: 'Stage' is not of the form NAME=VALUE"),
        (("--ssm-parameter", "a"), TEMPLATE, "Error: ssm_parameter: 'a' is not of the form NAME=VALUE"),
        (("--parameter", "Colour=red"), "Resources: {}", "Error: parameter: no template has the parameter"),
        (("--init-account", "1"), "Resources: {}", "Error: init_account: '1' is not an account of 12 digits"),
        (("--init", "nowhere.yaml"), "Resources: {}", "Error: nowhere.yaml: No such file or directory"),
        (("--parameter", "Stage=b*d"), TEMPLATE, "Error: app.yaml:5: Orders: InvalidParameterValue: Can only include"),
    ],
)
def test_a_server_that_cannot_create_them_does_not_start_and_names_the_reason(
    tmp_path: Path, words: tuple[str, ...], text: str, said: str
) -> None:
    (tmp_path / "app.yaml").write_text(text)
    server = serve(tmp_path, "--init", "app.yaml", *words)
    _, error = server.communicate(timeout=30)
    assert server.returncode == 1
    assert error.startswith(said)
    assert error.count("\n") == 1


def test_settings_may_hold_the_tables_themselves() -> None:
    topics = ({"name": "news"},)
    subscriptions = ({"topic": "news", "protocol": "sqs", "endpoint": "orders"},)
    settings = Settings(port=0, queues=({"name": "orders"},), topics=topics, subscriptions=subscriptions)
    with Decaf(settings) as decaf:
        decaf.client("sns").publish(TopicArn=decaf.control.topics()[0].arn, Message="latte")
        assert "latte" in decaf.control.messages("orders")[0].body


def test_an_error_in_a_table_is_raised() -> None:
    with pytest.raises(BadDeclaration, match="settings: queue orders: there is no key 'colour'"):
        Decaf(Settings(port=0, queues=({"name": "orders", "colour": "red"},)))
    with pytest.raises(BadSetting, match="settings: queue a b: InvalidParameterValue"):
        Decaf(Settings(port=0, queues=({"name": "a b"},)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port = 0\n\n[[queues]]\nname = 'orders'\ncolour = 'red'\n", "5: queue orders: there is no key 'colour'"),
        ("port = 0\r\n[[queues]]\r\nname = 'a b'\r\n", "2: queue a b: InvalidParameterValue: "),
        ("topics = [{name = 'a'},\n  {name = 'b', tags = []}]\n", "2: topic b: tags is a table, not []"),
        ("queues = 5\n", "1: queues: 5 is not a list of tables"),
    ],
)
def test_a_table_of_the_settings_file_is_named_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "decaf.toml").write_bytes(text.encode())
    server = serve(tmp_path)
    _, error = server.communicate(timeout=30)
    assert server.returncode == 1
    assert error.startswith(f"Error: decaf.toml:{reason}")


def test_two_files_may_not_declare_the_same(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('[[queues]]\nname = "orders"\n')
    files = tuple(str(tmp_path / name) for name in ("a.toml", "b.toml"))
    with pytest.raises(BadDeclaration, match=r"b.toml:1: queue orders: orders is declared already: .*a.toml:1"):
        Decaf(Settings(port=0, init=files))


def test_the_stack_of_a_template_that_the_cdk_wrote_has_the_name_that_the_cdk_means(tmp_path: Path) -> None:
    file = tmp_path / "Shop.template.json"
    file.write_text('{"Resources": {"Orders": {"Type": "AWS::SQS::Queue"}}}')
    with Decaf(Settings(port=0, init=(str(file),))) as decaf:
        (queue,) = decaf.control.queues()
    assert queue.name.startswith("Shop-Orders-")


def test_a_template_imports_the_exports_of_those_before_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("""
Resources:
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Mail: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref News, Protocol: email, Endpoint: a@example.com}}
Outputs:
  Topic: {Value: !Ref News, Export: {Name: !Sub "${AWS::StackName}-news"}}
  Mail: {Value: !Ref Mail, Export: {Name: mail}}
  Plain: {Value: !GetAtt Nobody.Arn}
""")
    text = """
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Sub: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, Endpoint: !GetAtt Orders.Arn, TopicArn: %s}}
"""
    second.write_text(text % '!ImportValue "first-news"')
    with Decaf(Settings(port=0, init=(str(first), str(second)))) as decaf:
        assert sorted(one.protocol for one in decaf.control.subscriptions("news")) == ["email", "sqs"]
    with pytest.raises(BadDeclaration, match=r"second.yaml:4: Sub: no template before this one exports first-news"):
        Decaf(Settings(port=0, init=(str(second), str(first))))
    second.write_text(text % "!ImportValue mail")
    with pytest.raises(BadDeclaration, match=r"second.yaml:4: Sub: the value of the export mail is not known: the ARN"):
        Decaf(Settings(port=0, init=(str(first), str(second))))


def test_the_confirmation_url_of_an_endpoint_works() -> None:
    with Endpoint() as endpoint:
        subscription = {"topic": "news", "protocol": "http", "endpoint": endpoint.url}
        settings = Settings(port=0, topics=({"name": "news"},), subscriptions=(subscription,))
        with Decaf(settings) as decaf:
            decaf.control.advance(0)
            (asked,) = endpoint.of("SubscriptionConfirmation")
            assert asked.envelope["SubscribeURL"].startswith(f"{decaf.url}/?Action=ConfirmSubscription")


def test_the_account_of_resources_that_name_none_is_a_setting() -> None:
    with Decaf(Settings(port=0, init_account="222222222222", queues=({"name": "orders"},))) as decaf:
        assert [queue.account for queue in decaf.control.queues()] == ["222222222222"]
