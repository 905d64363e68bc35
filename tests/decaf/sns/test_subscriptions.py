"""Subscriptions: endpoints, confirmation, deletion, lists and attributes."""

from __future__ import annotations

import json

import pytest

from tests.decaf.sns.cloud import ACCOUNT, HOST, Cloud

KITCHEN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:kitchen"
STRANGER = "222222222222"
MAIL = "customer@example.com"
PHONE = "+15555550142"
DAY = 86_400

INVALID = "InvalidParameter: Invalid parameter: "


def attributes(cloud: Cloud, subscription: str) -> dict[str, str]:
    found: dict[str, str] = cloud.sns("GetSubscriptionAttributes", SubscriptionArn=subscription)["Attributes"]
    return found


def subscribing(cloud: Cloud, protocol: str, endpoint: str, **attributes: str) -> str:
    """The refusal of a subscription."""
    return cloud.refusal(
        "Subscribe", TopicArn=cloud.topic(), Protocol=protocol, Endpoint=endpoint, Attributes=attributes
    )


@pytest.mark.parametrize(
    ("protocol", "endpoint", "refusal"),
    [
        ("pigeon", "loft", INVALID + "Amazon SNS does not support this protocol string: pigeon"),
        ("sqs", "http://127.0.0.1:4566/111111111111/kitchen", INVALID + "SQS endpoint ARN"),
        ("sqs", "arn:aws:sqs:us-east-1:111111111111", INVALID + "SQS endpoint ARN"),
        ("sqs", "arn:aws:sns:us-east-1:111111111111:kitchen", INVALID + "SQS endpoint ARN"),
        (
            "sqs",
            KITCHEN + ".fifo",
            INVALID
            + "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        ("email", "this is not an email", INVALID + "Email address"),
        ("email", "a@example.com;b@example.com", INVALID + "Email address"),
        ("email-json", "nobody", INVALID + "Email address"),
        ("http", "https://example.com", INVALID + "Endpoint must match the specified protocol"),
        ("https", "http://example.com", INVALID + "Endpoint must match the specified protocol"),
        ("http", "example.com", INVALID + "Endpoint must match the specified protocol"),
        ("http", "http://", INVALID + "Endpoint must match the specified protocol"),
        ("http", "http://example.com:port/", INVALID + "Endpoint must match the specified protocol"),
        ("sms", "invalid-number", "InvalidParameter: Invalid SMS endpoint: invalid-number"),
        ("sms", "+15--55", "InvalidParameter: Invalid SMS endpoint: +15--55"),
        ("application", KITCHEN, INVALID + f"Application endpoint arn invalid:{KITCHEN}"),
        (
            "application",
            "arn:aws:sns:us-east-1:111111111111:endpoint/GCM/app/x",
            INVALID
            + "Endpoint Reason: Endpoint does not exist for endpoint arn"  # twice, as recorded
            + "arn:aws:sns:us-east-1:111111111111:endpoint/GCM/app/x",
        ),
        ("sms", "", INVALID + "Endpoint Reason: no value for required parameter"),
    ],
)
def test_an_endpoint_must_be_one_of_its_protocol(cloud: Cloud, protocol: str, endpoint: str, refusal: str) -> None:
    assert subscribing(cloud, protocol, endpoint) == refusal


@pytest.mark.parametrize("number", [PHONE, "15555550142", "+1 555 555-0142", "+123123123"])
def test_phone_numbers_may_have_single_separators(cloud: Cloud, number: str) -> None:
    cloud.subscribe(cloud.topic(), "sms", number)


def test_a_queue_of_ones_own_is_subscribed_at_once_even_before_it_exists(cloud: Cloud) -> None:
    topic = cloud.topic()
    answer = cloud.sns("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=KITCHEN)
    subscription = answer["SubscriptionArn"]
    assert subscription.startswith(f"{topic}:")
    assert attributes(cloud, subscription) == {
        "ConfirmationWasAuthenticated": "true",
        "Endpoint": KITCHEN,
        "Owner": ACCOUNT,
        "PendingConfirmation": "false",
        "Protocol": "sqs",
        "RawMessageDelivery": "false",
        "SubscriptionArn": subscription,
        "SubscriptionPrincipal": f"arn:aws:iam::{ACCOUNT}:user/decaf",
        "TopicArn": topic,
    }


def test_subscribing_again_gives_the_same_arn_unless_attributes_differ(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "sqs", KITCHEN, RawMessageDelivery="true")
    assert cloud.subscribe(topic, "sqs", KITCHEN) == subscription
    assert cloud.subscribe(topic, "sqs", KITCHEN, RawMessageDelivery="true") == subscription
    assert (
        subscribing(cloud, "sqs", KITCHEN, RawMessageDelivery="false")
        == INVALID + "Attributes Reason: Subscription already exists with different attributes"
    )


@pytest.mark.parametrize(
    ("policy", "same"),
    [
        ('{ "b": ["2"], "a": ["1", {"prefix": "x"}] }', True),
        ('{"a":[{"prefix":"x"},"1"],"b":["2"]}', False),
        ('{"a":["1",{"prefix":"x"}],"b":[2]}', False),
    ],
)
def test_subscribing_again_a_filter_policy_is_the_same_whatever_the_order_of_its_keys(
    cloud: Cloud, policy: str, same: bool
) -> None:
    given = '{"a":["1",{"prefix":"x"}],"b":["2"]}'
    subscription = cloud.subscribe(cloud.topic(), "sqs", KITCHEN, FilterPolicy=given)
    if same:
        assert cloud.subscribe(cloud.topic(), "sqs", KITCHEN, FilterPolicy=policy) == subscription
        assert attributes(cloud, subscription)["FilterPolicy"] == given
    else:
        refusal = subscribing(cloud, "sqs", KITCHEN, FilterPolicy=policy)
        assert refusal == INVALID + "Attributes Reason: Subscription already exists with different attributes"


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_mail_boxes_get_a_request_to_confirm(cloud: Cloud, protocol: str) -> None:
    topic = cloud.topic()
    answer = cloud.sns("Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=MAIL)
    assert answer == {"SubscriptionArn": "pending confirmation"}
    (listed,) = cloud.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"]
    assert listed == {
        "SubscriptionArn": "PendingConfirmation",
        "Owner": ACCOUNT,
        "Protocol": protocol,
        "Endpoint": MAIL,
        "TopicArn": topic,
    }
    (mail,) = cloud.inbox(protocol=protocol, recipient=MAIL)
    assert mail.kind == "SubscriptionConfirmation"
    assert mail.token is not None
    assert f"http://{HOST}/?Action=ConfirmSubscription&TopicArn={topic}&Token={mail.token}" in mail.body
    confirmed = cloud.sns("ConfirmSubscription", TopicArn=topic, Token=mail.token)
    assert confirmed == {"SubscriptionArn": mail.subscription_arn}
    assert cloud.sns("ConfirmSubscription", TopicArn=topic, Token=mail.token) == confirmed
    assert attributes(cloud, str(mail.subscription_arn))["PendingConfirmation"] == "false"
    assert attributes(cloud, str(mail.subscription_arn))["ConfirmationWasAuthenticated"] == "false"


def test_the_confirmation_of_an_email_json_subscription_is_json(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "email-json", MAIL)
    (mail,) = cloud.inbox()
    body = json.loads(mail.body)
    signed = ["SignatureVersion", "Signature", "SigningCertURL"]
    assert list(body) == ["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", *signed]
    assert body["Message"].startswith(f"You have chosen to subscribe to the topic {topic}.\nTo confirm")
    assert body["Token"] == mail.token


def test_the_arn_of_a_pending_subscription_is_returned_on_request(cloud: Cloud) -> None:
    subscription = cloud.subscribe(cloud.topic(), "email", MAIL)
    assert attributes(cloud, subscription)["PendingConfirmation"] == "true"


def test_a_queue_of_another_account_gets_a_request_to_confirm(cloud: Cloud) -> None:
    topic, theirs = cloud.topic(), cloud.queue("theirs", account=STRANGER)
    assert cloud.sns("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=theirs) == {
        "SubscriptionArn": "pending confirmation"
    }
    cloud.sns("Publish", TopicArn=topic, Message="too early")
    (message,) = cloud.received(theirs, account=STRANGER)
    asked = json.loads(message["Body"])
    assert asked["Type"] == "SubscriptionConfirmation"
    cloud.sns("ConfirmSubscription", account=STRANGER, TopicArn=topic, Token=asked["Token"])
    cloud.sns("Publish", TopicArn=topic, Message="hello")
    (message,) = cloud.received(theirs, account=STRANGER)
    assert json.loads(message["Body"])["Message"] == "hello"


def test_the_owner_of_a_queue_subscribes_it_to_a_topic_of_another_account_at_once(cloud: Cloud) -> None:
    topic, theirs = cloud.topic(), cloud.queue("theirs", account=STRANGER)
    answer = cloud.sns("Subscribe", account=STRANGER, TopicArn=topic, Protocol="sqs", Endpoint=theirs)
    assert answer["SubscriptionArn"].startswith(f"{topic}:")
    assert cloud.sns("ListSubscriptions")["Subscriptions"] == []
    (listed,) = cloud.sns("ListSubscriptions", account=STRANGER)["Subscriptions"]
    assert listed["Owner"] == STRANGER
    assert len(cloud.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"]) == 1


def test_a_token_is_good_for_two_days(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "email", MAIL)
    (mail,) = cloud.inbox()
    cloud.advance(2 * DAY)
    refusal = cloud.refusal("ConfirmSubscription", TopicArn=topic, Token=mail.token)
    assert refusal == INVALID + "Token"


def test_subscribing_again_while_pending_sends_another_mail_and_two_more_days(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "email", MAIL)
    cloud.advance(1.5 * DAY)
    cloud.subscribe(topic, "email", MAIL)
    first, second = cloud.inbox()
    assert first.token == second.token
    cloud.advance(1.4 * DAY)
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=second.token)


def test_a_subscription_that_is_not_confirmed_is_deleted_after_three_days(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.subscribe(topic, "email", MAIL)
    confirmed = cloud.subscribe(topic, "email-json", MAIL)
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=cloud.inbox(protocol="email-json")[0].token)
    cloud.advance(3 * DAY - 1)
    assert len(cloud.sns("ListSubscriptions")["Subscriptions"]) == 2
    cloud.advance(1)
    (left,) = cloud.sns("ListSubscriptions")["Subscriptions"]
    assert left["SubscriptionArn"] == confirmed


@pytest.mark.parametrize(
    ("topic", "token", "refusal"),
    [
        ("orders", "randomtoken", "InvalidParameter: Invalid token"),
        ("orders", "abc", "InvalidParameter: Invalid token"),
        ("orders", "ab" * 96, INVALID + "Token"),
        ("unknown", "ab" * 96, INVALID + "Token"),
    ],
)
def test_a_wrong_token_confirms_nothing(cloud: Cloud, topic: str, token: str, refusal: str) -> None:
    cloud.subscribe(cloud.topic("orders"), "email", MAIL)
    arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:{topic}"
    assert cloud.refusal("ConfirmSubscription", TopicArn=arn, Token=token) == refusal


@pytest.mark.parametrize("topic", ["broken", f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders"])
def test_confirming_needs_a_topic_of_the_region(cloud: Cloud, topic: str) -> None:
    assert cloud.refusal("ConfirmSubscription", TopicArn=topic, Token="ab" * 96) == INVALID + "Topic"


@pytest.mark.parametrize("named", ["111111111111:other", "111111111111:nowhere", "222222222222:orders"])
def test_a_token_confirms_its_subscription_whichever_topic_is_named(cloud: Cloud, named: str) -> None:
    """Recorded: the topic need not even exist."""
    subscription = cloud.subscribe(cloud.topic("orders"), "email", MAIL)
    cloud.topic("other")
    (mail,) = cloud.inbox()
    answer = cloud.sns("ConfirmSubscription", TopicArn=f"arn:aws:sns:us-east-1:{named}", Token=mail.token)
    assert answer == {"SubscriptionArn": subscription}
    assert attributes(cloud, subscription)["PendingConfirmation"] == "false"


@pytest.mark.parametrize("arn", ["arn:aws:sns:eu-west-1:111111111111:orders", "orders", "arn:aws:sqs:us-east-1:1:q"])
def test_a_token_confirms_nothing_by_what_is_no_topic_arn_of_its_region(cloud: Cloud, arn: str) -> None:
    cloud.subscribe(cloud.topic("orders"), "email", MAIL)
    (mail,) = cloud.inbox()
    given = {"TopicArn": arn, "Token": mail.token or ""}
    assert cloud.refusal("ConfirmSubscription", **given) == INVALID + "Topic"
    assert cloud.refusal("ConfirmSubscription", region=None, **given) == INVALID + "Topic"


def test_a_link_does_not_end_what_was_confirmed_by_a_signed_request(cloud: Cloud) -> None:
    """Recorded in 2026-10: the subscription stays. What is subscribed by its owner counts as confirmed so."""
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "sqs", cloud.queue())
    cloud.subscribe(topic, "email", MAIL)
    (mail,) = cloud.inbox()
    given = {"TopicArn": topic, "Token": mail.token or "", "AuthenticateOnUnsubscribe": "true"}
    signed = cloud.sns("ConfirmSubscription", **given)["SubscriptionArn"]
    for arn in (subscription, signed):
        assert cloud.refusal("Unsubscribe", account="000000000000", region=None, SubscriptionArn=arn) == (
            f"AuthorizationError: User: anonymous is not authorized to perform: SNS:Unsubscribe on resource: {arn}"
        )
        assert attributes(cloud, arn)["PendingConfirmation"] == "false"
        cloud.sns("Unsubscribe", SubscriptionArn=arn)


def test_a_link_that_is_clicked_names_no_region_and_works_in_all(cloud: Cloud) -> None:
    topic = cloud.sns("CreateTopic", region="eu-west-1", Name="orders")["TopicArn"]
    cloud.sns("Subscribe", region="eu-west-1", TopicArn=topic, Protocol="email", Endpoint=MAIL)
    (mail,) = cloud.inbox()
    answer = cloud.sns("ConfirmSubscription", account="000000000000", region=None, TopicArn=topic, Token=mail.token)
    cloud.sns("Unsubscribe", account="000000000000", region=None, SubscriptionArn=answer["SubscriptionArn"])
    assert cloud.sns("ListSubscriptions", region="eu-west-1")["Subscriptions"] == []


def test_unsubscribing_can_be_repeated(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "sqs", cloud.queue())
    assert cloud.sns("Unsubscribe", SubscriptionArn=subscription) == {}
    assert cloud.sns("Unsubscribe", SubscriptionArn=subscription) == {}
    found = cloud.sns("GetTopicAttributes", TopicArn=topic)["Attributes"]
    assert (found["SubscriptionsConfirmed"], found["SubscriptionsDeleted"]) == ("0", "1")
    assert cloud.refusal("GetSubscriptionAttributes", SubscriptionArn=subscription) == (
        "NotFound: Subscription does not exist"
    )
    assert (
        cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, AttributeName="RawMessageDelivery")
        == "NotFound: Subscription does not exist"
    )
    assert cloud.subscribe(topic, "sqs", KITCHEN) != subscription


def test_a_pending_subscription_cannot_be_ended(cloud: Cloud) -> None:
    subscription = cloud.subscribe(cloud.topic(), "email", MAIL)
    assert "pending confirmation" in cloud.refusal("Unsubscribe", SubscriptionArn=subscription)


def test_only_owners_delete_a_subscription_that_was_confirmed_that_way(cloud: Cloud) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "email", MAIL)
    (mail,) = cloud.inbox()
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=mail.token, AuthenticateOnUnsubscribe="true")
    assert attributes(cloud, subscription)["ConfirmationWasAuthenticated"] == "true"
    assert cloud.refusal("Unsubscribe", account=STRANGER, SubscriptionArn=subscription) == (
        f"AuthorizationError: User: arn:aws:iam::{STRANGER}:user/decaf is not authorized to perform: SNS:Unsubscribe "
        f"on resource: {subscription}"
    )
    cloud.sns("Unsubscribe", SubscriptionArn=subscription)


def test_the_subscriber_too_is_an_owner(cloud: Cloud) -> None:
    topic = cloud.topic()
    cloud.sns("Subscribe", account=STRANGER, TopicArn=topic, Protocol="email", Endpoint=MAIL)
    (mail,) = cloud.inbox()
    cloud.sns("ConfirmSubscription", TopicArn=topic, Token=mail.token, AuthenticateOnUnsubscribe="true")
    cloud.sns("Unsubscribe", account=STRANGER, SubscriptionArn=mail.subscription_arn)
    assert cloud.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"] == []


@pytest.mark.parametrize("operation", ["Unsubscribe", "GetSubscriptionAttributes", "SetSubscriptionAttributes"])
@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("PendingConfirmation", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:111111111111", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5"),
        ("arn:aws:sns:us-east-1:111111111111:orders", "SubscriptionId"),
        ("arn:aws:sns:eu-west-1:111111111111:orders:id", "SubscriptionArn"),
    ],
)
def test_the_subscription_arn_is_checked_first(cloud: Cloud, operation: str, arn: str, text: str) -> None:
    assert cloud.refusal(operation, SubscriptionArn=arn, AttributeName="x") == INVALID + text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("RawMessageDelivery", "wrong", "RawMessageDelivery: Invalid value [wrong]. Must be true or false."),
        ("RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."),
        (
            "RedrivePolicy",
            "{invalidjson}",
            "RedrivePolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to "
            "start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
            "line: 1, column: 2]",  # recorded in 2025-10
        ),
        (
            "RedrivePolicy",
            "",  # the Terraform provider: to remove it, the value is left out
            "RedrivePolicy: failed to parse JSON. No content to map due to end-of-input\n at [Source: REDACTED "
            "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 0]",
        ),
        ("DeliveryPolicy", "{}", "Delivery protocol [sqs] does not support DeliveryPolicy."),  # refused in 2026-10
        ("RedrivePolicy", "[]", "RedrivePolicy: failed to parse JSON."),
        ("RedrivePolicy", "{}", "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        (
            "RedrivePolicy",
            '{"deadLetterTargetArn":"arn"}',
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        (
            "RedrivePolicy",
            f'{{"deadLetterTargetArn":"{KITCHEN}","maxReceiveCount":3}}',
            "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown.",
        ),
        (
            "RedrivePolicy",
            f'{{"deadLetterTargetArn":"{KITCHEN}.fifo"}}',
            "RedrivePolicy: must use a standard queue as DLQ for a Subscription to a standard Topic.",
        ),
        (
            "RedrivePolicy",
            f'{{"deadLetterTargetArn":"{KITCHEN.replace("east", "west")}"}}',
            "RedrivePolicy: deadLetterTargetArn must be of the subscription's own account and Region",
        ),
        (
            "FilterPolicyScope",
            "Message",
            "FilterPolicyScope: Invalid value [Message]. Please use either MessageBody or MessageAttributes",
        ),
        (
            "FilterPolicy",
            '{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}',
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        (
            "FilterPolicy",
            '{"store":[]}',
            'FilterPolicy: Empty arrays are not allowed\n at [Source: (String)"{"store":[]}"; line: 1, column: 12]',
        ),
        (
            "FilterPolicy",
            '{"store":{"city":["x"]}}',
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        ("DeliveryPolicy", "often", "DeliveryPolicy: failed to parse JSON."),
    ],
)
def test_a_bad_attribute_is_refused_with_aws_text(cloud: Cloud, name: str, value: str, text: str) -> None:
    assert subscribing(cloud, "sqs", KITCHEN, **{name: value}) == f"{INVALID}Attributes Reason: {text}"
    subscription = cloud.subscribe(cloud.topic(), "sqs", KITCHEN)
    assert (
        cloud.refusal(
            "SetSubscriptionAttributes", SubscriptionArn=subscription, AttributeName=name, AttributeValue=value
        )
        == f"{INVALID}{text}"
    )


def test_an_unknown_attribute_is_refused(cloud: Cloud) -> None:
    assert subscribing(cloud, "sqs", KITCHEN, Owner="x") == INVALID + "Attributes Reason: Invalid attribute name: Owner"
    subscription = cloud.subscribe(cloud.topic(), "sqs", KITCHEN)
    assert (
        cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, AttributeName="Owner")
        == INVALID + "AttributeName"
    )


