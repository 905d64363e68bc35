"""Event source mappings of templates and of TOML: SAM's events of queues and topics run whole."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.declared.calls import Place
from decaf.declared.documents import Reading, read_document
from decaf.declared.export.state import state_of
from decaf.declared.resource import BadDeclaration
from decaf.functions.function import Function
from decaf.functions.mapping import describe
from decaf.world import World
from decaf_protocol import Call, Codec, Dialect
from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, HOST, REGION, START

CODE = """
def brew(event, context):
    bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad milk"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""
SAM = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Size: {Type: Number, Default: 5}}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Brew:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: brew
      CodeUri: src/
      Handler: coffee.brew
      Runtime: python3.12
      Events:
        FromOrders:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
            BatchSize: !Ref Size
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: {Filters: [{Pattern: '{"body":[{"anything-but":"tea"}]}'}]}
            ScalingConfig: {MaximumConcurrency: 2}
        FromNews:
          Type: SNS
          Properties: {Topic: !Ref News, SqsSubscription: true}
"""
DEFAULT = "000000000000"  # the account of what the settings declare
AT_START = f"arn:aws:lambda:{REGION}:{DEFAULT}:function:brew"
BREW = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:brew"
MAPPED = """
[[queues]]
name = "orders"

[[event_source_mappings]]
queue = "orders"
function = "brew"
BatchSize = 3
"""


def started(folder: Path, *files: str, **settings: Any) -> World:
    """A world that has started with these documents."""
    init = tuple(str(folder / file) for file in files)
    return World(Settings(init=init, **settings), Clock(lambda: START))


async def opened(world: World) -> None:
    world.clock.freeze()
    world.open(HOST)


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    """A folder with a template and the code of its function."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "coffee.py").write_text(CODE)
    (tmp_path / "template.yaml").write_text(SAM)
    return tmp_path


