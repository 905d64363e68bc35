"""GET /_decaf/metrics: counts and times as OpenMetrics text, which its own library reads back."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from decaf.faults.effects import Throttle
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.testing.environment import ACCOUNT
from decaf.testing.functions import FunctionFactory
from tests.live import Live


def _samples(live: Live, **labels: str) -> dict[str, float]:
    """The samples that have these labels, by their names and the labels that are left."""
    found = {}
    families: Any = text_string_to_metric_families(live.control.metrics())  # type: ignore[no-untyped-call]
    for sample in (sample for family in families for sample in family.samples):
        if labels.items() <= sample.labels.items():
            rest = sorted(value for name, value in sample.labels.items() if name not in labels)
            found[" ".join([sample.name, *rest])] = sample.value
    return found


def test_queues_have_message_counts_and_the_oldest_age(live: Live, sqs: Any, account: str) -> None:
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for delay in (0, 0, 60):
        sqs.send_message(QueueUrl=url, MessageBody="latte", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=url)
    found = _samples(live, account=account, region="us-east-1", queue="orders")
    assert found.pop("decaf_queue_oldest_message_age_seconds") >= 0
    assert found == {
        "decaf_queue_messages visible": 1,
        "decaf_queue_messages in_flight": 1,
        "decaf_queue_messages delayed": 1,
    }


def test_topics_have_subscription_counts(live: Live, sns: Any, account: str) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15555550142")
    assert _samples(live, account=account, region="us-east-1", topic="news") == {
        "decaf_topic_subscriptions confirmed": 1,
        "decaf_topic_subscriptions pending": 1,
    }


def test_calls_are_counted_with_the_time_they_took_and_refusals_by_error() -> None:
    with Live() as live:
        sqs, sns = live.client("sqs"), live.client("sns")
        for _ in range(3):
            sqs.list_queues()
        sns.publish(PhoneNumber="+15555550142", Message="latte")
        with suppress(sqs.exceptions.QueueDoesNotExist):
            sqs.get_queue_url(QueueName="none")
        assert _samples(live, operation="ListQueues")["decaf_operation_duration_seconds_count sqs"] == 3
        assert _samples(live, operation="GetQueueUrl")["decaf_errors_total QueueDoesNotExist sqs"] == 1
        assert _samples(live, protocol="direct") == {"decaf_deliveries_total delivered": 1}
        sqs.close()
        sns.close()


def test_functions_have_their_invocations_errors_throttles_and_time() -> None:
    def brew(event: Any, context: Any) -> None:
        if event["Records"][0]["body"] == "bad":
            raise ValueError

    with Live() as live:
        arn = FunctionFactory(live, ACCOUNT)(brew, "brew")
        with closing(live.client("sqs")) as sqs:
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            live.control.map_queue("orders", arn, batch_size=1)
            live.control.set_fault(Throttle(), Match(function="brew"), When(nth=1))
            for body in ("latte", "bad", "tea"):
                sqs.send_message(QueueUrl=url, MessageBody=body)
                live.advance(2)
        found = _samples(live, function=arn)
        assert found.pop("decaf_function_duration_seconds_total") >= 0
        assert found == {
            "decaf_function_invocations_total": 3,
            "decaf_function_errors_total": 1,
            "decaf_function_throttles_total": 1,
        }
