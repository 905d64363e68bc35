"""The errors of SNS: one constructor per situation, worded as the service words them.

The code and HTTP status of each error are tables of the protocol.
Sources: the service's model for names; for texts, answers of the real service.
"""

from __future__ import annotations

from decaf.base.identity import default_user
from decaf_protocol import AWSError


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


def invalid_sms_attribute(text: str) -> AWSError:
    return AWSError("InvalidParameterException", text)


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
        f"User: {default_user(account).arn} is not authorized to perform: SNS:{action} on resource: {resource}{why}",
    )


def not_signed(action: str, resource: str) -> AWSError:
    """For what only a signed request may do, as a link is none."""
    return AWSError(
        "AuthorizationErrorException",
        f"User: anonymous is not authorized to perform: SNS:{action} on resource: {resource}",
    )


def rate_exceeded() -> AWSError:
    return AWSError("ThrottlingException", "Rate exceeded")


def empty_batch() -> AWSError:
    return AWSError("EmptyBatchRequestException", "The batch request doesn't contain any entries.")


def too_many_batch_entries(count: int, limit: int) -> AWSError:
    return AWSError(
        "TooManyEntriesInBatchRequestException", "The batch request contains more entries than permissible."
    )


def invalid_batch_entry_id(entry_id: str) -> AWSError:
    """Source: recorded answers of 2025-12; for the empty id, the API Reference."""
    text = "The Id of a batch entry in the batch request "
    if not entry_id:
        text = "The Id of a batch entry in a batch request doesn't abide by the specification."
    elif len(entry_id) > 80:
        text += f"is too long: {entry_id}"
    else:
        text += f"contains an impermissible character: {entry_id}"
    return AWSError("InvalidBatchEntryIdException", text)


def batch_entry_id_repeated(entry_id: str) -> AWSError:
    return AWSError("BatchEntryIdsNotDistinctException", "Two or more batch entries in the request have the same Id.")


def batch_too_long() -> AWSError:
    return AWSError(
        "BatchRequestTooLongException", "The length of all the messages put together is more than the limit."
    )


def not_implemented(operation: str) -> AWSError:
    return AWSError("InvalidAction", f"Decaf does not implement {operation} yet.")
