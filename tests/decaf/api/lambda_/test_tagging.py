"""Tags of functions, by boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.refusals import refusal


def test_tags_are_added_and_removed(lambda_: Any, create: Callable[..., Any]) -> None:
    arn = create(Tags={"a": "1"})["FunctionArn"]
    lambda_.tag_resource(Resource=arn, Tags={"a": "2", "b/c": "x y"})
    assert lambda_.list_tags(Resource=arn)["Tags"] == {"a": "2", "b/c": "x y"}
    response = lambda_.untag_resource(Resource=arn, TagKeys=["a", "none"])
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert lambda_.list_tags(Resource=arn)["Tags"] == {"b/c": "x y"}


def test_a_function_has_at_most_fifty_tags(lambda_: Any, create: Callable[..., Any]) -> None:
    arn = create()["FunctionArn"]
    lambda_.tag_resource(Resource=arn, Tags={str(number): "" for number in range(50)})
    assert refusal(lambda_.tag_resource, Resource=arn, Tags={"more": ""})[0] == "InvalidParameterValueException"


def test_tags_are_of_something_that_exists(lambda_: Any, account: str) -> None:
    arn = f"arn:aws:lambda:us-east-1:{account}:function:none"
    assert refusal(lambda_.list_tags, Resource=arn) == ("ResourceNotFoundException", f"Function not found: {arn}")
    code, _ = refusal(lambda_.list_tags, Resource="none")
    assert code == "ValidationException"
