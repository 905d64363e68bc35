"""The errors of SQS: one constructor per situation, worded as the service words them over JSON.

The code and HTTP status of each error are tables of the protocol, as are the texts that differ in Query.
Sources: the service's model for names; for texts, answers of the real service.
"""

from __future__ import annotations

from typing import Any

from decaf_protocol import AWSError


def queue_does_not_exist() -> AWSError:
    return AWSError("QueueDoesNotExist", "The specified queue does not exist.")


def queue_of_other_account_does_not_exist() -> AWSError:
    return AWSError("QueueDoesNotExist", "The specified queue does not exist or you do not have access to it.")


def invalid_address(address: str) -> AWSError:
    return AWSError("InvalidAddress", f"The address {address} is not valid for this endpoint.")


def resource_not_found(parameter: str) -> AWSError:
    return AWSError(
        "ResourceNotFoundException", f"The resource that you specified for the {parameter} parameter doesn't exist."
    )


def queue_deleted_recently(seconds: float) -> AWSError:
    return AWSError(
        "QueueDeletedRecently",
        f"You must wait {seconds:g} seconds after deleting a queue before you can create another with the same name.",
    )


def queue_name_exists(attribute: str) -> AWSError:
    return AWSError(
        "QueueNameExists",
        f"A queue already exists with the same name and a different value for attribute {attribute}",
    )


def purge_in_progress(queue_name: str, seconds: float) -> AWSError:
    return AWSError(
        "PurgeQueueInProgress",
        f"Only one PurgeQueue operation on {queue_name} is allowed every {seconds:g} seconds.",
    )


def invalid_value(text: str) -> AWSError:
    return AWSError("InvalidParameterValueException", text)


def invalid_parameter(value: Any, parameter: str, reason: str) -> AWSError:
    return invalid_value(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing_parameter(parameter: str) -> AWSError:
    return AWSError("MissingRequiredParameterException", f"The request must contain the parameter {parameter}.")


def invalid_attribute_name(name: str) -> AWSError:
    return AWSError("InvalidAttributeName", f"Unknown Attribute {name}.")


def invalid_attribute_value(name: str, reason: str = "") -> AWSError:
    return AWSError(
        "InvalidAttributeValue",
        f"Invalid value for the parameter {name}.{' Reason: ' + reason if reason else ''}",
    )


def receipt_handle_is_invalid(handle: str) -> AWSError:
    return AWSError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')


def receipt_handle_of_other_queue(handle: str) -> AWSError:
    return AWSError("ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.')


def invalid_message_contents(character: str, allowed: str) -> AWSError:
    return AWSError(
        "InvalidMessageContents",
        f"Invalid binary character '{character}' was found in the message body, "
        f"the set of allowed characters is {allowed}.",
    )


def attribute_lists_not_supported() -> AWSError:
    return AWSError("UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.")


def two_kinds_of_encryption() -> AWSError:
    return AWSError(
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    )


def for_fifo_queues_only(attribute: str) -> AWSError:
    return AWSError("InvalidAttributeName", f"You can specify the {attribute} only when FifoQueue is set to true.")


def move_task_does_not_exist() -> AWSError:
    return AWSError("ResourceNotFoundException", "Task does not exist.")


def policy_over_limit(found: int, what: str, most: int) -> AWSError:
    if what == "bytes":
        return over_limit("Submitted policy is over max allowed size.")
    where = "a statement from the submitted policy" if what == "actions" else "the submitted policy"
    return over_limit(f"{found} {what} were found in {where}, max allowed is {most}")


def unknown_action(action: str) -> AWSError:
    return invalid_parameter(action, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions.")


def action_of_owner(action: str) -> AWSError:
    return invalid_parameter(action, "ActionName", "Only the queue owner is allowed to invoke this action.")


def over_limit(text: str) -> AWSError:
    return AWSError("OverLimit", text)


def memory_full(limit: int) -> AWSError:
    return over_limit(f"The messages of all queues reach the memory_limit of {limit} bytes. Receive and delete some.")


def message_too_long(limit: int) -> AWSError:
    return invalid_value(f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes.")


def no_deduplication_id() -> AWSError:
    return invalid_value(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )


def not_for_this_queue_type(value: Any, parameter: str) -> AWSError:
    return invalid_parameter(value, parameter, "The request include parameter that is not valid for this queue type.")


def receipt_handle_has_expired(handle: str) -> AWSError:
    return invalid_parameter(handle, "ReceiptHandle", "The receipt handle has expired.")


def receipt_handle_has_expired_in_batch(handle: str) -> AWSError:
    return AWSError("ReceiptHandleIsInvalid", "The receipt handle has expired")


def not_available_for_change(handle: str) -> AWSError:
    return invalid_parameter(
        handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
    )


def not_available_for_change_in_batch(handle: str) -> AWSError:
    return AWSError(
        "ReceiptHandleIsInvalid", "Message does not exist or is not available for visibility timeout change"
    )


def request_throttled() -> AWSError:
    return AWSError("RequestThrottled", "Request is throttled.")


def empty_batch(entry_type: str) -> AWSError:
    return AWSError("EmptyBatchRequest", f"There should be at least one {entry_type} in the request.")


def too_many_batch_entries(count: int, limit: int) -> AWSError:
    return AWSError(
        "TooManyEntriesInBatchRequest", f"Maximum number of entries per request are {limit}. You have sent {count}."
    )


def invalid_batch_entry_id() -> AWSError:
    return AWSError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
        "It can be at most 80 letters long.",
    )


def batch_entry_id_repeated(entry_id: str) -> AWSError:
    return AWSError("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")


def batch_too_long(size: int, limit: int) -> AWSError:
    return AWSError(
        "BatchRequestTooLong",
        f"Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.",
    )


_BARE_IN_BATCHES = (
    "The request include parameter that is not valid for this queue type.",
    "The receipt handle has expired.",
)


def batch_text(error: AWSError) -> str:
    """Returns the text of an error of one entry of a batch: sometimes the reason alone, without its full stop."""
    for reason in _BARE_IN_BATCHES:
        if error.message.endswith(f" is invalid. Reason: {reason}"):
            return reason.removesuffix(".")
    return error.message.replace("One or more parameters are invalid.", "One or more parameters cannot be validated.")


def not_implemented(operation: str) -> AWSError:
    return AWSError("UnsupportedOperation", f"Decaf does not implement {operation} yet.")
