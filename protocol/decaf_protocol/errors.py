"""What an error is called and how it is sent: query code, HTTP status, whose fault.

Rule: a shape is looked up in its service first (SQS: the table in sqs_query.py, others: the model's traits),
then among the errors common to all services. Every name has an answer: an error can always be worded.

Source: the error traits of the models, and "Common Errors" of the two API References.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decaf_protocol import sqs_query
from decaf_protocol.models import ErrorTrait, service
from decaf_protocol.wire import AWSError

COMMON: Mapping[str, ErrorTrait] = {
    "AccessDenied": ErrorTrait("AccessDenied", 403),
    "AccessDeniedException": ErrorTrait("AccessDenied", 403),
    "ExpiredTokenException": ErrorTrait("ExpiredToken", 403),
    "IncompleteSignature": ErrorTrait("IncompleteSignature", 400),
    "InternalFailure": ErrorTrait("InternalFailure", 500, sender=False),
    "InvalidAction": ErrorTrait("InvalidAction", 400),
    "InvalidClientTokenId": ErrorTrait("InvalidClientTokenId", 403),
    "InvalidParameterCombination": ErrorTrait("InvalidParameterCombination", 400),
    "InvalidParameterValue": ErrorTrait("InvalidParameterValue", 400),
    "InvalidParameterValueException": ErrorTrait("InvalidParameterValue", 400),
    "InvalidQueryParameter": ErrorTrait("InvalidQueryParameter", 400),
    "MalformedInput": ErrorTrait("MalformedInput", 400),
    "MalformedQueryString": ErrorTrait("MalformedQueryString", 404),
    "MissingAction": ErrorTrait("MissingAction", 400),
    "MissingAuthenticationToken": ErrorTrait("MissingAuthenticationToken", 403),
    "MissingParameter": ErrorTrait("MissingParameter", 400),
    "MissingRequiredParameterException": ErrorTrait("MissingParameter", 400),
    "NotAuthorized": ErrorTrait("NotAuthorized", 400),
    "OptInRequired": ErrorTrait("OptInRequired", 403),
    "RequestEntityTooLarge": ErrorTrait("RequestEntityTooLarge", 413),
    "RequestExpired": ErrorTrait("RequestExpired", 400),
    "SerializationException": ErrorTrait("SerializationException", 400),
    "ServiceUnavailable": ErrorTrait("ServiceUnavailable", 503, sender=False),
    "SignatureDoesNotMatch": ErrorTrait("SignatureDoesNotMatch", 403),
    "ThrottlingException": ErrorTrait("Throttling", 400),
    "UnknownOperationException": ErrorTrait("UnknownOperationException", 400),
    "UnrecognizedClientException": ErrorTrait("UnrecognizedClientException", 403),
    "ValidationError": ErrorTrait("ValidationError", 400),
}

# Where the two API References give one of the common errors another status.
_OWN: Mapping[tuple[str, str], ErrorTrait] = {
    ("sns", "NotAuthorized"): ErrorTrait("NotAuthorized", 401),
    ("sqs", "ThrottlingException"): ErrorTrait("Throttling", 403),
}


def fault(service_name: str, shape: str) -> ErrorTrait:
    """The code, status and side of `shape` in a service; an unheard-of shape is its own code, 400."""
    known = sqs_query.ERRORS.get(shape) if service_name == "sqs" else service(service_name).errors.get(shape)
    return known or _OWN.get((service_name, shape)) or COMMON.get(shape) or ErrorTrait(shape, 400)


def error_shape(service_name: str, name: str) -> str | None:
    """The shape that has `name` as its own or as its query code; None if the service has no such error."""
    shapes = [*service(service_name).errors, *COMMON]
    if name in shapes:
        return name
    return next((shape for shape in shapes if fault(service_name, shape).code == name), None)


def is_senders_fault(service_name: str, shape: str) -> bool:
    """Whose fault a shape says it was: the client's, or the service's."""
    return fault(service_name, shape).sender


def modelled(service_name: str, shape: str) -> bool:
    """Whether the service's own model has this error; the others belong to the framework beneath it."""
    return shape in service(service_name).errors


def error_code(service_name: str, shape: str) -> str:
    """The query code of a shape, as `<Code>` and the Failed entries of batches show it."""
    return fault(service_name, shape).code


def described(service_name: str, error: AWSError) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the Type, Code and Message of an error in Query."""
    known = fault(service_name, error.shape)
    message = sqs_query.TEXTS.get(error.message) if service_name == "sqs" else None
    return known.status, {
        "Type": "Sender" if known.sender else "Receiver",
        "Code": known.code,
        "Message": message or error.message,
    }
