"""How an error is sent: its query code, its HTTP status, and whether the client or the service caused it.

Rule: a shape is looked up in its service first (SQS: the table in sqs_query.py, others: the model's traits),
then among the errors common to all services. A name that is in none of them has a trait too: any error can be sent.

Source: the error traits of the models, and "Common Errors" of the two API References.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decaf_protocol import sqs_query
from decaf_protocol.models import ErrorTrait, Service, service
from decaf_protocol.wire import AWSError

COMMON: Mapping[str, ErrorTrait] = {
    "AccessDenied": ErrorTrait("AccessDenied", 403),
    "AccessDeniedException": ErrorTrait("AccessDenied", 403),
    "ExpiredTokenException": ErrorTrait("ExpiredToken", 403),
    "IncompleteSignature": ErrorTrait("IncompleteSignature", 400),
    "IncompleteSignatureException": ErrorTrait("IncompleteSignature", 400),
    "InternalFailure": ErrorTrait("InternalFailure", 500, sender=False),
    "InvalidAction": ErrorTrait("InvalidAction", 400),
    "InvalidClientTokenId": ErrorTrait("InvalidClientTokenId", 403),
    "InvalidParameterCombination": ErrorTrait("InvalidParameterCombination", 400),
    "InvalidParameterValue": ErrorTrait("InvalidParameterValue", 400),
    "InvalidParameterValueException": ErrorTrait("InvalidParameterValue", 400),
    "InvalidQueryParameter": ErrorTrait("InvalidQueryParameter", 400),
    "InvalidSecurity": ErrorTrait("InvalidSecurity", 403),
    "InvalidSignatureException": ErrorTrait("SignatureDoesNotMatch", 403),
    "MalformedHttpRequestException": ErrorTrait("MalformedHttpRequestException", 400),
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
    "RequestTimeoutException": ErrorTrait("RequestTimeoutException", 408),
    "SerializationException": ErrorTrait("SerializationException", 400),
    "ServiceUnavailable": ErrorTrait("ServiceUnavailable", 503, sender=False),
    "SignatureDoesNotMatch": ErrorTrait("SignatureDoesNotMatch", 403),
    "ThrottlingException": ErrorTrait("Throttling", 400),
    "UnknownOperationException": ErrorTrait("UnknownOperationException", 400),
    "UnrecognizedClientException": ErrorTrait("UnrecognizedClientException", 403),
    "ValidationError": ErrorTrait("ValidationError", 400),
}

# Common errors that a service has in its own way: by its API Reference, and SQS by recorded answers over JSON.
_OWN: Mapping[tuple[str, str], ErrorTrait] = {
    ("lambda", "NotImplementedException"): ErrorTrait("NotImplementedException", 501),
    ("lambda", "RequestEntityTooLargeException"): ErrorTrait("RequestEntityTooLargeException", 413),
    ("lambda", "UnknownOperationException"): ErrorTrait("UnknownOperationException", 404),
    ("sns", "NotAuthorized"): ErrorTrait("NotAuthorized", 401),
    ("sqs", "SerializationException"): ErrorTrait("MalformedInput", 400),
    ("sqs", "ThrottlingException"): ErrorTrait("Throttling", 403),
    ("sqs", "UnknownOperationException"): ErrorTrait("InvalidAction", 400),
    ("sqs", "UnrecognizedClientException"): ErrorTrait("InvalidClientTokenId", 403),
}


def error_trait(service_name: str, shape: str) -> ErrorTrait:
    """Returns the trait of `shape` in a service; that of an unknown shape is its own name as code, and status 400."""
    known = sqs_query.ERRORS.get(shape) if service_name == "sqs" else service(service_name).errors.get(shape)
    return known or _own_trait(service_name, shape)


def rest_trait(model: Service, shape: str) -> ErrorTrait:
    """Returns the trait of `shape` in a REST service, as `error_trait`."""
    return model.errors.get(shape) or _own_trait(model.name, shape)


def _own_trait(service_name: str, shape: str) -> ErrorTrait:
    return _OWN.get((service_name, shape)) or COMMON.get(shape) or ErrorTrait(shape, 400)


def error_shape(service_name: str, name: str) -> str | None:
    """Returns the shape that has `name` as its name or its query code; None if the service has no such error."""
    shapes = [*service(service_name).errors, *COMMON]
    if name in shapes:
        return name
    return next((shape for shape in shapes if error_trait(service_name, shape).code == name), None)


def is_senders_fault(service_name: str, shape: str) -> bool:
    """Returns whether the client caused an error of this shape, not the service."""
    return error_trait(service_name, shape).sender


def modelled(service_name: str, shape: str) -> bool:
    """Returns whether the service's own model has this error; the others are those of the framework below it."""
    return shape in service(service_name).errors


def error_code(service_name: str, shape: str) -> str:
    """Returns the query code of a shape, as `<Code>` and the Failed entries of batches have it."""
    return error_trait(service_name, shape).code


def described(service_name: str, error: AWSError) -> tuple[int, dict[str, Any]]:
    """Returns the HTTP status of an error in Query, and its Type, Code and Message."""
    known = error_trait(service_name, error.shape)
    message = sqs_query.TEXTS.get(error.message) if service_name == "sqs" else None
    return known.status, {
        "Type": "Sender" if known.sender else "Receiver",
        "Code": known.code,
        "Message": message or error.message,
    }
