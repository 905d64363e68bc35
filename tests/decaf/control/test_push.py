"""POST /_decaf/push/expire: a push service no longer knows a device."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest


def expire(endpoint: str, arn: str) -> Any:
    body = json.dumps({"endpoint_arn": arn}).encode()
    try:
        with urlopen(Request(f"{endpoint}/_decaf/push/expire", body), timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]


def test_the_next_message_disables_the_endpoint(endpoint: str, sns: Any) -> None:
    app = sns.create_platform_application(Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"})
    phone = sns.create_platform_endpoint(PlatformApplicationArn=app["PlatformApplicationArn"], Token="phone")
    assert expire(endpoint, phone["EndpointArn"]) == {}
    sns.publish(TargetArn=phone["EndpointArn"], Message="x")
    with pytest.raises(sns.exceptions.EndpointDisabledException):
        sns.publish(TargetArn=phone["EndpointArn"], Message="x")


@pytest.mark.parametrize("arn", ["x", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/shop/none"])
def test_an_endpoint_has_to_exist(endpoint: str, arn: str) -> None:
    assert expire(endpoint, arn) == (404, f"there is no endpoint {arn}")
