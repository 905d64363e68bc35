"""The errors that calls are answered with: one constructor per situation, worded as AWS words it.

Which code and HTTP status go with an error, and where the two protocols' texts differ, is the protocol's
business. Sources: the services' models for names; for texts, answers of the real services.
"""

from __future__ import annotations

from typing import Any

from decaf_protocol import AWSError

# --- SQS ---------------------------------------------------------------------------------------------------


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


def over_limit(text: str) -> AWSError:
    return AWSError("OverLimit", text)


def memory_full(limit: int) -> AWSError:
    return over_limit(
        f"All queues together hold as much as they may, {limit} bytes (memory_limit). Receive and delete."
    )


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


def request_throttled() -> AWSError:
    return AWSError("RequestThrottled", "Request is throttled.")


_BARE_IN_BATCHES = (
    "The request include parameter that is not valid for this queue type.",
    "The receipt handle has expired.",
)


def batch_text(error: AWSError) -> str:
    """How an error is worded when it fails an entry of a batch: some say their reason only, without its full stop."""
    for reason in _BARE_IN_BATCHES:
        if error.message.endswith(f" is invalid. Reason: {reason}"):
            return reason.removesuffix(".")
    return error.message.replace("One or more parameters are invalid.", "One or more parameters cannot be validated.")


def service_unavailable() -> AWSError:
    """What is asked for cannot be kept, and has not been done."""
    return AWSError("ServiceUnavailable", "The request has failed due to a temporary failure of the server.")


def not_here_yet_sqs(operation: str) -> AWSError:
    return AWSError("UnsupportedOperation", f"Decaf does not have {operation} yet.")


# --- SNS ---------------------------------------------------------------------------------------------------


def invalid(text: str) -> AWSError:
    return AWSError("InvalidParameterException", f"Invalid parameter: {text}")


def topic_does_not_exist() -> AWSError:
    return AWSError("NotFoundException", "Topic does not exist")


def subscription_does_not_exist() -> AWSError:
    return AWSError("NotFoundException", "Subscription does not exist")


def invalid_token() -> AWSError:
    return AWSError("InvalidParameterException", "Invalid token")


def invalid_sms_endpoint(endpoint: str) -> AWSError:
    return AWSError("InvalidParameterException", f"Invalid SMS endpoint: {endpoint}")


def invalid_message_attribute(text: str) -> AWSError:
    return AWSError("InvalidParameterValueException", text)


def platform_application_does_not_exist() -> AWSError:
    return AWSError("NotFoundException", "PlatformApplication does not exist")


def endpoint_does_not_exist() -> AWSError:
    return AWSError("NotFoundException", "Endpoint does not exist")


def endpoint_disabled() -> AWSError:
    return AWSError("EndpointDisabledException", "Endpoint is disabled")


def platform_application_disabled() -> AWSError:
    return AWSError("PlatformApplicationDisabledException", "Platform application is disabled")


def phone_number_malformed() -> AWSError:
    return invalid("PhoneNumber Reason: input incorrectly formatted")


def opted_out(number: str) -> AWSError:
    return AWSError("OptedOutException", f"Phone number {number} is opted out")


def user_error(text: str) -> AWSError:
    return AWSError("UserErrorException", text)


def throttled(text: str) -> AWSError:
    return AWSError("ThrottledException", text)


def wrong_code() -> AWSError:
    return AWSError("VerificationException", "The one-time password is not valid")


def resource_does_not_exist() -> AWSError:
    return AWSError("ResourceNotFoundException", "Resource does not exist")


def tag_limit_exceeded() -> AWSError:
    return AWSError("TagLimitExceededException", "Could not complete request: tag quota of per resource exceeded")


def topic_has_archive() -> AWSError:
    return AWSError("InvalidStateException", "Invalid state: Cannot delete a topic with an ArchivePolicy")


def replay_limit_exceeded(limit: int) -> AWSError:
    return AWSError("ReplayLimitExceededException", f"Replay limit exceeded: {limit} at once")


def subscription_limit_exceeded(limit: int) -> AWSError:
    return AWSError("SubscriptionLimitExceededException", f"Subscription limit exceeded: {limit} in the topic")


def filter_policy_limit_exceeded(of: str, limit: int) -> AWSError:
    return AWSError("FilterPolicyLimitExceededException", f"Filter policy limit exceeded: {limit} in {of}")


def not_authorized(account: str, action: str, resource: str, why: str = "") -> AWSError:
    return AWSError(
        "AuthorizationErrorException",
        f"User: arn:aws:iam::{account}:root is not authorized to perform: SNS:{action} on resource: {resource}{why}",
    )


def rate_exceeded() -> AWSError:
    return AWSError("ThrottlingException", "Rate exceeded")


def not_here_yet_sns(operation: str) -> AWSError:
    return AWSError("InvalidAction", f"Decaf does not have {operation} yet.")


# --- STS ---------------------------------------------------------------------------------------------------


def not_here_sts(operation: str) -> AWSError:
    return AWSError("InvalidAction", f"Decaf has no {operation}: of STS it only says who calls.")
