"""Event source mappings, by boto3 and by raw HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.live import Live
from tests.refusals import refusal

RUN = "arn:aws:lambda:us-east-1:{account}:function:brew"


@pytest.fixture
def queue(sqs: Any, account: str) -> str:
    """The ARN of a queue."""
    sqs.create_queue(QueueName="orders")
    return f"arn:aws:sqs:us-east-1:{account}:orders"


@pytest.fixture
def mapped(lambda_: Any, create: Callable[..., Any], queue: str) -> Any:
    """A mapping of the queue to a function, as it was created."""
    create()
    return lambda_.create_event_source_mapping(FunctionName="brew", EventSourceArn=queue)


def test_a_mapping_is_created(mapped: Any, queue: str, account: str) -> None:
    response = mapped.pop("ResponseMetadata")
    assert response["HTTPStatusCode"] == 202
    uuid = mapped["UUID"]
    assert mapped.pop("LastModified").timestamp() > 0
    assert mapped == {
        "UUID": uuid,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:{account}:event-source-mapping:{uuid}",
        "EventSourceArn": queue,
        "FunctionArn": RUN.format(account=account),
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }


def test_messages_reach_the_function(
    live: Live, lambda_: Any, create: Callable[..., Any], sqs: Any, queue: str, account: str
) -> None:
    del queue
    sqs.create_queue(QueueName="made")
    create(
        code="import boto3\n"
        "def handle(event, context):\n"
        "    sqs = boto3.client('sqs')\n"
        "    url = sqs.get_queue_url(QueueName='made')['QueueUrl']\n"
        "    for record in event['Records']:\n"
        "        sqs.send_message(QueueUrl=url, MessageBody=record['body'] + '!')\n",
        Timeout=20,
    )
    arn = f"arn:aws:sqs:us-east-1:{account}:orders"
    lambda_.create_event_source_mapping(FunctionName="brew", EventSourceArn=arn)
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="latte")
    made = sqs.get_queue_url(QueueName="made")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=made, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "latte!"


def test_a_mapping_is_read_changed_and_deleted(lambda_: Any, mapped: Any) -> None:
    uuid = mapped["UUID"]
    assert lambda_.get_event_source_mapping(UUID=uuid)["State"] == "Enabled"
    changed = lambda_.update_event_source_mapping(
        UUID=uuid,
        BatchSize=5,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 4},
        FilterCriteria={"Filters": [{"Pattern": '{"body": {"kind": ["mocha"]}}'}]},
    )
    assert (changed["State"], changed["BatchSize"]) == ("Updating", 5)
    found = lambda_.get_event_source_mapping(UUID=uuid)
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["ScalingConfig"] == {"MaximumConcurrency": 4}
    assert found["FilterCriteria"] == {"Filters": [{"Pattern": '{"body": {"kind": ["mocha"]}}'}]}
    without = lambda_.update_event_source_mapping(UUID=uuid, FilterCriteria={}, ScalingConfig={}, Enabled=False)
    assert without["State"] == "Disabling"
    assert "FilterCriteria" not in without
    assert lambda_.get_event_source_mapping(UUID=uuid)["State"] == "Disabled"
    assert lambda_.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    deleted = lambda_.delete_event_source_mapping(UUID=uuid)
    assert (deleted["State"], deleted["ResponseMetadata"]["HTTPStatusCode"]) == ("Deleting", 202)
    for call in (
        lambda_.get_event_source_mapping,
        lambda_.update_event_source_mapping,
        lambda_.delete_event_source_mapping,
    ):
        assert refusal(call, UUID=uuid) == (
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        )


def test_one_that_is_created_disabled_is_disabled_at_once(lambda_: Any, create: Callable[..., Any], queue: str) -> None:
    create()
    mapping = lambda_.create_event_source_mapping(FunctionName="brew", EventSourceArn=queue, Enabled=False)
    assert mapping["State"] == "Disabled"


def test_what_does_not_apply_is_null(live: Live, mapped: Any, account: str) -> None:
    scope = f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/lambda/aws4_request, Signature=0"
    for path in (f"/{mapped['UUID']}", f"/{mapped['UUID']}/"):
        asked = Request(f"{live.url}/2015-03-31/event-source-mappings{path}", headers={"Authorization": scope})
        with urlopen(asked, timeout=10) as response:
            found = json.load(response)
        assert found["LastProcessingResult"] is None
        assert found["StartingPosition"] is None
        assert found["FunctionResponseTypes"] == []
        assert isinstance(found["LastModified"], int | float)


def test_mappings_are_listed_by_queue_and_function(lambda_: Any, mapped: Any, sqs: Any, queue: str) -> None:
    sqs.create_queue(QueueName="refunds")
    other = queue.replace("orders", "refunds")
    second = lambda_.create_event_source_mapping(FunctionName="brew", EventSourceArn=other)

    def uuids(**more: Any) -> set[str]:
        return {each["UUID"] for each in lambda_.list_event_source_mappings(**more)["EventSourceMappings"]}

    assert uuids() == uuids(FunctionName="brew") == {mapped["UUID"], second["UUID"]}
    assert uuids(EventSourceArn=other) == {second["UUID"]}
    assert uuids(FunctionName="pour") == set()
    pages = list(lambda_.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["EventSourceMappings"]) for page in pages] == [1, 1]
    assert refusal(lambda_.list_event_source_mappings, Marker="?")[0] == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({"EventSourceArn": None}, "InvalidParameterValueException", "Unrecognized event source."),
        ({"FunctionName": "none"}, "InvalidParameterValueException", "Function does not exist"),
        (
            {"EventSourceArn": "missing"},
            "InvalidParameterValueException",
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist.",
        ),
        (
            {"BatchSize": 11},
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (
            {"BatchSize": 10_001},
            "ValidationException",
            "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "[]"}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
        (
            {"FunctionResponseTypes": ["Other"]},
            "ValidationException",
            "1 validation error detected: Value '[Other]' at 'functionResponseTypes' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member "
            "must not be null]",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:111122223333:dlq"}}},
            "InvalidParameterValueException",
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_aws_s_words(
    lambda_: Any, create: Callable[..., Any], queue: str, params: dict[str, Any], code: str, message: str
) -> None:
    create()
    usual = {"FunctionName": "brew", "EventSourceArn": queue}
    given = {name: value for name, value in {**usual, **params}.items() if value is not None}
    if given.get("EventSourceArn") == "missing":
        given["EventSourceArn"] = queue.replace("orders", "missing")
    assert refusal(lambda_.create_event_source_mapping, **given) == (code, message)


def test_a_mapping_is_made_once(lambda_: Any, mapped: Any, queue: str) -> None:
    code, message = refusal(lambda_.create_event_source_mapping, FunctionName="brew", EventSourceArn=queue)
    assert code == "ResourceConflictException"
    assert message == (
        f'An event source mapping with SQS arn (" {queue} ") and function (" brew ") already exists. '
        f"Please update or delete the existing mapping with UUID {mapped['UUID']}"
    )


def test_a_timeout_beyond_the_queue_s_visibility_is_refused(
    lambda_: Any, create: Callable[..., Any], queue: str
) -> None:
    create(Timeout=31)
    code, message = refusal(lambda_.create_event_source_mapping, FunctionName="brew", EventSourceArn=queue)
    assert code == "InvalidParameterValueException"
    assert message == "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"


def test_a_mapping_outlives_its_function(lambda_: Any, create: Callable[..., Any], mapped: Any) -> None:
    lambda_.delete_function(FunctionName="brew")
    assert lambda_.get_event_source_mapping(UUID=mapped["UUID"])["State"] == "Enabled"
    create()


def test_a_mapping_has_tags(lambda_: Any, mapped: Any) -> None:
    arn = mapped["EventSourceMappingArn"]
    lambda_.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    lambda_.untag_resource(Resource=arn, TagKeys=["a"])
    assert lambda_.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    lambda_.delete_event_source_mapping(UUID=mapped["UUID"])
    assert refusal(lambda_.list_tags, Resource=arn) == (
        "ResourceNotFoundException",
        f"Event source mapping not found: {arn}",
    )
