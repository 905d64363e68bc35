"""Every error the two services can answer with, typed by hand from AWS's documentation: shape, code, status.

Rule: nothing here is read from the models or from protocol/: this is what those are held against. A status of
500 and above is the service's own fault ("Receiver"), any other the caller's ("Sender").
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorAsAnswered:
    shape: str
    code: str  # of Query; of SQS in JSON too, where it stands in x-amzn-query-error
    status: int

    @property
    def fault(self) -> str:
        return "Receiver" if self.status >= 500 else "Sender"


def _rows(table: str) -> tuple[ErrorAsAnswered, ...]:
    rows = [line.split() for line in table.strip().splitlines()]
    return tuple(ErrorAsAnswered(shape, code, int(status)) for shape, code, status in rows)


SQS_MODELLED = _rows("""
BatchEntryIdsNotDistinct      AWS.SimpleQueueService.BatchEntryIdsNotDistinct      400
BatchRequestTooLong           AWS.SimpleQueueService.BatchRequestTooLong           400
EmptyBatchRequest             AWS.SimpleQueueService.EmptyBatchRequest             400
InvalidAddress                InvalidAddress                                       404
InvalidAttributeName          InvalidAttributeName                                 400
InvalidAttributeValue         InvalidAttributeValue                                400
InvalidBatchEntryId           AWS.SimpleQueueService.InvalidBatchEntryId           400
InvalidIdFormat               InvalidIdFormat                                      400
InvalidMessageContents        InvalidMessageContents                               400
InvalidSecurity               InvalidSecurity                                      403
KmsAccessDenied               KMS.AccessDeniedException                            400
KmsDisabled                   KMS.DisabledException                                400
KmsInvalidKeyUsage            KMS.InvalidKeyUsageException                         400
KmsInvalidState               KMS.InvalidStateException                            400
KmsNotFound                   KMS.NotFoundException                                400
KmsOptInRequired              KMS.OptInRequired                                    403
KmsThrottled                  KMS.ThrottlingException                              400
MessageNotInflight            AWS.SimpleQueueService.MessageNotInflight            400
OverLimit                     OverLimit                                            403
PurgeQueueInProgress          AWS.SimpleQueueService.PurgeQueueInProgress          403
QueueDeletedRecently          AWS.SimpleQueueService.QueueDeletedRecently          400
QueueDoesNotExist             AWS.SimpleQueueService.NonExistentQueue              400
QueueNameExists               QueueAlreadyExists                                   400
ReceiptHandleIsInvalid        ReceiptHandleIsInvalid                               404
RequestThrottled              RequestThrottled                                     403
ResourceNotFoundException     ResourceNotFoundException                            404
TooManyEntriesInBatchRequest  AWS.SimpleQueueService.TooManyEntriesInBatchRequest  400
UnsupportedOperation          AWS.SimpleQueueService.UnsupportedOperation          400
""")

SQS_COMMON = _rows("""
AccessDeniedException              AccessDenied                 403
IncompleteSignature                IncompleteSignature          400
InternalFailure                    InternalFailure              500
InvalidAction                      InvalidAction                400
InvalidClientTokenId               InvalidClientTokenId         403
InvalidParameterCombination        InvalidParameterCombination  400
InvalidParameterValueException     InvalidParameterValue        400
InvalidQueryParameter              InvalidQueryParameter        400
MalformedQueryString               MalformedQueryString         404
MissingAction                      MissingAction                400
MissingAuthenticationToken         MissingAuthenticationToken   403
MissingRequiredParameterException  MissingParameter             400
NotAuthorized                      NotAuthorized                400
OptInRequired                      OptInRequired                403
RequestExpired                     RequestExpired               400
ServiceUnavailable                 ServiceUnavailable           503
ValidationError                    ValidationError              400
""")

# What only a JSON request can be refused with.
SQS_OF_JSON = _rows("""
IncompleteSignatureException  IncompleteSignature  400
SerializationException        MalformedInput       400
UnknownOperationException     InvalidAction        400
""")

SQS_ERRORS = SQS_MODELLED + SQS_COMMON

SNS_MODELLED = _rows("""
AuthorizationErrorException            AuthorizationError            403
BatchEntryIdsNotDistinctException      BatchEntryIdsNotDistinct      400
BatchRequestTooLongException           BatchRequestTooLong           400
ConcurrentAccessException              ConcurrentAccess              400
EmptyBatchRequestException             EmptyBatchRequest             400
EndpointDisabledException              EndpointDisabled              400
FilterPolicyLimitExceededException     FilterPolicyLimitExceeded     403
InternalErrorException                 InternalError                 500
InvalidBatchEntryIdException           InvalidBatchEntryId           400
InvalidParameterException              InvalidParameter              400
InvalidParameterValueException         ParameterValueInvalid         400
InvalidSecurityException               InvalidSecurity               403
InvalidStateException                  InvalidState                  400
KMSAccessDeniedException               KMSAccessDenied               400
KMSDisabledException                   KMSDisabled                   400
KMSInvalidStateException               KMSInvalidState               400
KMSNotFoundException                   KMSNotFound                   400
KMSOptInRequired                       KMSOptInRequired              403
KMSThrottlingException                 KMSThrottling                 400
NotFoundException                      NotFound                      404
OptedOutException                      OptedOut                      400
PlatformApplicationDisabledException   PlatformApplicationDisabled   400
ReplayLimitExceededException           ReplayLimitExceeded           403
ResourceNotFoundException              ResourceNotFound              404
StaleTagException                      StaleTag                      400
SubscriptionLimitExceededException     SubscriptionLimitExceeded     403
TagLimitExceededException              TagLimitExceeded              400
TagPolicyException                     TagPolicy                     400
ThrottledException                     Throttled                     429
TooManyEntriesInBatchRequestException  TooManyEntriesInBatchRequest  400
TopicLimitExceededException            TopicLimitExceeded            403
UserErrorException                     UserError                     400
ValidationException                    ValidationException           400
VerificationException                  VerificationException         400
""")

SNS_COMMON = _rows("""
IncompleteSignature          IncompleteSignature          400
InternalFailure              InternalFailure              500
InvalidAction                InvalidAction                400
InvalidParameterCombination  InvalidParameterCombination  400
InvalidQueryParameter        InvalidQueryParameter        400
MalformedQueryString         MalformedQueryString         404
MissingAction                MissingAction                400
MissingAuthenticationToken   MissingAuthenticationToken   403
MissingParameter             MissingParameter             400
NotAuthorized                NotAuthorized                401
OptInRequired                OptInRequired                403
RequestExpired               RequestExpired               400
ServiceUnavailable           ServiceUnavailable           503
UnrecognizedClientException  UnrecognizedClientException  403
ValidationError              ValidationError              400
""")

SNS_ERRORS = SNS_MODELLED + SNS_COMMON
