"""Mobile push: applications, endpoints, and publishing to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.events import NotificationFailed
from tests.decaf.sns.cloud import ACCOUNT, Cloud

INVALID = "InvalidParameter: Invalid parameter: "
CREDENTIAL = {"PlatformCredential": "the key"}
APPLE = CREDENTIAL | {"PlatformPrincipal": "the certificate"}
APP = f"arn:aws:sns:us-east-1:{ACCOUNT}:app/GCM/shop"


def application(cloud: Cloud, **attributes: str) -> str:
    return str(
        cloud.sns("CreatePlatformApplication", Name="shop", Platform="GCM", Attributes=CREDENTIAL | attributes)[
            "PlatformApplicationArn"
        ]
    )


def endpoint(cloud: Cloud, token: str = "phone-1", **more: Any) -> str:
    created = cloud.sns("CreatePlatformEndpoint", PlatformApplicationArn=application(cloud), Token=token, **more)
    return str(created["EndpointArn"])


def application_attributes(cloud: Cloud) -> dict[str, str]:
    found: dict[str, str] = cloud.sns("GetPlatformApplicationAttributes", PlatformApplicationArn=APP)["Attributes"]
    return found


def endpoint_attributes(cloud: Cloud, arn: str) -> dict[str, str]:
    found: dict[str, str] = cloud.sns("GetEndpointAttributes", EndpointArn=arn)["Attributes"]
    return found


def test_an_application_shows_all_but_its_credentials(cloud: Cloud) -> None:
    assert application(cloud, SuccessFeedbackSampleRate="5") == APP
    shown = {"Enabled": "true", "SuccessFeedbackSampleRate": "5", "AuthenticationMethod": "key"}
    assert application_attributes(cloud) == shown
    assert cloud.sns("ListPlatformApplications") == {
        "PlatformApplications": [{"PlatformApplicationArn": APP, "Attributes": shown}],
        "NextToken": None,
    }


def test_an_application_is_created_again_only_with_the_same_attributes(cloud: Cloud) -> None:
    assert application(cloud) == application(cloud)
    assert (
        cloud.refusal(
            "CreatePlatformApplication", Name="shop", Platform="GCM", Attributes={"PlatformCredential": "other"}
        )
        == INVALID + "Name Reason: An application with the same name but different properties already exists"
    )


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"Name": ""}, " Reason: cannot be empty"),
        ({"Name": "a" * 257}, f"{'a' * 257} Reason: must be at most 256 characters long"),
        (
            {"Name": "a b"},
            "a b Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'",
        ),
        ({"Platform": "PIGEON"}, "Platform Reason: PIGEON is not supported"),
        (
            {"Attributes": {}},
            "Attributes Reason: Invalid value for attribute: PlatformCredential: cannot be empty",
        ),
        (
            {"Platform": "APNS"},
            "Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal",
        ),
        (
            {"Attributes": {"PlatformPrincipal": "p"}},
            "Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential",
        ),
        (
            {"Platform": "APNS", "Attributes": APPLE | {"PlatformPrincipal": ""}},
            "Attributes Reason: Invalid value for attribute: PlatformPrincipal: cannot be empty",
        ),
        (
            {"Attributes": CREDENTIAL | {"SuccessFeedbackSampleRate": "101"}},
            "Attributes Reason: Invalid value for attribute: SuccessFeedbackSampleRate: 101 value provided is not an "
            "integer between 0-100",
        ),
        (
            {"Attributes": CREDENTIAL | {"EventDeliveryFailure": f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"}},
            "Attributes Reason: Invalid value for attribute: EventDeliveryFailure: "
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue is not the ARN of a topic",
        ),
        (
            {"Platform": "APNS", "Attributes": APPLE | {"ApplePlatformTeamID": "TEAM123456"}},
            "Attributes Reason: Invalid value for attribute: ApplePlatformBundleID: cannot be empty",
        ),
        ({"Attributes": CREDENTIAL | {"Wrong": "1"}}, "Attributes Reason: Invalid attribute name: Wrong"),
        (
            {"Attributes": CREDENTIAL | {"EventEndpointCreated": "arn"}},
            "Attributes Reason: Invalid value for attribute: EventEndpointCreated: An ARN must have at least 6 "
            "elements, not 1",
        ),
    ],
)
def test_a_bad_application_is_refused(cloud: Cloud, params: dict[str, Any], text: str) -> None:
    good = {"Name": "shop", "Platform": "GCM", "Attributes": CREDENTIAL}
    assert cloud.refusal("CreatePlatformApplication", **(good | params)) == INVALID + text


def test_changed_attributes_of_an_application_are_shown(cloud: Cloud) -> None:
    application(cloud)
    changes: dict[str, Any] = {"PlatformApplicationArn": APP, "Attributes": {"Enabled": "false"}}
    cloud.sns("SetPlatformApplicationAttributes", **changes)
    assert application_attributes(cloud)["Enabled"] == "false"
    assert "not an integer between 0-100" in cloud.refusal(
        "SetPlatformApplicationAttributes",
        PlatformApplicationArn=APP,
        Attributes={"SuccessFeedbackSampleRate": "101"},
    )


def test_deleting_an_application_takes_its_endpoints_along_and_can_be_repeated(cloud: Cloud) -> None:
    phone = endpoint(cloud)
    cloud.sns("DeletePlatformApplication", PlatformApplicationArn=APP)
    cloud.sns("DeletePlatformApplication", PlatformApplicationArn=APP)
    assert cloud.refusal("GetEndpointAttributes", EndpointArn=phone) == "NotFound: Endpoint does not exist"
    assert cloud.sns("ListPlatformApplications")["PlatformApplications"] == []


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetPlatformApplicationAttributes", {}),
        ("SetPlatformApplicationAttributes", {"Attributes": {}}),
        ("ListEndpointsByPlatformApplication", {}),
        ("CreatePlatformEndpoint", {"Token": "x"}),
    ],
)
def test_an_application_is_looked_for_by_a_checked_arn(cloud: Cloud, operation: str, params: dict[str, Any]) -> None:
    for arn, refusal in {
        "x": INVALID + "PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1",
        f"{APP}/x": INVALID + "PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.",
        APP.replace("east", "west"): INVALID + "PlatformApplicationArn",
        APP: "NotFound: PlatformApplication does not exist",
    }.items():
        assert cloud.refusal(operation, PlatformApplicationArn=arn, **params) == refusal


def test_an_endpoint_has_its_token_and_is_enabled(cloud: Cloud) -> None:
    phone = endpoint(cloud, CustomUserData="Ada")
    assert phone.startswith(f"arn:aws:sns:us-east-1:{ACCOUNT}:endpoint/GCM/shop/")
    assert endpoint_attributes(cloud, phone) == {"Enabled": "true", "Token": "phone-1", "CustomUserData": "Ada"}


def test_a_token_has_one_endpoint_and_its_user_data_must_match(cloud: Cloud) -> None:
    phone = endpoint(cloud, CustomUserData="Ada")
    assert endpoint(cloud, CustomUserData="Ada") == phone
    for more in ({}, {"CustomUserData": "Bob"}, {"CustomUserData": "Ada", "Attributes": {"Enabled": "false"}}):
        refusal = cloud.refusal("CreatePlatformEndpoint", PlatformApplicationArn=APP, Token="phone-1", **more)
        exists = f"Endpoint {phone} already exists with the same Token, but different attributes."
        assert refusal == f"{INVALID}Token Reason: {exists}"


def test_a_disabled_endpoint_is_created_again_as_it_is(cloud: Cloud) -> None:
    phone = endpoint(cloud, Attributes={"Enabled": "false"})
    assert endpoint(cloud) == phone
    assert endpoint_attributes(cloud, phone)["Enabled"] == "false"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"Token": ""}, "Token Reason: cannot be empty"),
        (
            {"Attributes": {"Token": ""}},
            "Attributes Reason: Invalid value for attribute: Token: cannot be empty",
        ),
        (
            {"Attributes": {"Enabled": "maybe"}},
            "Attributes Reason: Invalid value for attribute: Enabled: Invalid value [maybe]. Must be true or false.",
        ),
        (
            {"CustomUserData": "é" * 1_025},
            "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in "
            "UTF-8 encoding",
        ),
        ({"Attributes": {"Wrong": "x"}}, "Attributes Reason: Invalid attribute name: Wrong"),
    ],
)
def test_a_bad_endpoint_is_refused(cloud: Cloud, params: dict[str, Any], text: str) -> None:
    good = {"PlatformApplicationArn": application(cloud), "Token": "phone-1"}
    assert cloud.refusal("CreatePlatformEndpoint", **(good | params)) == INVALID + text


def test_an_endpoint_changes_but_not_to_a_token_another_has(cloud: Cloud) -> None:
    phone, other = endpoint(cloud), endpoint(cloud, "phone-2")
    cloud.sns("SetEndpointAttributes", EndpointArn=phone, Attributes={"Token": "phone-3", "CustomUserData": "x"})
    assert endpoint_attributes(cloud, phone) == {"Enabled": "true", "Token": "phone-3", "CustomUserData": "x"}
    assert endpoint(cloud, "phone-1") not in (phone, other)
    assert (
        cloud.refusal("SetEndpointAttributes", EndpointArn=phone, Attributes={"Token": "phone-2"})
        == INVALID + "This endpoint is already registered with a different token."
    )


@pytest.mark.parametrize("operation", ["GetEndpointAttributes", "SetEndpointAttributes", "DeleteEndpoint"])
def test_an_endpoint_is_looked_for_by_a_checked_arn(cloud: Cloud, operation: str) -> None:
    phone = endpoint(cloud)
    for arn, text in {
        "x": "EndpointArn Reason: An ARN must have at least 6 elements, not 1",
        APP: "EndpointArn Reason: Wrong number of slashes in relative portion of the ARN.",
        f"{phone}x": "EndpointArn Reason: ARN specifies an invalid endpointId: UUID must be encoded in exactly 36 "
        "characters.",
    }.items():
        assert cloud.refusal(operation, EndpointArn=arn, Attributes={}) == INVALID + text
    cloud.sns("DeleteEndpoint", EndpointArn=phone)
    assert cloud.sns("DeleteEndpoint", EndpointArn=phone) == {}
    if operation != "DeleteEndpoint":
        assert cloud.refusal(operation, EndpointArn=phone, Attributes={}) == "NotFound: Endpoint does not exist"


def test_endpoints_are_listed_a_hundred_at_a_time(cloud: Cloud) -> None:
    made = {endpoint(cloud, f"phone-{number}") for number in range(101)}
    first = cloud.sns("ListEndpointsByPlatformApplication", PlatformApplicationArn=APP)
    second = cloud.sns("ListEndpointsByPlatformApplication", PlatformApplicationArn=APP, NextToken=first["NextToken"])
    assert len(first["Endpoints"]) == 100
    assert {e["EndpointArn"] for e in first["Endpoints"] + second["Endpoints"]} == made
    assert second["Endpoints"][0]["Attributes"]["Enabled"] == "true"


def test_an_endpoint_is_published_to_itself(cloud: Cloud) -> None:
    phone = endpoint(cloud)
    published = cloud.sns("Publish", TargetArn=phone, Message="Ready")
    (push,) = cloud.inbox(protocol="application")
    assert (push.recipient, push.body, push.topic_arn) == (phone, "Ready", None)
    assert push.message_id == published["MessageId"]


def test_an_endpoint_gets_the_text_of_its_platform(cloud: Cloud) -> None:
    phone = endpoint(cloud)
    cloud.sns("Publish", TargetArn=phone, Message='{"GCM":"{}"}', MessageStructure="json")
    cloud.sns("Publish", TargetArn=phone, Message='{"APNS":"{}","default":"to all"}', MessageStructure="json")
    assert [push.body for push in cloud.inbox()] == ["{}", "to all"]
    assert (
        cloud.refusal("Publish", TargetArn=phone, Message='{"APNS":"{}"}', MessageStructure="json")
        == INVALID + "JSON must contain an entry for 'default' or 'GCM'."
    )


def test_an_endpoint_that_cannot_be_published_to(cloud: Cloud) -> None:
    phone = endpoint(cloud)
    assert cloud.refusal("Publish", TargetArn=phone, Message="x" * 262_145) == INVALID + "Message too long"
    assert cloud.refusal("Publish", TargetArn=f"{phone}x", Message="x") == (
        INVALID
        + "TargetArn Reason: ARN specifies an invalid endpointId: UUID must be encoded in exactly 36 characters."
    )
    cloud.sns("SetEndpointAttributes", EndpointArn=phone, Attributes={"Enabled": "false"})
    assert cloud.refusal("Publish", TargetArn=phone, Message="x") == "EndpointDisabled: Endpoint is disabled"
    off: dict[str, Any] = {"PlatformApplicationArn": APP, "Attributes": {"Enabled": "false"}}
    cloud.sns("SetPlatformApplicationAttributes", **off)
    assert (
        cloud.refusal("Publish", TargetArn=phone, Message="x")
        == "PlatformApplicationDisabled: Platform application is disabled"
    )
    cloud.sns("DeleteEndpoint", EndpointArn=phone)
    assert (
        cloud.refusal("Publish", TargetArn=phone, Message="x")
        == INVALID + "TargetArn Reason: No endpoint found for the target arn specified"
    )


def test_a_topic_reaches_its_apps_and_reports_those_it_cannot(cloud: Cloud) -> None:
    topic, dead = cloud.topic(), cloud.queue("dead")
    phones = {name: endpoint(cloud, name) for name in ("well", "disabled", "deleted")}
    for phone in phones.values():
        cloud.subscribe(topic, "application", phone, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    cloud.sns("SetEndpointAttributes", EndpointArn=phones["disabled"], Attributes={"Enabled": "false"})
    cloud.sns("DeleteEndpoint", EndpointArn=phones["deleted"])
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message='{"default":"all","GCM":"{}"}', MessageStructure="json")
    (push,) = cloud.inbox()
    assert (push.recipient, push.body, push.topic_arn) == (phones["well"], "{}", topic)
    reasons = [event.subject.outcome.reason for event in events if isinstance(event, NotificationFailed)]
    assert reasons == ["the endpoint is disabled", "the endpoint does not exist"]
    assert len(cloud.received(dead)) == 2
    assert len(cloud.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"]) == 3
