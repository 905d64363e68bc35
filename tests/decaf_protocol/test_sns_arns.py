"""ARNs are looked at before the rest of a request to SNS; the texts are recorded from the real service."""

import pytest

from decaf_protocol import operations
from decaf_protocol.models import service
from tests.decaf_protocol.requests import post, refusal

OF_ARN = [
    (operation, member)
    for operation in operations("sns")
    for member in service("sns").operations[operation].input.required
    if member.endswith("Arn")
]


@pytest.mark.parametrize(("operation", "member"), OF_ARN)
def test_a_missing_arn_is_named_before_what_else_is_missing(operation: str, member: str) -> None:
    error = refusal(post(f"Action={operation}&Version=2010-03-31"))
    assert (error.shape, error.message) == (
        "InvalidParameterException",
        f"Invalid parameter: {member} Reason: no value for required parameter",
    )


WITH_MORE = ["CreatePlatformEndpoint", "SetPlatformApplicationAttributes", "SetEndpointAttributes", "Subscribe"]


@pytest.mark.parametrize("operation", [*WITH_MORE, "TagResource", "PublishBatch", "AddPermission"])
@pytest.mark.parametrize(("text", "count"), [("", 1), ("a:b", 2), ("arn:aws:sns:us-east-1:111111111111", 5)])
def test_what_is_no_arn_is_named_before_what_is_missing(operation: str, text: str, count: int) -> None:
    (member,) = (arn for of, arn in OF_ARN if of == operation)
    error = refusal(post(f"Action={operation}&{member}={text}"))
    assert error.shape == "InvalidParameterException"
    assert error.message == f"Invalid parameter: {member} Reason: An ARN must have at least 6 elements, not {count}"


def test_an_arn_that_may_be_left_out_is_looked_at_where_it_is_given() -> None:
    text = "Invalid parameter: TargetArn Reason: An ARN must have at least 6 elements, not 1"
    assert refusal(post("Action=Publish&TargetArn=t")).message == text
    assert refusal(post("Action=Publish")).shape == "ValidationError"


def test_with_an_arn_the_model_is_what_is_missing() -> None:
    arn = "arn:aws:sns:us-east-1:111111111111:app/GCM/a"
    assert refusal(post(f"Action=SetPlatformApplicationAttributes&PlatformApplicationArn={arn}")).message == (
        "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null"
    )
