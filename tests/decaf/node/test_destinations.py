"""What services send by themselves into other shards: outcomes of asynchronous invocations, events of mobile apps."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from decaf.base.shard import Shard
from decaf.delivery.courier import SLICE
from decaf.delivery.transports.destinations import ServiceMessage
from decaf.node.others import OtherShards
from decaf.sns.outcome import Outcome
from decaf_protocol import Call, Codec, Dialect
from tests.cluster.processes import until
from tests.decaf.node.nodes import REGION, Nodes, received

WHERE = ("another node", "another shard of the node", "another region")

Place = tuple[str, str]  # an account and a region


@pytest.fixture(params=WHERE)
def places(nodes: Nodes, request: pytest.FixtureRequest) -> tuple[Place, Place]:
    """Where the sender is, and the target."""
    account = nodes.accounts[0]
    target = {
        "another node": (nodes.accounts[1], REGION),
        "another shard of the node": (nodes.neighbours[1], REGION),
        "another region": (account, nodes.abroad),
    }[request.param]
    return (account, REGION), target


def _arn(service: str, place: Place, name: str) -> str:
    return f"arn:aws:{service}:{place[1]}:{place[0]}:{name}"


def _queue(nodes: Nodes, place: Place) -> tuple[Any, str]:
    """Returns a client of SQS and the URL of the queue `outcomes`."""
    sqs = nodes.client("sqs", *place)
    return sqs, nodes.make_queue(place[0], "outcomes", region=place[1])


def _topic(nodes: Nodes, place: Place) -> str:
    """Returns a topic that delivers to the queue `outcomes`."""
    sns = nodes.client("sns", *place)
    topic: str = sns.create_topic(Name="outcomes")["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_arn("sqs", place, "outcomes"), Attributes=raw)
    return topic


def _brew(nodes: Nodes, place: Place, command: str = "cat", **destinations: Any) -> str:
    """Invoke a function asynchronously. Returns its ARN."""
    arn = _arn("lambda", place, "function:brew")
    nodes.control.add_function(arn, command=(command,), maximum_retry_attempts=0, **destinations)
    nodes.client("lambda", *place).invoke(FunctionName=arn, InvocationType="Event", Payload=b'{"order": 1}')
    return arn


def test_a_queue_gets_the_record_of_an_invocation(nodes: Nodes, places: tuple[Place, Place]) -> None:
    here, there = places
    sqs, queue = _queue(nodes, there)
    arn = _brew(nodes, here, on_success=_arn("sqs", there, "outcomes"))
    (message,) = received(sqs, queue)
    record = json.loads(message["Body"])
    assert (record["requestContext"]["functionArn"], record["responsePayload"]) == (f"{arn}:$LATEST", {"order": 1})


def test_a_topic_gets_the_record_and_the_dead_letter_of_an_invocation(
    nodes: Nodes, places: tuple[Place, Place]
) -> None:
    here, there = places
    sqs, queue = _queue(nodes, there)
    topic = _topic(nodes, there)
    _brew(nodes, here, "false", on_failure=topic, dead_letter_queue=topic)
    bodies = {message["Body"]: message.get("MessageAttributes", {}) for message in received(sqs, queue, 2)}
    assert bodies.pop('{"order": 1}')["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}
    ((record, _),) = bodies.items()
    assert json.loads(record)["requestContext"]["condition"] == "RetriesExhausted"


def test_a_function_is_invoked_with_the_record_of_an_invocation(nodes: Nodes, places: tuple[Place, Place]) -> None:
    here, there = places
    sqs, queue = _queue(nodes, there)
    follow = _arn("lambda", there, "function:follow")
    nodes.control.add_function(follow, command=("cat",), on_success=_arn("sqs", there, "outcomes"))
    _brew(nodes, here, on_success=follow)
    (message,) = received(sqs, queue)
    assert json.loads(message["Body"])["responsePayload"]["responsePayload"] == {"order": 1}


def test_a_topic_gets_the_events_of_a_mobile_app(nodes: Nodes, places: tuple[Place, Place]) -> None:
    here, there = places
    sqs, queue = _queue(nodes, there)
    topic, sns = _topic(nodes, there), nodes.client("sns", *here)
    names = ("EventEndpointCreated", "EventEndpointUpdated", "EventEndpointDeleted", "EventDeliveryFailure")
    attributes = {"PlatformCredential": "key", **dict.fromkeys(names, topic)}
    app = sns.create_platform_application(Name="shop", Platform="GCM", Attributes=attributes)["PlatformApplicationArn"]
    device = sns.create_platform_endpoint(PlatformApplicationArn=app, Token="token")["EndpointArn"]
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"CustomUserData": "x"})
    nodes.control.expire_token(device)
    sns.publish(TargetArn=device, Message="x")
    sns.delete_endpoint(EndpointArn=device)
    events = [json.loads(message["Body"]) for message in received(sqs, queue, 4)]
    kinds = ["DeliveryFailure", "EndpointCreated", "EndpointDeleted", "EndpointUpdated"]
    assert sorted(event["EventType"] for event in events) == kinds
    assert {event["EndpointArn"] for event in events} == {device}


def test_another_shard_has_delivered_to_all_subscriptions_of_a_topic_when_it_answers(nodes: Nodes) -> None:
    account = nodes.accounts[1]
    topic = nodes.client("sns", account).create_topic(Name="many")["TopicArn"]
    here, there = map(nodes.shard, nodes.accounts)
    active = nodes.second._seats[there].active
    assert active is not None
    world = active.world

    def subscribe(number: int) -> None:
        queue = _arn("sqs", (account, REGION), f"missing-{number}")
        params = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
        call = Call(Dialect("sns", Codec.JSON), "Subscribe", params, account, REGION, "localhost", None)
        world.run(call, world.clock.now())

    async def send() -> bool:
        for number in range(20 * SLICE):
            subscribe(number)
        kept = world.kept()
        assert kept is not None
        await kept
        others = OtherShards(
            Shard(here, nodes.first._shards), partial(nodes.first._ask, here), nodes.first._placing.place
        )
        source = _arn("lambda", (nodes.accounts[0], REGION), "function:brew")
        outcome = await others.send(ServiceMessage("id", source, topic, "latte", "http://localhost"))
        assert outcome == Outcome()
        return world.courier.unfinished() is None

    assert asyncio.run_coroutine_threadsafe(send(), nodes.loop).result(30)


@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_what_cannot_be_delivered_is_dropped_with_the_reason_in_the_log(
    nodes: Nodes, places: tuple[Place, Place], service: str, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = places
    nowhere = _arn(service, there, "nowhere")
    arn = _brew(nodes, here, on_success=nowhere)
    until(lambda: f"what {arn} sent is not delivered to {nowhere}: it does not exist" in caplog.text)
