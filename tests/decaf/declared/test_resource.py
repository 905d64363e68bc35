"""Where declared resources are carried out, and stacks that would be in several shards."""

from __future__ import annotations

import pytest

from decaf.declared.calls import Place
from decaf.declared.documents import Reading, read_document
from decaf.declared.resource import BadDeclaration, Declaration, check_stacks, place_of

ACCOUNT, HERE, THERE = "000000000001", "us-east-1", "eu-west-1"
SHARDS = 256

QUEUE = "Resources: {Orders: {Type: 'AWS::SQS::Queue', Properties: {QueueName: orders}}}"
SUBSCRIPTION = f"""
Resources:
  News:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: arn:aws:sns:{THERE}:{ACCOUNT}:news
      Protocol: sms
      Endpoint: "+15550100"
"""


def read(template: str, region: str) -> Declaration:
    reading = Reading(Place(ACCOUNT, region), {}, "shop", True, {})
    return read_document(template, "shop.yaml", "cloudformation", reading)


def test_a_queue_is_where_it_is_declared_and_a_subscription_where_its_topic_is() -> None:
    assert [place_of(each) for each in read(QUEUE, HERE).resources] == [(ACCOUNT, HERE)]
    assert [place_of(each) for each in read(SUBSCRIPTION, HERE).resources] == [(ACCOUNT, THERE)]


@pytest.mark.parametrize("region", [HERE, THERE])
def test_a_stack_is_in_one_account_and_region(region: str) -> None:
    check_stacks(read(QUEUE, region).resources, SHARDS)
    check_stacks(read(SUBSCRIPTION, THERE).resources, SHARDS)


def test_a_stack_that_might_be_in_two_shards_is_refused() -> None:
    resources = read(SUBSCRIPTION, HERE).resources
    check_stacks(resources, 1)
    with pytest.raises(
        BadDeclaration, match=f"{ACCOUNT} in {THERE} may be in another shard than {ACCOUNT} in {HERE}, "
    ):
        check_stacks(resources, SHARDS)
