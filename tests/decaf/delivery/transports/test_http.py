"""Deliveries to HTTP endpoints: requests, the outcome of each response, and confirmation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from sns_message_validator import SNSMessageValidator
from sns_message_validator.exceptions import SignatureVerificationFailureException

from decaf.base.arn import Arn
from decaf.base.events import Event, NotificationDelivered, NotificationFailed, NotificationPostponed
from decaf.base.settings import Settings
from decaf.delivery.own_address import OwnAddress
from decaf.delivery.transports.envelope import Envelopes
from decaf.delivery.transports.http import ToEndpoints
from decaf.delivery.transports.signing import Signer
from decaf.sns.inbox import Inbox
from decaf.sns.notification import Notification
from decaf.sns.outcome import DeliveryAttempt, Outcome
from decaf.sns.retry_policy import RetryPolicy
from decaf.sns.topic import Subscription
from decaf.store import Store
from tests.decaf.delivery.transports.conftest import visit
from tests.decaf.delivery.transports.tls import server_context
from tests.endpoint import CUT, HANG, Endpoint
from tests.live import Live
from tests.subscribing import confirmed

TEXT = "text/plain; charset=UTF-8"


def names(endpoint: Endpoint) -> list[str]:
    return [received.kind or "" for received in endpoint.received]


@contextmanager
def validator() -> Iterator[SNSMessageValidator]:
    found = SNSMessageValidator(cert_url_regex=r"^http://127\.0\.0\.1:\d+/")
    yield found
    found._cert_session.close()


def last_reason(account_events: list[Event]) -> str | None:
    outcomes = [event.subject.outcome for event in account_events if type(event) is NotificationFailed]
    reason: str | None = outcomes[-1].reason
    return reason


def test_a_notification_is_posted_with_aws_headers_and_envelope(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    subscription = confirmed(live, sns, topic, endpoint_of_mine)
    published = sns.publish(TopicArn=topic, Message="latte ☕", Subject="Order")
    live.advance(0)
    (received,) = endpoint_of_mine.of()
    assert (received.method, received.path) == ("POST", "/")
    assert {name.lower(): value for name, value in received.headers.items()} == {
        "host": endpoint_of_mine.url[7:-1],
        "connection": "Keep-Alive",
        "user-agent": "Amazon Simple Notification Service Agent",
        "accept-encoding": "gzip,deflate",
        "content-type": TEXT,
        "content-length": str(len(received.body.encode())),
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": published["MessageId"],
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": subscription,
    }
    body = received.envelope
    assert list(body) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
    ]
    assert (body["Message"], body["MessageId"]) == ("latte ☕", published["MessageId"])
    assert body["UnsubscribeURL"] == f"{live.url}/?Action=Unsubscribe&SubscriptionArn={subscription}"


def test_a_raw_delivery_is_the_message_alone(live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint) -> None:
    confirmed(live, sns, topic, endpoint_of_mine, RawMessageDelivery="true")
    attributes = {"size": {"DataType": "String", "StringValue": "large"}}
    sns.publish(TopicArn=topic, Message="latte", Subject="Order", MessageAttributes=attributes)
    live.advance(0)
    (received,) = endpoint_of_mine.of()
    assert received.body == "latte"
    assert received.headers["x-amz-sns-rawdelivery"] == "true"
    assert "size" not in str(received.headers)


def test_each_scheme_has_its_own_text(live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    texts = json.dumps({"default": "to all", "http": "to http", "https": "to https"})
    sns.publish(TopicArn=topic, Message=texts, MessageStructure="json")
    live.advance(0)
    assert endpoint_of_mine.of()[0].envelope["Message"] == "to http"


@pytest.mark.parametrize(
    ("own", "of_topic", "sent"),
    [
        (None, None, TEXT),
        ("application/json", None, "application/json"),
        (None, "application/json", "application/json"),
        ("text/xml", "application/json", "text/xml"),
    ],
)
def test_the_content_type_is_the_policys(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint, own: str | None, of_topic: str | None, sent: str
) -> None:
    policy = {"requestPolicy": {"headerContentType": own}} if own else {}
    if of_topic:
        value = json.dumps({"http": {"defaultRequestPolicy": {"headerContentType": of_topic}}})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=value)
    confirmed(live, sns, topic, endpoint_of_mine, DeliveryPolicy=json.dumps(policy))
    sns.publish(TopicArn=topic, Message="latte")
    live.advance(0)
    assert endpoint_of_mine.of()[0].headers["Content-Type"] == sent


def test_a_user_and_password_in_the_url_are_basic_authentication(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    url = endpoint_of_mine.url.replace("//", "//ada:secret@")
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    live.advance(0)
    assert endpoint_of_mine.received[0].headers["Authorization"] == "Basic YWRhOnNlY3JldA=="


def test_nothing_is_delivered_before_the_endpoint_has_confirmed(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint_of_mine.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="unheard")
    live.advance(0)
    (asked,) = endpoint_of_mine.received
    assert asked.kind == "SubscriptionConfirmation"
    assert "x-amz-sns-subscription-arn" not in asked.headers
    assert asked.headers["x-amz-sns-message-id"] == asked.envelope["MessageId"]
    assert asked.headers["Content-Type"] == "text/plain; charset=UTF-8"
    url = asked.envelope["SubscribeURL"]
    assert url == f"{live.url}/?Action=ConfirmSubscription&TopicArn={topic}&Token={asked.envelope['Token']}"
    assert visit(url).count(b"<SubscriptionArn>") == 1
    assert b"<SubscriptionArn>" in visit(url)
    sns.publish(TopicArn=topic, Message="account_events")
    live.advance(0)
    assert [received.envelope["Message"] for received in endpoint_of_mine.of()] == ["account_events"]


def test_subscribing_again_asks_again(live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint) -> None:
    for _ in range(2):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint_of_mine.url)
        live.advance(0)
    one, other = (received.envelope for received in endpoint_of_mine.of("SubscriptionConfirmation"))
    assert one["Token"] == other["Token"]
    assert one["MessageId"] != other["MessageId"]


def test_the_end_of_a_subscription_by_its_link_can_be_taken_back(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    subscription = confirmed(live, sns, topic, endpoint_of_mine)
    sns.publish(TopicArn=topic, Message="first")
    live.advance(0)
    visit(endpoint_of_mine.of()[0].envelope["UnsubscribeURL"])
    sns.publish(TopicArn=topic, Message="unheard")
    live.advance(0)
    (told,) = endpoint_of_mine.of("UnsubscribeConfirmation")
    assert told.headers["x-amz-sns-subscription-arn"] == subscription
    assert told.envelope["Message"] == (
        f"You have chosen to deactivate subscription {subscription}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    )
    with pytest.raises(HTTPError) as refused:
        visit(endpoint_of_mine.of("SubscriptionConfirmation")[0].envelope["SubscribeURL"])
    refused.value.close()
    visit(told.envelope["SubscribeURL"])
    sns.publish(TopicArn=topic, Message="second")
    live.advance(0)
    assert [received.envelope["Message"] for received in endpoint_of_mine.of()] == ["first", "second"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsDeleted"] == "0"


def test_a_signed_unsubscribe_sends_no_confirmation(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    sns.unsubscribe(SubscriptionArn=confirmed(live, sns, topic, endpoint_of_mine))
    live.advance(0)
    assert names(endpoint_of_mine) == ["SubscriptionConfirmation"]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_delivered(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint, account_events: list[Event], status: int
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    endpoint_of_mine.answers.append(status)
    sns.publish(TopicArn=topic, Message="latte")
    live.advance(3_600)
    assert len(endpoint_of_mine.of()) == 1
    attempt = [event for event in account_events if type(event) is NotificationDelivered][-1].subject
    assert (attempt.number, attempt.outcome.status, attempt.recipient) == (1, status, endpoint_of_mine.url)
    assert attempt.latency > 0


@pytest.mark.parametrize("status", [500, 503, 599, 429, CUT])
def test_a_retryable_failure_is_retried_three_times(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint, account_events: list[Event], status: int | str
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    endpoint_of_mine.answers.extend([status] * 9)
    published = sns.publish(TopicArn=topic, Message="latte")
    live.advance(0)
    assert len(endpoint_of_mine.of()) == 1
    live.advance(3_600)
    assert {received.headers["x-amz-sns-message-id"] for received in endpoint_of_mine.of()} == {published["MessageId"]}
    assert len({received.body for received in endpoint_of_mine.of()}) == 1
    told = [(type(event), event.subject.number) for event in account_events if hasattr(event.subject, "number")]
    assert told[1:] == [
        (NotificationPostponed, 1),
        (NotificationPostponed, 2),
        (NotificationPostponed, 3),
        (NotificationFailed, 4),
    ]


@pytest.mark.parametrize("status", [301, 307, 400, 403, 404, 410, 499])
def test_any_other_status_is_final(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint, account_events: list[Event], status: int
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    endpoint_of_mine.answers.append(status)
    sns.publish(TopicArn=topic, Message="latte")
    live.advance(3_600)
    assert len(endpoint_of_mine.of()) == 1
    assert last_reason(account_events) == f"the endpoint responded with HTTP status {status}"


def test_a_redirect_is_not_followed(live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    with Endpoint() as elsewhere:
        endpoint_of_mine.answers.append(302)
        endpoint_of_mine.location = elsewhere.url
        sns.publish(TopicArn=topic, Message="latte")
        live.advance(3_600)
        assert elsewhere.received == []


def test_an_endpoint_that_is_not_there_may_come_back(
    live: Live, sns: Any, topic: str, account_events: list[Event], endpoint_of_mine: Endpoint
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    endpoint_of_mine.close()
    sns.publish(TopicArn=topic, Message="latte")
    live.advance(3_600)
    assert sum(type(event) is NotificationPostponed for event in account_events) == 3
    host = endpoint_of_mine.url.split("/")[2]
    assert last_reason(account_events) == f"cannot connect to {host}: Connection refused"


def test_a_failure_names_the_host_and_not_the_password(
    live: Live, sns: Any, topic: str, account_events: list[Event], endpoint_of_mine: Endpoint
) -> None:
    url, host = endpoint_of_mine.url.replace("//", "//ada:secret@"), endpoint_of_mine.url.split("/")[2]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    live.advance(0)
    confirm = {"TopicArn": topic, "Token": endpoint_of_mine.received[0].envelope["Token"]}
    sns.confirm_subscription(**confirm)
    endpoint_of_mine.answers += [CUT] * 4
    sns.publish(TopicArn=topic, Message="latte")
    live.advance(3_600)
    assert last_reason(account_events) == f"no response from {host}: Server disconnected"
    attempts = [event.subject for event in account_events if isinstance(event.subject, DeliveryAttempt)]
    assert {attempt.recipient for attempt in attempts} == {url.replace("secret", "****")}


def test_an_answer_that_does_not_come_within_15_seconds_is_a_failure(account: str) -> None:
    live = Live(Settings(port=0))
    sns = live.client("sns", account)
    events: list[Event] = []
    live.world.events.listeners.append(events.append)
    topic = sns.create_topic(Name="orders")["TopicArn"]
    with Endpoint() as endpoint:
        confirmed(live, sns, topic, endpoint)
        endpoint.answers.append(HANG)
        sns.publish(TopicArn=topic, Message="latte")
        endpoint.wait_for(2)
        live.call(live.world.clock.advance, 14.0)  # which waits for nobody
        assert not [event for event in events if type(event) is NotificationPostponed]
        live.call(live.world.clock.advance, 1.0)
        live.advance(0)
        (late,) = [event for event in events if type(event) is NotificationPostponed]
        assert late.subject.outcome.reason == "no response within 15 seconds"
        live.advance(60)
        assert len(endpoint.of()) == 2
        endpoint.let_go.set()
    sns.close()
    live.stop()


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[Endpoint, str]]:
    """An HTTPS endpoint, and the file of the certificate it shows."""
    context, certificate = server_context(tmp_path)
    with Endpoint(tls=context) as endpoint:
        yield endpoint, certificate


@pytest.mark.parametrize(("trust", "delivered"), [("system", False), ("any", True), ("the file", True)])
def test_certificates_are_checked_by_default(
    account: str, tls: tuple[Endpoint, str], trust: str, delivered: bool
) -> None:
    endpoint, certificate = tls
    live = Live(Settings(port=0, https_trust=certificate if trust == "the file" else trust))
    sns = live.client("sns", account)
    sns.subscribe(TopicArn=sns.create_topic(Name="orders")["TopicArn"], Protocol="https", Endpoint=endpoint.url)
    live.advance(0)
    assert names(endpoint) == (["SubscriptionConfirmation"] if delivered else [])
    failures = [event.reason for event in live.world.history.since(0) if event.kind == "NotificationPostponed"]
    host = endpoint.url.split("/")[2]
    assert set(failures) == (set() if delivered else {f"cannot connect to {host}: self-signed certificate"})
    sns.close()
    live.stop()


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "Notification", "UnsubscribeConfirmation"])
def test_an_independent_validator_accepts_a_signed_message_and_refuses_a_changed_one(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint, kind: str
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    sns.publish(TopicArn=topic, Message="latte ☕", Subject="Order")
    live.advance(0)
    visit(endpoint_of_mine.of()[0].envelope["UnsubscribeURL"])
    live.advance(0)
    (received,) = endpoint_of_mine.of(kind)
    with validator() as check:
        check.validate_message(received.envelope)
        with pytest.raises(SignatureVerificationFailureException):
            check.validate_message(received.envelope | {"Message": "mocha"})


def test_envelopes_in_queues_are_signed_too(live: Live, sns: Any, sqs: Any, topic: str) -> None:
    url = sqs.create_queue(QueueName="kitchen")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="latte")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    with validator() as check:
        check.validate_message(json.loads(message["Body"]))


def test_a_topic_of_signature_version_2_signs_with_sha256(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    confirmed(live, sns, topic, endpoint_of_mine)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    sns.publish(TopicArn=topic, Message="latte")
    live.advance(0)
    body = endpoint_of_mine.of()[0].envelope
    assert body["SignatureVersion"] == "2"
    with validator() as check, pytest.raises(SignatureVerificationFailureException):
        check.validate_message(body | {"SignatureVersion": "1"})


def test_there_is_one_certificate_and_no_other(live: Live) -> None:
    path = live.world.signer.certificate_path
    assert visit(live.url + path).startswith(b"-----BEGIN CERTIFICATE-----")
    with pytest.raises(HTTPError) as refused:
        visit(live.url + path.replace(path[-5], "g"))
    assert refused.value.code == 404
    refused.value.close()


def test_the_effective_policy_of_a_subscription_is_shown(
    live: Live, sns: Any, topic: str, endpoint_of_mine: Endpoint
) -> None:
    subscription = confirmed(live, sns, topic, endpoint_of_mine)

    def effective() -> Any:
        found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        return json.loads(found["EffectiveDeliveryPolicy"])

    assert effective() == {
        "healthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        },
        "sicklyRetryPolicy": None,
        "throttlePolicy": None,
        "requestPolicy": {"headerContentType": TEXT},
        "guaranteed": False,
    }
    assert list(effective()) == [  # AWS's order, recorded in 2026-10
        "healthyRetryPolicy",
        "sicklyRetryPolicy",
        "throttlePolicy",
        "requestPolicy",
        "guaranteed",
    ]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName="DeliveryPolicy",
        AttributeValue='{"healthyRetryPolicy":{"numRetries":1},"throttlePolicy":{"maxReceivesPerSecond":2}}',
    )
    assert effective()["healthyRetryPolicy"]["numRetries"] == 1
    assert effective()["throttlePolicy"] == {"maxReceivesPerSecond": 2}
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="DeliveryPolicy",
        AttributeValue='{"http":{"disableSubscriptionOverrides":true}}',
    )
    assert effective()["healthyRetryPolicy"]["numRetries"] == 3


TOPIC = Arn("sns", "us-east-1", "111111111111", "orders")
RAW = {"RawMessageDelivery": True}


def _subscription(url: str) -> Subscription:
    arn = Arn("sns", "us-east-1", "111111111111", "orders:1")
    return Subscription(arn, TOPIC, url.partition(":")[0], url, None, "", RAW, "", 0, False, True)


def _attempts(signer: Signer, url: str, times: int = 1, **settings: Any) -> list[Outcome]:
    """Returns the outcomes of attempts, after each of which everything is closed. The topic was deleted meanwhile."""
    to = ToEndpoints(Store(Inbox(1)), Settings(**settings), Envelopes(signer), OwnAddress(""))
    sent = Notification("id", TOPIC, "latte", 1_700_000_000.0, "http://decaf.test")

    async def run() -> list[Outcome]:
        outcomes = []
        for _ in range(times):
            outcomes.append(await to.deliver(sent, _subscription(url)))
            await to.close()
        return outcomes

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (299, Outcome(status=299, response="ok")),
        (300, Outcome("the endpoint responded with HTTP status 300", False, 300, "ok")),
        (429, Outcome("the endpoint responded with HTTP status 429", True, 429, "ok")),
        (499, Outcome("the endpoint responded with HTTP status 499", False, 499, "ok")),
        (500, Outcome("the endpoint responded with HTTP status 500", True, 500, "ok")),
    ],
)
def test_the_outcome_has_the_status_and_the_response(signer: Signer, status: int, outcome: Outcome) -> None:
    with Endpoint(status) as endpoint:
        assert _attempts(signer, endpoint.url) == [outcome]


def test_only_the_start_of_a_response_is_read(signer: Signer) -> None:
    with Endpoint(body="x" * 2_000) as endpoint:
        assert _attempts(signer, endpoint.url) == [Outcome(status=200, response="x" * 1_024)]


@pytest.mark.parametrize("url", ["http://", "http://\udcff.test/"])
def test_a_url_that_is_none_is_a_failure_for_good(signer: Signer, url: str) -> None:
    assert _attempts(signer, url) == [Outcome(f"the endpoint is not a usable URL: {_subscription(url).shown_endpoint}")]


def test_connections_can_be_made_again_after_they_were_closed(signer: Signer) -> None:
    with Endpoint() as endpoint:
        assert _attempts(signer, endpoint.url, times=3) == [Outcome(status=200, response="ok")] * 3


def test_the_systems_certificates_are_those_of_the_moment_they_are_needed(
    signer: Signer, tls: tuple[Endpoint, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, certificate = tls
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    assert _attempts(signer, endpoint.url) == [Outcome(status=200, response="ok")]


def test_a_topic_that_was_deleted_has_the_default_policy(signer: Signer) -> None:
    to, subscription = (
        ToEndpoints(Store(Inbox(1)), Settings(), Envelopes(signer), OwnAddress("")),
        _subscription("http://127.0.0.1:9"),
    )
    assert to.retries(subscription, Outcome("failed")) == RetryPolicy(0, 0, 3, 0, 20, 20, "linear")
    assert (to.rate(subscription), to.timeout(subscription)) == (None, 15.0)
