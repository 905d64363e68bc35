"""Documents as people write them load as they come, and make the queues, topics and subscriptions that AWS would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, REGION

DOCUMENTS = Path(__file__).parent / "documents"
SSM = {
    "/orders/queue-name": "orders",
    "/orders/kinds": "a,b",
    "/orders/timeout": "45",
    "/orders/dev/tag": "t",
    "secret": "s",
}

# The queues of each document; its subscriptions: topic, protocol and end of the endpoint; in generated names, "-*"
# stands for the suffix. Then what the note says was listening.
EXPECTED: dict[str, tuple[set[str], set[str], list[str]]] = {
    "alarms.yaml": ({"orders"}, {"alarms email ops@example.com"}, []),
    "cdk-bucket-notifications.json": ({"files"}, set(), []),
    "cdk-lambda-and-queue.json": (
        {"orders"},
        {"news lambda shop-Worker9EA1-*"},
        ["shop-Worker9EA1-* would have received from orders"],
    ),
    "conditions.yaml": ({"orders-dev", "always"}, set(), []),
    "cross-region-and-retain.yaml": ({"orders"}, set(), []),
    "event-source-mapping.yaml": ({"orders"}, set(), ["worker would have received from orders"]),
    "fifo-fan-out.yaml": (
        {"wholesale.fifo", "analytics"},
        {"prices.fifo sqs wholesale.fifo", "prices.fifo sqs analytics"},
        [],
    ),
    "http-and-firehose.yaml": (
        set(),
        {"events https //shop.example.com/hook", "events firehose deliverystream/archive"},
        [],
    ),
    "json-string.json": ({"orders"}, {"news sqs orders"}, []),
    "lambda-alias-and-version.yaml": (
        set(),
        {"news lambda brew:live", "news lambda brew:1", "news lambda brew"},
        [],
    ),
    "loop-of-queues.yaml": ({"shop-bar", "shop-kitchen", "bar-dead", "kitchen-dead"}, set(), []),
    "mappings-and-splits.yaml": ({"orders", "orders-x"}, set(), []),
    "nested-loops.yaml": (set(), {"dev-iced-coffee lambda Brew", "dev-iced-coffee lambda Grind"}, []),
    "network-and-service.yaml": ({"jobs"}, set(), []),
    "sam-alias.yaml": (set(), {"news lambda brew:live", "news lambda brew:1"}, []),
    "sam-api-and-workers.yaml": ({"orders.fifo", "shop-MachineDailyQueue-*"}, set(), []),
    "sam-connectors.yaml": ({"orders", "audit"}, {"news sqs orders"}, []),
    "sam-destinations.yaml": (
        {"seen", "shop-BrewEventInvokeConfigOnFailureQueue-*", "shop-NightlyDead-*", "shop-BrewOrderedQueue-*"},
        {"shop-BrewEventInvokeConfigOnSuccessTopic-* sqs seen"},
        [],
    ),
    "sam-sns-event.yaml": ({"dev-dead"}, {"dev-news lambda dev-brew"}, []),
    "sam-sqs-event.yaml": ({"orders", "orders-dead"}, set(), ["worker would have received from orders"]),
    "sam-sqs-subscription.yaml": (
        {"batch", "shop-MadeNewsQueue-*"},
        {"news sqs batch", "news sqs shop-MadeNewsQueue-*"},
        ["made would have received from shop-MadeNewsQueue-*", "existing would have received from batch"],
    ),
    "serverless-framework.json": (set(), {"news lambda shop-dev-mail"}, []),
    "ssm-parameters.yaml": ({"orders"}, set(), []),
}


def starred(text: str) -> str:
    """Return a text whose generated names end in a star."""
    words = text.split(" ")
    return " ".join(f"{word[:-12]}*" if word.startswith("shop-") and word[-13:-12] == "-" else word for word in words)


def document(name: str) -> str:
    return (DOCUMENTS / name).read_text(encoding="utf-8")


def subscribed(cloud: Declaring) -> set[str]:
    return {
        starred(f"{topic.arn.resource} {one.protocol} {one.endpoint.split(':', 5)[-1].removeprefix('function:')}")
        for topic in cloud.world.topics()
        for one in topic.subscriptions.values()
    }


def test_every_document_is_in_the_table() -> None:
    assert {path.name for path in DOCUMENTS.iterdir()} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_document(cloud: Declaring, name: str) -> None:
    queues, subscriptions, listening = EXPECTED[name]
    declaration = cloud.read(document(name), "cloudformation", ssm=SSM)
    cloud.world.declared.create(declaration)
    assert {starred(queue.name) for queue in cloud.world.queues()} == queues
    assert subscribed(cloud) == subscriptions
    received = [note.partition(": ")[2] for note in declaration.notes if "would have received" in note]
    assert [starred(part) for note in received for part in note.split("; ")] == listening


def test_the_event_of_a_function_is_a_subscription_with_its_settings(cloud: Declaring) -> None:
    cloud.template(document("sam-sns-event.yaml"), Stage="test")
    (brew,) = cloud.attributes_of_subscriptions(f"arn:aws:sns:{REGION}:{ACCOUNT}:test-news")
    assert brew["FilterPolicyScope"] == "MessageBody"
    assert json.loads(brew["FilterPolicy"]) == {"kind": ["hot"]}
    assert json.loads(brew["RedrivePolicy"]) == {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:test-dead"}


def test_a_queue_between_topic_and_function_may_receive_from_the_topic(cloud: Declaring) -> None:
    cloud.template(document("sam-sqs-subscription.yaml"))
    news = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
    cloud.sns(
        "Publish",
        TopicArn=news,
        Message="open",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "a"}},
    )
    for queue in cloud.queue_names():
        (statement,) = json.loads(cloud.attributes_of_queue(queue)["Policy"])["Statement"]
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": news}}
        assert len(cloud.received(f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")) == 1


def test_a_connector_lets_a_topic_send_to_a_queue(cloud: Declaring) -> None:
    cloud.template(document("sam-connectors.yaml"))
    for queue in ("orders", "audit"):
        (statement,) = json.loads(cloud.attributes_of_queue(queue)["Policy"])["Statement"]
        assert (statement["Principal"], statement["Action"]) == ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")


def test_what_sam_makes_has_names_that_others_refer_to(cloud: Declaring) -> None:
    cloud.template(document("sam-destinations.yaml"))
    tags = cloud.sqs("ListQueueTags", QueueUrl="seen")["Tags"]
    assert {key: starred(value) for key, value in tags.items()} == {
        "topic": "shop-BrewEventInvokeConfigOnSuccessTopic-*",
        "queue": "shop-BrewEventInvokeConfigOnFailureQueue-*",
        "dead": "shop-NightlyDead-*",
    }


def test_the_values_of_loops(cloud: Declaring) -> None:
    cloud.template(document("loop-of-queues.yaml"), stack_name="cafe", Teams="bar,kitchen,cellar")
    bar, cellar = (cloud.attributes_of_queue(f"cafe-{team}") for team in ("bar", "cellar"))
    assert (bar["VisibilityTimeout"], cellar["VisibilityTimeout"]) == ("30", "60")
    assert json.loads(cellar["RedrivePolicy"]) == {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:cellar-dead",
        "maxReceiveCount": 3,
    }


def test_the_inner_of_two_loops_in_a_mapping_of_properties(cloud: Declaring) -> None:
    cloud.template(document("nested-loops.yaml"))
    topic = cloud.attributes_of_topic(f"arn:aws:sns:{REGION}:{ACCOUNT}:prod-iced-coffee")
    assert topic["DisplayName"] == "iced-coffee"


def test_values_of_ssm_parameters(cloud: Declaring) -> None:
    cloud.template(document("ssm-parameters.yaml"), ssm=SSM)
    assert cloud.attributes_of_queue("orders")["VisibilityTimeout"] == "45"
    tags = cloud.sqs("ListQueueTags", QueueUrl="orders")["Tags"]
    assert tags == {"key": "/orders/key", "stage": "t-s", "kinds": "a+b"}


LOOP = """
Transform: AWS::LanguageExtensions
Resources:
  "Fn::ForEach::Queues": %s
