"""Codes, statuses and sides of errors, against the tables of the API References and the models' traits."""

import pytest

from decaf_protocol import AWSError, Codec, Dialect, encode_error, error_code
from decaf_protocol.errors import error_trait
from decaf_protocol.models import service

SQS = [
    ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400),
    ("QueueNameExists", "QueueAlreadyExists", 400),
    ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400),
    ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403),
    ("OverLimit", "OverLimit", 403),
    ("RequestThrottled", "RequestThrottled", 403),
    ("InvalidSecurity", "InvalidSecurity", 403),
    ("InvalidAddress", "InvalidAddress", 404),
    ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404),
    ("ResourceNotFoundException", "ResourceNotFoundException", 404),
    ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400),
    ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400),
    ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400),
    ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400),
    ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400),
    ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400),
    ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400),
    ("InvalidAttributeName", "InvalidAttributeName", 400),
    ("InvalidAttributeValue", "InvalidAttributeValue", 400),
    ("InvalidMessageContents", "InvalidMessageContents", 400),
    ("InvalidIdFormat", "InvalidIdFormat", 400),
    ("KmsAccessDenied", "KMS.AccessDeniedException", 400),
    ("KmsDisabled", "KMS.DisabledException", 400),
    ("KmsInvalidKeyUsage", "KMS.InvalidKeyUsageException", 400),
    ("KmsInvalidState", "KMS.InvalidStateException", 400),
    ("KmsNotFound", "KMS.NotFoundException", 400),
    ("KmsThrottled", "KMS.ThrottlingException", 400),
    ("KmsOptInRequired", "KMS.OptInRequired", 403),
    ("InvalidParameterValueException", "InvalidParameterValue", 400),
    ("MissingRequiredParameterException", "MissingParameter", 400),
    ("AccessDeniedException", "AccessDenied", 403),
]

SNS = [
    ("InvalidParameterException", "InvalidParameter", 400),
    ("InvalidParameterValueException", "ParameterValueInvalid", 400),
    ("ValidationException", "ValidationException", 400),
    ("NotFoundException", "NotFound", 404),
    ("ResourceNotFoundException", "ResourceNotFound", 404),
    ("AuthorizationErrorException", "AuthorizationError", 403),
    ("ThrottledException", "Throttled", 429),
    ("TopicLimitExceededException", "TopicLimitExceeded", 403),
    ("FilterPolicyLimitExceededException", "FilterPolicyLimitExceeded", 403),
    ("TagLimitExceededException", "TagLimitExceeded", 400),
    ("EmptyBatchRequestException", "EmptyBatchRequest", 400),
    ("EndpointDisabledException", "EndpointDisabled", 400),
    ("KMSOptInRequired", "KMSOptInRequired", 403),
    ("VerificationException", "VerificationException", 400),
    ("ValidationError", "ValidationError", 400),
    ("InvalidClientTokenId", "InvalidClientTokenId", 403),
]


@pytest.mark.parametrize(
    ("service_name", "shape", "code", "status"),
    [("sqs", *row) for row in SQS] + [("sns", *row) for row in SNS],
)
def test_an_errors_code_and_status(service_name: str, shape: str, code: str, status: int) -> None:
    assert error_code(service_name, shape) == code
    for codec in (Codec.JSON, Codec.QUERY, Codec.QUERY_AS_JSON):
        assert encode_error(Dialect(service_name, codec), AWSError(shape, ""), "id").status == status
    assert error_trait(service_name, shape).sender


def test_every_modelled_error_of_sqs_is_in_the_table() -> None:
    assert set(service("sqs").errors) <= {shape for shape, _, _ in SQS}


def test_the_receivers_errors() -> None:
    assert not error_trait("sns", "InternalErrorException").sender
    assert not error_trait("sqs", "InternalFailure").sender
    assert error_trait("sqs", "ServiceUnavailable").status == 503
