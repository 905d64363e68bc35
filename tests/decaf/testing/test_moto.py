"""moto's decorator beside Decaf, in both orders: Decaf has SQS, SNS and its part of Lambda, moto has the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import botocore_stubber

from decaf.testing import Decaf, NotMocked, everywhere
from tests.decaf.api.lambda_.conftest import zipped


@pytest.fixture(params=["moto first", "Decaf first"])
def both(request: pytest.FixtureRequest) -> Iterator[Decaf]:
    """Decaf's server, while both are active."""
    with ExitStack() as stack:
        if request.param == "moto first":
            stack.enter_context(mock_aws())
        decaf = stack.enter_context(everywhere())
        if request.param == "Decaf first":
            stack.enter_context(mock_aws())
        yield decaf


def client(service: str, **more: Any) -> Any:
    return boto3.Session().client(service, region_name="us-east-1", **more)


def test_queues_and_topics_are_decafs(both: Decaf) -> None:
    client("sqs").create_queue(QueueName="orders")
    client("sns").create_topic(Name="drinks")
    assert [queue.name for queue in both.control.queues()] == ["orders"]
    assert [topic.name for topic in both.control.topics()] == ["drinks"]


def test_buckets_and_tables_are_motos(both: Decaf) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="menus")
    assert [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]] == ["menus"]
    assert client("dynamodb").list_tables()["TableNames"] == []


def test_of_sts_each_has_its_operations(both: Decaf) -> None:
    role = "arn:aws:iam::123456789012:role/barista"
    assert client("sts").assume_role(RoleArn=role, RoleSessionName="shift")["Credentials"]["AccessKeyId"]
    assert client("sts").get_caller_identity()["Arn"].endswith(":user/decaf")


def test_of_lambda_each_has_its_operations(both: Decaf) -> None:
    functions = client("lambda")
    code = {"ZipFile": zipped("def handle(event, context): return event")}
    role = "arn:aws:iam::123456789012:role/barista"
    functions.create_function(FunctionName="brew", Runtime="python3.12", Role=role, Handler="coffee.handle", Code=code)
    assert functions.invoke(FunctionName="brew", Payload=b"[1]")["Payload"].read() == b"[1]"
    assert [function.name for function in both.control.functions()] == [
        functions.list_functions()["Functions"][0]["FunctionArn"]
    ]
    layer = functions.publish_layer_version(LayerName="milk", Content=code)
    assert layer["Version"] == 1


def test_a_client_that_does_not_know_moto_is_answered_too(both: Decaf) -> None:
    """As one that was made before moto was imported."""
    s3 = client("s3")
    s3.meta.events.unregister("before-send", botocore_stubber)
    assert s3.list_buckets()["Buckets"] == []


def test_moto_answers_all_again_when_decaf_is_left() -> None:
    with mock_aws():
        with everywhere():
            client("sqs").create_queue(QueueName="orders")
        assert "QueueUrls" not in client("sqs").list_queues()
        client("sqs").create_queue(QueueName="drinks")
        assert client("sqs").list_queues()["QueueUrls"] == [
            "https://sqs.us-east-1.amazonaws.com/123456789012/drinks",
        ]


def test_nothing_is_answered_by_moto_when_it_is_left() -> None:
    with everywhere():
        with mock_aws():
            client("s3").list_buckets()
        with pytest.raises(NotMocked):
            client("s3").list_buckets()