@pytest.mark.parametrize(("protocol", "endpoint"), [("email", MAIL), ("sms", PHONE)])
def test_raw_delivery_is_for_services_only(cloud: Cloud, protocol: str, endpoint: str) -> None:
    text = f"Delivery protocol [{protocol}] does not support raw message delivery."
    assert subscribing(cloud, protocol, endpoint, RawMessageDelivery="true") == f"{INVALID}Attributes Reason: {text}"
    subscription = cloud.subscribe(cloud.topic(), protocol, endpoint)
    setting = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    assert cloud.refusal("SetSubscriptionAttributes", SubscriptionArn=subscription, **setting) == f"{INVALID}{text}"


def test_a_redrive_policy_comes_back_and_is_taken_away_by_leaving_out_its_value(cloud: Cloud) -> None:
    policy = f'{{"deadLetterTargetArn":"{KITCHEN}"}}'
    subscription = cloud.subscribe(cloud.topic(), "sqs", KITCHEN, RedrivePolicy=policy)
    assert attributes(cloud, subscription)["RedrivePolicy"] == policy
    cloud.sns("SetSubscriptionAttributes", SubscriptionArn=subscription, AttributeName="RedrivePolicy")
    assert "RedrivePolicy" not in attributes(cloud, subscription)


def test_subscriptions_are_listed_a_hundred_at_a_time_each_once(cloud: Cloud) -> None:
    topic = cloud.topic()
    made = {cloud.subscribe(topic, "sqs", f"{KITCHEN}-{number}") for number in range(120)}
    for operation, params in {"ListSubscriptions": {}, "ListSubscriptionsByTopic": {"TopicArn": topic}}.items():
        first = cloud.sns(operation, **params)
        second = cloud.sns(operation, **params, NextToken=first["NextToken"])
        assert second["NextToken"] is None
        assert len(first["Subscriptions"]) == 100
        assert {s["SubscriptionArn"] for s in first["Subscriptions"] + second["Subscriptions"]} == made


