"""The configuration of asynchronous invocations, by boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.refusals import refusal


def test_a_configuration_is_put_updated_read_and_deleted(
    lambda_: Any, create: Callable[..., Any], account: str
) -> None:
    arn = create()["FunctionArn"]
    queue = f"arn:aws:sqs:us-east-1:{account}:failed"
    assert refusal(lambda_.get_function_event_invoke_config, FunctionName="brew") == (
        "ResourceNotFoundException",
        f"The function {arn}:$LATEST doesn't have an EventInvokeConfig",
    )
    put = lambda_.put_function_event_invoke_config(
        FunctionName="brew", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    assert put["FunctionArn"] == f"{arn}:$LATEST"
    assert put["MaximumRetryAttempts"] == 0
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": queue}}
    updated = lambda_.update_function_event_invoke_config(FunctionName="brew", MaximumEventAgeInSeconds=60)
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (0, 60)
    (listed,) = lambda_.list_function_event_invoke_configs(FunctionName="brew")["FunctionEventInvokeConfigs"]
    found = lambda_.get_function_event_invoke_config(FunctionName="brew")
    assert listed == {name: value for name, value in found.items() if name != "ResponseMetadata"}
    again = lambda_.put_function_event_invoke_config(FunctionName="brew")
    assert "MaximumRetryAttempts" not in again
    assert again["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    lambda_.delete_function_event_invoke_config(FunctionName="brew")
    assert lambda_.list_function_event_invoke_configs(FunctionName="brew")["FunctionEventInvokeConfigs"] == []


def test_a_destination_is_a_queue_a_topic_or_a_function(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    destination = {"OnFailure": {"Destination": "arn:aws:kinesis:us-east-1:111122223333:stream/s"}}
    code, _ = refusal(lambda_.put_function_event_invoke_config, FunctionName="brew", DestinationConfig=destination)
    assert code == "InvalidParameterValueException"
    fifo = "arn:aws:sqs:us-east-1:111122223333:failed.fifo"
    for outcome in ("OnFailure", "OnSuccess"):
        assert refusal(
            lambda_.put_function_event_invoke_config,
            FunctionName="brew",
            DestinationConfig={outcome: {"Destination": fifo}},
        ) == ("InvalidParameterValueException", f"The destination ARN {fifo} is invalid.")
    code, _ = refusal(lambda_.update_function_configuration, FunctionName="brew", DeadLetterConfig={"TargetArn": fifo})
    assert code == "InvalidParameterValueException"
    code, _ = refusal(lambda_.put_function_event_invoke_config, FunctionName="brew", MaximumRetryAttempts=3)
    assert code in ("ValidationException", "ParamValidation")
