"""The errors of event source mappings. Their texts are recorded or reported answers of the service, except where
errors.toml says otherwise.
"""

from __future__ import annotations

from decaf_protocol import AWSError


def invalid_mapping(text: str) -> AWSError:
    return AWSError("InvalidParameterValueException", text)


def unrecognized_source() -> AWSError:
    return invalid_mapping("Unrecognized event source.")


def function_does_not_exist() -> AWSError:
    return invalid_mapping("Function does not exist")


def queue_cannot_be_received_from() -> AWSError:
    return invalid_mapping(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )


def queue_in_another_region(region: str, function_region: str) -> AWSError:
    return invalid_mapping(f"The queue is in {region} and the function in {function_region}: they must be in one.")


def visibility_below_timeout(visibility: float, timeout: float) -> AWSError:
    return invalid_mapping(
        f"Queue visibility timeout: {visibility:g} seconds is less than Function timeout: {timeout:g} seconds"
    )


def window_needed() -> AWSError:
    return invalid_mapping(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    )


def no_window_on_fifo() -> AWSError:
    return invalid_mapping("Batching window is not supported for FIFO queues")


def batch_too_large_on_fifo() -> AWSError:
    return invalid_mapping("Maximum batch size of a mapping of a FIFO queue is 10")


def out_of_range(parameter: str, low: int, high: int) -> AWSError:
    return invalid_mapping(f"{parameter} must be between {low} and {high}.")


def unsupported_parameter(parameter: str) -> AWSError:
    return invalid_mapping(f"Unsupported {parameter} parameter for given event source mapping type.")


def unknown_response_type() -> AWSError:
    return invalid_mapping("FunctionResponseTypes can have ReportBatchItemFailures, and nothing else.")


def two_ways_to_scale() -> AWSError:
    return invalid_mapping("A mapping can have ScalingConfig or ProvisionedPollerConfig, not both.")


def bad_filter_pattern() -> AWSError:
    return invalid_mapping("Invalid filter pattern definition.")


def too_many_filters(most: int) -> AWSError:
    return invalid_mapping(f"A mapping can have at most {most} filters.")


def mapping_exists(queue: str, function: str, uuid: str) -> AWSError:
    return AWSError(
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {queue} ") and function (" {function} ") already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}",
    )


def mapping_does_not_exist() -> AWSError:
    return AWSError("ResourceNotFoundException", "The resource you requested does not exist.")