def test_a_reset_account_leaves_nothing_of_its_own_with_others(cloud: Cloud) -> None:
    topic, theirs = cloud.topic(), cloud.queue("theirs", account=STRANGER)
    cloud.sns("Subscribe", account=STRANGER, TopicArn=topic, Protocol="sqs", Endpoint=theirs)
    cloud.subscribe(topic, "email", MAIL)
    cloud.world.reset(STRANGER)
    (left,) = cloud.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"]
    assert left["Protocol"] == "email"
    assert len(cloud.inbox()) == 1
    cloud.world.reset(ACCOUNT)
    assert cloud.sns("ListSubscriptions")["Subscriptions"] == []
    assert cloud.inbox() == []


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("http://ada:secret@example.com/a?b=c:d@e", "http://ada:****@example.com/a?b=c:d@e"),
        ("http://ada:sec:r@et@example.com:8080", "http://ada:****@example.com:8080"),
        ("http://:secret@example.com/", "http://:****@example.com/"),
        ("http://ada@example.com/", "http://ada@example.com/"),
        ("http://example.com:8080/a:b@c", "http://example.com:8080/a:b@c"),
    ],
)
def test_a_password_in_a_url_is_masked_wherever_it_is_shown(cloud: Cloud, endpoint: str, shown: str) -> None:
    topic = cloud.topic()
    subscription = cloud.subscribe(topic, "http", endpoint)
    assert {event.recipient for event in cloud.world.history.since(0) if event.recipient} == {shown}
    listed = [
        *cloud.sns("ListSubscriptions")["Subscriptions"],
        *cloud.sns("ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"],
        attributes(cloud, subscription),
    ]
    assert [one["Endpoint"] for one in listed] == [shown] * 3
    # the password is kept: the same URL is the same subscription
    assert cloud.subscribe(topic, "http", endpoint) == subscription
