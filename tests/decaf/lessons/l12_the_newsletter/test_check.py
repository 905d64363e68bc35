"""Other ways to the right news, and what is said of news that a policy holds back, that came twice, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.lessons.l12_the_newsletter import WANTED, check
from decaf.lessons.verdict import Diagnosis, Passed, Verdict
from tests.decaf.lessons.fan_out import queue_arn, subscribe, wire_of
from tests.live import Live

KINDS = ["coupon", "trivia", "update", "coupon", "trivia", "coupon"]
PERCENT = {1: 10, 4: 25, 6: 50}
BIG = [{"numeric": [">=", 20]}]
ON_BODY = {"FilterPolicyScope": "MessageBody"}


@pytest.fixture
def mail_boxes(sqs: Any) -> None:
    for customer in WANTED:
        queue_arn(sqs, customer)


def topic(sns: Any, name: str) -> str:
    arn: str = sns.create_topic(Name=name)["TopicArn"]
    return arn


def publish(sns: Any, by_kind: bool = False) -> None:
    for number, kind in enumerate(KINDS, 1):
        body = {"news": number, "kind": kind} | ({"percent": PERCENT[number]} if number in PERCENT else {})
        sns.publish(TopicArn=topic(sns, kind if by_kind else "news"), Message=json.dumps(body))


def code(verdict: Verdict) -> str:
    assert isinstance(verdict, Diagnosis)
    return verdict.code


@pytest.mark.usefixtures("mail_boxes")
def test_three_topics_and_a_policy_pass(live: Live, account: str, sns: Any, sqs: Any) -> None:
    subscribe(sns, sqs, topic(sns, "coupon"), "ada", FilterPolicy={"percent": BIG}, **ON_BODY)
    subscribe(sns, sqs, topic(sns, "trivia"), "ben")
    subscribe(sns, sqs, topic(sns, "trivia"), "cleo", RawMessageDelivery="true")
    subscribe(sns, sqs, topic(sns, "update"), "cleo")
    publish(sns, by_kind=True)
    verdict = check(wire_of(live, account))
    assert isinstance(verdict, Passed)
    assert "3 topics" in verdict.remark


@pytest.mark.usefixtures("mail_boxes")
def test_a_policy_that_wants_too_much(live: Live, account: str, sns: Any, sqs: Any) -> None:
    news = topic(sns, "news")
    subscribe(sns, sqs, news, "ada", FilterPolicy={"kind": ["coupon"], "percent": [{"numeric": [">", 25]}]}, **ON_BODY)
    publish(sns)
    verdict = check(wire_of(live, account))
    assert code(verdict) == "filtered-away"
    assert isinstance(verdict, Diagnosis)
    assert "Ada wants news 4" in verdict.sentence


@pytest.mark.usefixtures("mail_boxes")
def test_a_number_in_quotation_marks(live: Live, account: str, sns: Any, sqs: Any) -> None:
    news = topic(sns, "news")
    subscribe(sns, sqs, news, "ada", FilterPolicy={"percent": BIG}, **ON_BODY)
    for number in range(1, 7):
        sns.publish(TopicArn=news, Message=json.dumps({"news": number, "percent": "25"}))
    assert code(check(wire_of(live, account))) == "text-for-number"


@pytest.mark.usefixtures("mail_boxes")
def test_a_customer_without_a_subscription(live: Live, account: str, sns: Any, sqs: Any) -> None:
    subscribe(sns, sqs, topic(sns, "news"), "ada", FilterPolicy={"percent": BIG}, **ON_BODY)
    publish(sns)
    assert code(check(wire_of(live, account))) == "not-subscribed"


@pytest.mark.usefixtures("mail_boxes")
def test_news_that_comes_by_two_topics(live: Live, account: str, sns: Any, sqs: Any) -> None:
    news = topic(sns, "news")
    subscribe(sns, sqs, news, "ada", FilterPolicy={"percent": BIG}, **ON_BODY)
    subscribe(sns, sqs, news, "ben", FilterPolicy={"kind": ["trivia"]}, **ON_BODY)
    subscribe(sns, sqs, news, "cleo", FilterPolicy={"kind": ["trivia", "update"]}, **ON_BODY)
    subscribe(sns, sqs, topic(sns, "update"), "cleo")
    publish(sns)
    sns.publish(TopicArn=topic(sns, "update"), Message='{"news": 3}')
    assert code(check(wire_of(live, account))) == "twice"


def test_too_few_news(live: Live, account: str) -> None:
    assert code(check(wire_of(live, account))) == "few-news"
