"""The errors of Lambda: one constructor per situation, worded as the service words them.

The status of each is in the service's model; errors.toml has how it is known that AWS words a text so.
"""

from __future__ import annotations

from decaf_protocol import AWSError


def invalid_value(text: str) -> AWSError:
    return AWSError("InvalidParameterValueException", text)


def not_found(text: str) -> AWSError:
    return AWSError("ResourceNotFoundException", text)


def conflict(text: str) -> AWSError:
    return AWSError("ResourceConflictException", text)


def function_not_found(arn: str) -> AWSError:
    return AWSError("ResourceNotFoundException", f"Function not found: {arn}")


def other_region(theirs: str, ours: str) -> AWSError:
    return not_found(f"Functions from '{theirs}' are not reachable in this region ('{ours}')")


def resource_does_not_exist() -> AWSError:
    return not_found("The resource you requested does not exist.")


def function_exists(name: str) -> AWSError:
    return conflict(f"Function already exist: {name}")


def bad_destination(arn: str) -> AWSError:
    return invalid_value(f"The destination ARN {arn} is invalid.")


def other_revision() -> AWSError:
    return AWSError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve "
        "the latest Revision Id",
    )


def other_policy_revision() -> AWSError:
    return AWSError(
        "PreconditionFailedException",
        "The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API to retrieve the latest "
        "RevisionId",
    )


def request_too_large(operation: str, most: int) -> AWSError:
    return AWSError(
        "RequestEntityTooLargeException", f"Request must be smaller than {most} bytes for the {operation} operation"
    )


def event_too_large(size: int, most: int) -> AWSError:
    return AWSError(
        "RequestEntityTooLargeException",
        f"{size} byte payload is too large for the Event invocation type (limit {most} bytes)",
    )


def bad_payload(reason: str) -> AWSError:
    return AWSError("InvalidRequestContentException", f"Could not parse request body into json: {reason}")


def bad_client_context() -> AWSError:
    return AWSError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")


def violation(value: object, member: str, constraint: str) -> AWSError:
    """Returns the error for a value that breaks a constraint, which the service checks by itself."""
    return AWSError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}",
    )


def throttled() -> AWSError:
    return AWSError(
        "TooManyRequestsException", "Rate Exceeded.", Reason="ReservedFunctionConcurrentInvocationLimitExceeded"
    )


def not_here(what: str) -> AWSError:
    """Returns the error for a parameter whose effect Decaf does not have."""
    return invalid_value(f"Decaf does not have {what}.")


def not_implemented(operation: str) -> AWSError:
    return AWSError("NotImplementedException", f"Decaf does not implement {operation} of Lambda.")