def test_events_of_queues_and_topics_run_whole(sam: Path) -> None:
    async def play() -> None:
        world = started(sam, "template.yaml")
        await opened(world)
        by_queue = {mapping.queue.resource: describe(mapping) for mapping in world.triggers.all()}
        orders = by_queue.pop("orders")
        assert (orders["FunctionArn"], orders["BatchSize"]) == (AT_START, 5)
        assert orders["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert orders["ScalingConfig"] == {"MaximumConcurrency": 2}
        assert "FilterCriteria" in orders
        (made,) = by_queue.values()
        assert (made["FunctionArn"], made["BatchSize"], made["FunctionResponseTypes"]) == (AT_START, 10, [])
        await world.close()

    asyncio.run(play())


def test_a_message_runs_through_the_function_of_a_template(sam: Path) -> None:
    async def play() -> None:
        world = started(sam, "template.yaml")
        await opened(world)
        queue = world.store.find_queue(DEFAULT, REGION, "orders")
        assert queue is not None
        for body in ("latte", "bad milk", "tea"):
            world.run(_send(body), world.clock.now())
        await world.advance(0)
        assert [message.body for message in queue.messages.values()] == ["bad milk"]
        await world.close()

    asyncio.run(play())


def _send(body: str) -> Call:
    params = {"QueueUrl": "orders", "MessageBody": body}
    return Call(Dialect("sqs", Codec.JSON), "SendMessage", params, DEFAULT, REGION, HOST, None)


@pytest.fixture
def cloud() -> Declaring:
    """A cloud with a function."""
    cloud = Declaring()
    cloud.world.functions.register(Function("brew", in_process=lambda event, context: None))
    return cloud


def test_a_table_maps_a_queue_to_a_function(cloud: Declaring) -> None:
    _, created = cloud.declare(MAPPED)
    (mapping,) = cloud.world.triggers.all()
    assert (created.what, created.arn, created.change) == (
        "event source mapping orders",
        str(mapping.arn),
        "created",
    )
    assert (mapping.function, mapping.configuration.batch_size) == (BREW, 3)


def test_a_mapping_that_is_there_is_changed_and_not_made_again(cloud: Declaring) -> None:
    cloud.declare(MAPPED)
    _, again = cloud.declare(MAPPED.replace("BatchSize = 3", "BatchSize = 4\nEnabled = false"))
    (mapping,) = cloud.world.triggers.all()
    assert again.change == "updated"
    assert (mapping.configuration.batch_size, mapping.state) == (4, "Disabled")


@pytest.mark.parametrize("wrong", ["BatchSiz = 3", 'FunctionResponseType = ["ReportBatchItemFailures"]'])
def test_a_misspelled_parameter_is_refused_with_its_line(cloud: Declaring, wrong: str) -> None:
    assert cloud.why_not(MAPPED.replace("BatchSize = 3", wrong)) == (
        f"world.toml:8: event source mapping orders: an event source mapping has no parameter {wrong.split()[0]}"
    )


def test_a_mapping_to_an_unknown_function_is_refused(cloud: Declaring) -> None:
    assert cloud.why_not(MAPPED.replace("brew", "grind")) == (
        "world.toml:5: event source mapping orders: InvalidParameterValueException: Function does not exist"
    )


def test_a_declared_start_can_be_repeated_on_a_data_directory(tmp_path: Path) -> None:
    (tmp_path / "decaf.toml").write_text(MAPPED)
    functions = ({"name": "brew", "url": "http://127.0.0.1:9"},)

    async def start() -> list[str]:
        world = started(tmp_path, "decaf.toml", data_dir=str(tmp_path / "data"), functions=functions)
        await opened(world)
        found = [mapping.uuid for mapping in world.triggers.all()]
        await world.close()
        return found

    first = asyncio.run(start())
    assert len(first) == 1
    assert asyncio.run(start()) == first


def stack(cloud: Declaring, **properties: Any) -> dict[str, str]:
    """Apply a template with one mapping, or with none; return what became of its resources."""
    mapping = {"EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders", "FunctionName": "brew", **properties}
    resources: dict[str, Any] = {"Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}}
    if "gone" not in properties:
        resources["Mapping"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    cloud.world.functions.register(Function("brew", in_process=lambda event, context: None))
    reading = replace(Reading(Place(ACCOUNT, REGION), {}, "shop", True), functions=frozenset({"brew"}))
    declaration = read_document(json.dumps({"Resources": resources}), "shop.yaml", "cloudformation", reading)
    return {one.what: one.change for one in cloud.world.declared.create(declaration)}


def test_a_template_applied_again_updates_and_deletes_its_mapping(cloud: Declaring) -> None:
    assert stack(cloud, BatchSize="7", Enabled="true")["Mapping"] == "created"
    assert stack(cloud, BatchSize="7", Enabled="true")["Mapping"] == "unchanged"
    assert stack(cloud, Enabled="false")["Mapping"] == "updated"
    (mapping,) = cloud.world.triggers.all()
    assert (mapping.configuration.batch_size, mapping.state) == (10, "Disabled")
    assert stack(cloud, gone=True)["Mapping"] == "deleted"
    assert cloud.world.triggers.all() == []


def test_a_misspelled_property_is_an_error_of_the_template(cloud: Declaring) -> None:
    with pytest.raises(BadDeclaration, match=r"Mapping: AWS::Lambda::EventSourceMapping has no property BatchSiz$"):
        stack(cloud, BatchSiz=3)
    assert stack(cloud, StartingPosition="LATEST", MetricsConfig={"Metrics": ["EventCount"]})["Mapping"] == "created"


def test_a_mapping_that_aws_refuses_is_an_error_of_the_template(cloud: Declaring) -> None:
    with pytest.raises(BadDeclaration, match="Maximum batch window in seconds must be greater"):
        stack(cloud, BatchSize=100)


def test_an_export_notes_that_a_mapping_is_left_out(cloud: Declaring) -> None:
    cloud.declare(MAPPED)
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    assert state_of(cloud.world.store, cloud.world.settings).notes == [
        f"left out: the mapping of {queue} to {BREW}, as functions are left out"
    ]
