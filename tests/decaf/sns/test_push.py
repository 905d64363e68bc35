"""Push notifications: payloads, their options, tokens that expire, and events of applications."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.base.arn import read_arn
from decaf.base.events import NotificationFailed
from decaf.sns.platform import ENDPOINT_STATE
from tests.decaf.sns.cloud import ACCOUNT, Cloud

INVALID = "InvalidParameter: Invalid parameter: "
SECRETS = {"PlatformCredential": "the key", "PlatformPrincipal": "the certificate"}
EVENTS = ("EventEndpointCreated", "EventEndpointUpdated", "EventEndpointDeleted", "EventDeliveryFailure")


def application(cloud: Cloud, platform: str = "GCM", **attributes: str) -> str:
    given: dict[str, Any] = {"Name": "shop", "Platform": platform, "Attributes": SECRETS | attributes}
    return str(cloud.sns("CreatePlatformApplication", **given)["PlatformApplicationArn"])


def device(cloud: Cloud, platform: str = "GCM", token: str = "phone-1", **attributes: str) -> str:
    app = application(cloud, platform, **attributes)
    return str(cloud.sns("CreatePlatformEndpoint", PlatformApplicationArn=app, Token=token)["EndpointArn"])


def publish(cloud: Cloud, target: str, message: Any, **attributes: str) -> None:
    cloud.sns("Publish", **publication(target, message, **attributes))


def publication(target: str, message: Any, **attributes: str) -> dict[str, Any]:
    return {
        "TargetArn": target,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "MessageStructure": "string" if isinstance(message, str) else "json",
        "MessageAttributes": {
            f"AWS.SNS.MOBILE.{name.replace('__', '.')}": {"DataType": "String", "StringValue": value}
            for name, value in attributes.items()
        },
    }


def facts(cloud: Cloud) -> dict[str, Any]:
    return dict(cloud.inbox(protocol="application")[-1].attributes)


def expire(cloud: Cloud, arn: str) -> None:
    read = read_arn(arn)
    endpoint = None if read is None else cloud.world.store.find_endpoint(read)
    assert endpoint is not None
    endpoint.expired = True
    cloud.world.events.mark_dirty(ENDPOINT_STATE, endpoint)


def enabled(cloud: Cloud, arn: str) -> str:
    return str(cloud.sns("GetEndpointAttributes", EndpointArn=arn)["Attributes"]["Enabled"])


@pytest.mark.parametrize(
    ("platform", "payload"),
    [
        ("APNS", {"aps": {"alert": "Ready ☕"}}),
        ("APNS_SANDBOX", {"aps": {"alert": "Ready ☕"}}),
        ("GCM", {"data": {"default": "Ready ☕"}}),
        ("ADM", {"data": {"default": "Ready ☕"}}),
    ],
)
def test_a_plain_text_becomes_the_plainest_payload(cloud: Cloud, platform: str, payload: Any) -> None:
    publish(cloud, device(cloud, platform), "Ready ☕")
    assert json.loads(facts(cloud)["Payload"]) == payload
    assert cloud.inbox()[-1].body == "Ready ☕"


def test_a_payload_of_the_platform_is_sent_as_it_is(cloud: Cloud) -> None:
    publish(cloud, device(cloud), {"default": "x", "GCM": '{"notification": {"title": "Ready"}}'})
    assert facts(cloud) == {
        "Platform": "GCM",
        "Token": "phone-1",
        "Payload": '{"notification": {"title": "Ready"}}',
        "TTL": 2_419_200,
    }


def test_without_a_text_for_the_platform_the_default_is_sent(cloud: Cloud) -> None:
    publish(cloud, device(cloud, "APNS_SANDBOX"), {"default": "to all", "APNS": '{"aps":{}}'})
    assert facts(cloud)["Payload"] == '{"aps":{"alert":"to all"}}'


def test_a_payload_must_be_there(cloud: Cloud) -> None:
    refusal = cloud.refusal("Publish", **publication(device(cloud, "APNS_SANDBOX"), {"APNS": "{}"}))
    assert refusal == INVALID + "JSON must contain an entry for 'default' or 'APNS_SANDBOX'."


@pytest.mark.parametrize(
    ("platform", "payload", "why"),
    [
        ("GCM", "no JSON", "Notification is malformed"),
        ("APNS", "[]", "Notification is malformed"),
        ("APNS", json.dumps({"aps": "x" * 4_096}), "Notification is too long"),
        ("GCM", json.dumps({"data": "x" * 4_096}), "Notification data is larger than allowed limit"),
    ],
)
def test_a_payload_that_no_service_takes_is_refused(cloud: Cloud, platform: str, payload: str, why: str) -> None:
    refusal = cloud.refusal("Publish", **publication(device(cloud, platform), {platform: payload}))
    assert refusal == f"{INVALID}Message Reason: Invalid notification for protocol {platform}: {why}"


def test_a_calling_app_may_be_sent_more(cloud: Cloud) -> None:
    publish(cloud, device(cloud, "APNS_VOIP"), {"APNS_VOIP": json.dumps({"aps": "x" * 5_000})})
    assert len(cloud.inbox()) == 1


def test_from_a_topic_a_bad_payload_is_a_failed_delivery(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "application", device(cloud))
    events = cloud.listen()
    cloud.sns("Publish", TopicArn=topic, Message='{"default":"x","GCM":"no JSON"}', MessageStructure="json")
    (failed,) = [event for event in events if isinstance(event, NotificationFailed)]
    assert failed.subject.outcome.reason == "Invalid notification for protocol GCM: Notification is malformed"


@pytest.mark.parametrize(
    ("platform", "payload", "attributes", "ttl"),
    [
        ("GCM", "{}", {"GCM__TTL": "60"}, 60),
        ("GCM", "{}", {"FCM__TTL": "60"}, 60),
        ("GCM", '{"time_to_live": 30}', {}, 30),
        ("GCM", '{"time_to_live": 30}', {"GCM__TTL": "0"}, 0),
        ("GCM", "{}", {"APNS__TTL": "60"}, 2_419_200),
        ("APNS_SANDBOX", "{}", {"APNS_SANDBOX__TTL": "60"}, 60),
        ("APNS_SANDBOX", "{}", {"APNS__TTL": "60"}, 2_419_200),
    ],
)
def test_the_ttl_is_that_of_the_attribute_or_the_payload(
    cloud: Cloud, platform: str, payload: str, attributes: dict[str, str], ttl: int
) -> None:
    publish(cloud, device(cloud, platform), {platform: payload}, **attributes)
    assert facts(cloud)["TTL"] == ttl


def test_options_for_apples_service_are_shown(cloud: Cloud) -> None:
    told = {"APNS__PUSH_TYPE": "background", "APNS__PRIORITY": "5", "APNS__COLLAPSE_ID": "order-42"}
    publish(cloud, device(cloud, "APNS_SANDBOX"), "x", **told)
    shown = facts(cloud)
    assert (shown["PUSH_TYPE"], shown["PRIORITY"], shown["COLLAPSE_ID"]) == ("background", "5", "order-42")


@pytest.mark.parametrize(
    ("name", "value"),
    [("APNS__TTL", "-1"), ("APNS__TTL", "soon"), ("APNS__PRIORITY", "7"), ("APNS__PUSH_TYPE", "loud")],
)
def test_options_for_push_services_are_checked(cloud: Cloud, name: str, value: str) -> None:
    refusal = cloud.refusal("Publish", **publication(device(cloud, "APNS"), "x", **{name: value}))
    assert refusal.startswith(f"{INVALID}MessageAttributes Reason: AWS.SNS.MOBILE.{name.replace('__', '.')}: {value} ")


def test_an_expired_token_is_found_out_by_sending_and_disables_the_endpoint(cloud: Cloud) -> None:
    phone = device(cloud)
    expire(cloud, phone)
    assert enabled(cloud, phone) == "true"
    events = cloud.listen()
    publish(cloud, phone, "x")
    assert (cloud.inbox(), enabled(cloud, phone)) == ([], "false")
    assert isinstance(events[-1], NotificationFailed)
    assert events[-1].subject.outcome.reason == "Platform token associated with the endpoint is not valid"
    assert cloud.refusal("Publish", **publication(phone, "x")) == "EndpointDisabled: Endpoint is disabled"


def test_enabling_does_not_help_but_a_new_token_does(cloud: Cloud) -> None:
    phone = device(cloud)
    expire(cloud, phone)
    publish(cloud, phone, "x")
    again: dict[str, Any] = {"EndpointArn": phone, "Attributes": {"Enabled": "true"}}
    cloud.sns("SetEndpointAttributes", **again)
    publish(cloud, phone, "x")
    assert enabled(cloud, phone) == "false"
    again["Attributes"]["Token"] = "phone-2"
    cloud.sns("SetEndpointAttributes", **again)
    publish(cloud, phone, "x")
    assert facts(cloud)["Token"] == "phone-2"


def events_of(cloud: Cloud, *names: str) -> tuple[dict[str, str], str]:
    """Attributes that name one topic for some events, and the queue subscribed to it."""
    topic, queue = cloud.topic("app-events"), cloud.queue("app-events")
    cloud.subscribe(topic, "sqs", queue)
    return dict.fromkeys(names, topic), queue


def reported(cloud: Cloud, queue: str) -> list[dict[str, Any]]:
    envelopes = [json.loads(message["Body"]) for message in cloud.received(queue)]
    return sorted(
        ({"Subject": each["Subject"], **json.loads(each["Message"])} for each in envelopes),
        key=lambda event: str(event["EventType"]),
    )


def test_an_application_is_notified_of_its_endpoints(cloud: Cloud) -> None:
    attributes, queue = events_of(cloud, *EVENTS)
    phone = device(cloud, **attributes)
    cloud.sns("SetEndpointAttributes", EndpointArn=phone, Attributes={"CustomUserData": "Ada"})
    cloud.sns("DeleteEndpoint", EndpointArn=phone)
    common = {
        "EndpointArn": phone,
        "Resource": f"arn:aws:sns:us-east-1:{ACCOUNT}:app/GCM/shop",
        "Service": "SNS",
        "Time": "2023-11-14T22:13:20.000Z",
    }
    new = {"Enabled": "true", "Token": "phone-1"}
    assert reported(cloud, queue) == [
        {"EventType": kind, "Subject": f"{kind} event for app shop (GCM)", "Attributes": attributes, **common}
        for kind, attributes in (
            ("EndpointCreated", new),
            ("EndpointDeleted", new | {"CustomUserData": "Ada"}),
            ("EndpointUpdated", new | {"CustomUserData": "Ada"}),
        )
    ]


@pytest.mark.parametrize("by", ["endpoint", "topic"])
def test_an_application_is_notified_of_a_delivery_that_failed(cloud: Cloud, by: str) -> None:
    attributes, queue = events_of(cloud, "EventDeliveryFailure")
    phone = device(cloud, **attributes)
    topic = cloud.topic("promotions")
    cloud.subscribe(topic, "application", phone)
    expire(cloud, phone)
    target = phone if by == "endpoint" else topic
    message = cloud.sns("Publish", TargetArn=target, Message="x")["MessageId"]
    (failure,) = reported(cloud, queue)
    assert {name: failure[name] for name in ("EventType", "FailureType", "MessageId", "DeliveryAttempts")} == {
        "EventType": "DeliveryFailure",
        "FailureType": "InvalidPlatformToken",
        "MessageId": message,
        "DeliveryAttempts": 1,
    }
    assert failure["EndpointArn"] == phone


def test_events_go_to_the_topics_named_for_them_only(cloud: Cloud) -> None:
    attributes, queue = events_of(cloud, "EventEndpointDeleted")
    cloud.sns("DeleteEndpoint", EndpointArn=device(cloud, **attributes))
    assert [event["EventType"] for event in reported(cloud, queue)] == ["EndpointDeleted"]


def test_events_for_a_topic_that_does_not_exist_are_dropped(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    device(cloud, EventEndpointCreated=f"arn:aws:sns:us-east-1:{ACCOUNT}:nothing")
    assert f"is not delivered to arn:aws:sns:us-east-1:{ACCOUNT}:nothing: it does not exist" in caplog.text
    app = application(cloud, EventEndpointCreated=f"arn:aws:sns:us-east-1:{ACCOUNT}:nothing")
    cloud.sns("SetPlatformApplicationAttributes", PlatformApplicationArn=app, Attributes={"EventEndpointCreated": ""})
    shown = cloud.sns("GetPlatformApplicationAttributes", PlatformApplicationArn=app)["Attributes"]
    assert "EventEndpointCreated" not in shown


def test_events_for_a_fifo_topic_are_dropped(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    topic = cloud.topic("app-events.fifo", FifoTopic="true")
    queue = cloud.queue("app-events")
    cloud.subscribe(topic, "sqs", queue)
    device(cloud, EventEndpointCreated=topic)
    assert cloud.received(queue) == []
    assert f"is not delivered to {topic}: it is a FIFO topic" in caplog.text


@pytest.mark.parametrize(
    ("platform", "attributes", "method"),
    [
        ("GCM", {}, "key"),
        ("GCM", {"PlatformCredential": '{"type": "service_account"}'}, "token"),
        ("APNS", {}, "certificate"),
        ("APNS", {"ApplePlatformTeamID": "TEAM123456", "ApplePlatformBundleID": "com.example.shop"}, "token"),
    ],
)
def test_the_kind_of_credentials_is_shown(cloud: Cloud, platform: str, attributes: dict[str, str], method: str) -> None:
    app = application(cloud, platform, **attributes)
    shown = cloud.sns("GetPlatformApplicationAttributes", PlatformApplicationArn=app)["Attributes"]
    assert shown["AuthenticationMethod"] == method


def test_a_device_of_another_account_has_to_be_confirmed(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = {"TopicArn": topic, "Protocol": "application", "Endpoint": device(cloud)}
    cloud.sns("Subscribe", account="222222222222", **subscription)
    (request,) = cloud.inbox(kind="SubscriptionConfirmation")
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=request.token)
    cloud.sns("Publish", TopicArn=topic, Message="x")
    assert len(cloud.inbox(kind="Notification")) == 1
