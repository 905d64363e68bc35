"""What a mapping can be set to, and how it is described."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.base.arn import Arn
from decaf.functions.mapping import Configuration, EventSourceMapping, configure, describe
from decaf_protocol import AWSError

QUEUE = Arn("sqs", "eu-west-1", "123456789012", "orders")
FIFO = Arn("sqs", "eu-west-1", "123456789012", "orders.fifo")
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:brew"
HOT = '{"body":{"kind":["hot"]}}'


def refusal(queue: Arn = QUEUE, present: Configuration | None = None, **params: Any) -> str:
    with pytest.raises(AWSError) as error:
        configure(params, queue, present)
    assert error.value.shape == "InvalidParameterValueException"
    return error.value.message


def described(mapping: EventSourceMapping, **more: Any) -> dict[str, Any]:
    return describe(mapping, **more)


def mapping(**params: Any) -> EventSourceMapping:
    return EventSourceMapping("u-1", "123456789012", FUNCTION, QUEUE, configure(params, QUEUE), 1_700_000_000.5)


def test_a_mapping_takes_ten_messages_at_once_and_is_enabled() -> None:
    found = configure({}, QUEUE)
    assert found == Configuration()
    assert (found.batch_size, found.window, found.enabled, found.reports_failures) == (10, 0, True, False)


def test_parameters_that_are_null_are_absent() -> None:
    nothing = dict.fromkeys(("BatchSize", "Enabled", "FilterCriteria", "ScalingConfig", "StartingPosition"))
    assert configure(nothing, QUEUE) == Configuration()


def test_an_update_changes_what_it_names() -> None:
    present = configure({"BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"]}, QUEUE)
    changed = configure({"Enabled": False}, QUEUE, present)
    assert (changed.batch_size, changed.reports_failures, changed.enabled) == (5, True, False)


def test_empty_values_take_filters_response_types_and_concurrency_away() -> None:
    present = configure(
        {
            "FilterCriteria": {"Filters": [{"Pattern": HOT}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
        },
        QUEUE,
    )
    changed = configure({"FilterCriteria": {}, "FunctionResponseTypes": [], "ScalingConfig": {}}, QUEUE, present)
    assert changed == Configuration()


@pytest.mark.parametrize("size", [0, 10_001, -1])
def test_a_batch_has_from_1_to_10_000_messages(size: int) -> None:
    assert refusal(BatchSize=size, MaximumBatchingWindowInSeconds=1) == "BatchSize must be between 1 and 10000."


@pytest.mark.parametrize("window", [-1, 301])
def test_a_window_has_from_0_to_300_seconds(window: int) -> None:
    text = "MaximumBatchingWindowInSeconds must be between 0 and 300."
    assert refusal(MaximumBatchingWindowInSeconds=window) == text


@pytest.mark.parametrize("most", [1, 1_001])
def test_from_2_to_1_000_batches_are_processed_at_once(most: int) -> None:
    text = "MaximumConcurrency must be between 2 and 1000."
    assert refusal(ScalingConfig={"MaximumConcurrency": most}) == text


def test_more_than_ten_messages_need_a_window() -> None:
    text = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    assert refusal(BatchSize=11) == text
    assert configure({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}, QUEUE).batch_size == 11


def test_taking_the_window_away_needs_a_small_batch() -> None:
    present = configure({"BatchSize": 100, "MaximumBatchingWindowInSeconds": 1}, QUEUE)
    assert "greater than 0" in refusal(present=present, MaximumBatchingWindowInSeconds=0)


def test_a_fifo_queue_has_no_window_and_ten_messages_at_most() -> None:
    assert refusal(FIFO, MaximumBatchingWindowInSeconds=1) == "Batching window is not supported for FIFO queues"
    assert refusal(FIFO, BatchSize=11) == "Maximum batch size of a mapping of a FIFO queue is 10"


@pytest.mark.parametrize("name", ["StartingPosition", "DestinationConfig", "ParallelizationFactor", "Topics"])
def test_parameters_of_streams_are_refused(name: str) -> None:
    params: dict[str, Any] = {name: {}}
    assert refusal(**params) == f"Unsupported {name} parameter for given event source mapping type."


def test_there_is_one_response_type() -> None:
    assert "ReportBatchItemFailures" in refusal(FunctionResponseTypes=["ReportEverything"])


def test_provisioned_pollers_and_a_maximum_exclude_each_other() -> None:
    config: dict[str, Any] = {
        "ProvisionedPollerConfig": {"MinimumPollers": 2},
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    assert "not both" in refusal(**config)


def test_a_mapping_is_described_as_recorded() -> None:
    assert described(mapping()) == {
        "UUID": "u-1",
        "EventSourceMappingArn": "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:u-1",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "EventSourceArn": str(QUEUE),
        "FunctionArn": FUNCTION,
        "LastModified": 1_700_000_000.5,
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": [],
    }


def test_what_is_set_is_described() -> None:
    found = described(
        mapping(
            FilterCriteria={"Filters": [{"Pattern": HOT}]},
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 7},
            KMSKeyArn="arn:aws:kms:eu-west-1:123456789012:key/1",
            Enabled=False,
        )
    )
    assert found["FilterCriteria"] == {"Filters": [{"Pattern": HOT}]}
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["ScalingConfig"] == {"MaximumConcurrency": 7}
    assert found["KMSKeyArn"] == "arn:aws:kms:eu-west-1:123456789012:key/1"
    assert found["State"] == "Disabled"


def test_empty_filters_are_not_described() -> None:
    assert "FilterCriteria" not in described(mapping(FilterCriteria={"Filters": []}))


def test_the_state_that_aws_passes_through_can_be_described() -> None:
    assert described(mapping(), state="Creating")["State"] == "Creating"


def test_a_problem_is_the_last_processing_result() -> None:
    one = mapping()
    one.problem = "the queue does not exist"
    assert described(one)["LastProcessingResult"] == "PROBLEM: the queue does not exist"