"""
QUEUE = '{"Q${X}": {Type: AWS::SQS::Queue}}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LOOP.replace("Transform", "# ") % f"[X, [a], {QUEUE}]", "needs the transform AWS::LanguageExtensions"),
        (LOOP % "[X, [a]]", "Fn::ForEach::Queues takes 3 values, not 2"),
        (LOOP % "{X: [a]}", "the argument of Fn::ForEach::Queues is not a list"),
        (LOOP % f"[X, a, {QUEUE}]", "the collection of Fn::ForEach::Queues is not a list of texts"),
        (LOOP % f"[X, [a, a], {QUEUE}]", "Qa is there twice"),
        (LOOP % "[X, [a], x]", "the output of Fn::ForEach::Queues is not a mapping"),
        (LOOP % f"[X, !Ref Nobody, {QUEUE}]", "there is neither a parameter nor a resource Nobody"),
        (LOOP % f"[X, [{'a,' * 10001}], {{b: 1}}]", "b is there twice"),
    ],
)
def test_a_loop_that_cannot_be_run_is_an_error_with_its_line(cloud: Declaring, text: str, reason: str) -> None:
    said = cloud.why_not(text, "cloudformation")
    assert said.startswith("shop.yaml:4: ")
    assert reason in said


def test_loops_end(cloud: Declaring) -> None:
    inner = "{}"
    for depth in range(6):
        inner = f'{{"Fn::ForEach::L{depth}": [X{depth}, [{",".join(map(str, range(10)))}], {inner}]}}'
    text = f"Transform: AWS::LanguageExtensions\nResources: {inner}"
    assert "more than 10000 rounds" in cloud.why_not(text, "cloudformation")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("{Type: SNS}", "the event News needs the property Topic"),
        ("{Type: SNS, Properties: {Topic: a, SqsSubscription: {QueueArn: b}}}", "no QueueArn or QueueUrl"),
        ("SNS", "the event News is not a mapping"),
    ],
)
def test_an_event_that_sam_would_refuse_is_an_error(cloud: Declaring, event: str, reason: str) -> None:
    text = "Resources:\n  Brew: {Type: AWS::Serverless::Function, Properties: {Events: {News: %s}}}"
    said = cloud.why_not(text % event, "cloudformation")
    assert said.startswith("shop.yaml:2: ")
    assert reason in said


def test_what_a_left_out_function_leaves_empty_is_no_error(cloud: Declaring) -> None:
    brew = "  Brew:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n"
    text = f"Globals:\n  Function:\nResources:\n{brew}"
    assert cloud.template(text) == []
