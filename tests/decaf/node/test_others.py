"""Deliveries and lists across the worlds of two nodes, with accounts and regions of different shards.

Each client calls the node that does not have its account in its region.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from decaf.access.identity import read_identity
from decaf.functions.function import Function
from decaf.node.others import PREFIX
from decaf.testing.control import Control
from decaf_protocol import NO_ACCOUNT, Reply
from decaf_protocol import Request as HttpRequest
from tests.cluster.processes import until as wait_until
from tests.decaf.node.nodes import REGION, Nodes, arn_of, client, received, sharing
from tests.postgres.server import running

FIRST, SECOND, THIRD = "000000000001", "000000000003", "000000000002"  # of the shards 0, 1 and 0 in REGION
ABROAD = "eu-west-1"  # where FIRST and THIRD have the shard 1


def _sns(nodes: Nodes, account: str = FIRST) -> Any:
    return nodes.client_elsewhere("sns", account)


def _sqs(nodes: Nodes, account: str = SECOND) -> Any:
    return nodes.client_elsewhere("sqs", account)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with running() as server:
        everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        ann = {
            "access_key": "AKIAANN",
            "secret": "her secret",
            "account": SECOND,
            "user": "ann",
            "policies": [everything],
        }
        settings: dict[str, Any] = {
            "identities": (ann,),
            "queues": ({"name": "declared", "account": SECOND}, {"name": "declared", "account": FIRST}),
            "topics": ({"name": "declared", "account": FIRST},),
            "subscriptions": (
                {
                    "topic": f"arn:aws:sns:us-east-1:{FIRST}:declared",
                    "protocol": "sqs",
                    "endpoint": f"arn:aws:sqs:us-east-1:{SECOND}:declared",
                    "account": SECOND,
                },
            ),
        }
        with sharing(server.make_database(), shards=2, **settings) as made:
            placed = [(FIRST, REGION), (SECOND, REGION), (NO_ACCOUNT, REGION), (FIRST, ABROAD)]
            assert [made.shard(*place) for place in [*placed, (THIRD, REGION), (THIRD, ABROAD)]] == [0, 1] * 3
            yield made


def test_a_topic_delivers_to_a_queue_whose_account_is_in_another_shard(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    topic = sns.create_topic(Name="orders")["TopicArn"]
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    _sns(nodes, SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    sent = sns.publish(TopicArn=topic, Message="espresso", Subject="an order")
    (message,) = received(sqs, queue)
    envelope = json.loads(message["Body"])
    assert (envelope["Message"], envelope["Subject"]) == ("espresso", "an order")
    assert (envelope["MessageId"], envelope["TopicArn"]) == (sent["MessageId"], topic)


def test_a_raw_delivery_has_the_text_its_attributes_and_the_trace_header(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    topic = sns.create_topic(Name="raw")["TopicArn"]
    queue = sqs.create_queue(QueueName="raw")["QueueUrl"]
    raw = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"size": ["large"]})}
    _sns(nodes, SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue), Attributes=raw)
    large = {
        "size": {"DataType": "String", "StringValue": "large"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"},
    }
    sns.publish(TopicArn=topic, Message="small", MessageAttributes={"size": {"DataType": "String", "StringValue": "s"}})
    sns.publish(TopicArn=topic, Message="grün \U0001f375", MessageAttributes=large)
    (message,) = received(sqs, queue)
    assert (message["Body"], message["MessageAttributes"]) == ("grün \U0001f375", large)


def test_a_queue_of_another_account_gets_the_request_to_confirm_whose_link_confirms_at_any_node(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    topic = sns.create_topic(Name="to-confirm")["TopicArn"]
    queue = sqs.create_queue(QueueName="to-confirm")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    (message,) = received(sqs, queue)
    confirmation = json.loads(message["Body"])
    assert (confirmation["Type"], confirmation["TopicArn"]) == ("SubscriptionConfirmation", topic)
    link = urlsplit(confirmation["SubscribeURL"])
    for node in (nodes.first, nodes.second):
        with urlopen(link._replace(netloc=urlsplit(node.url).netloc).geturl()) as confirmed:
            assert b"<SubscriptionArn>" in confirmed.read()
    sns.publish(TopicArn=topic, Message="espresso")
    (message,) = received(sqs, queue)
    link = urlsplit(json.loads(message["Body"])["UnsubscribeURL"])
    with urlopen(link._replace(netloc=urlsplit(nodes.second.url).netloc).geturl()):
        assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_fifo_topic_delivers_in_order_and_once(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    topic = sns.create_topic(Name="line.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue = sqs.create_queue(QueueName="line.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    raw = {"RawMessageDelivery": "true"}
    _sns(nodes, SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue), Attributes=raw)
    texts = [str(number) for number in range(30)]
    for text in (*texts, "5"):
        sns.publish(TopicArn=topic, Message=text, MessageGroupId="g", MessageDeduplicationId=f"id-{text}")
    found = received(sqs, queue, 30)
    assert [message["Body"] for message in found] == texts
    assert {message["Attributes"]["MessageGroupId"] for message in found} == {"g"}
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_what_cannot_be_delivered_goes_to_a_dead_letter_queue_in_another_shard(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    topic = sns.create_topic(Name="failing")["TopicArn"]
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    missing = f"arn:aws:sqs:us-east-1:{SECOND}:missing"
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn_of(sqs, dead)})}
    subscribed = _sns(nodes, SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=missing, Attributes=redrive)
    sns.publish(TopicArn=topic, Message="lost")
    (message,) = received(sqs, dead)
    envelope = json.loads(message["Body"])
    assert envelope["Message"] == "lost"
    assert subscribed["SubscriptionArn"] in envelope["UnsubscribeURL"]
    _wait_for_deliveries(nodes, FIRST)  # it is not tried again: the queue is not there


def test_subscriptions_are_listed_wherever_their_topics_are(nodes: Nodes) -> None:
    account = nodes.twin(SECOND)
    sns = client(nodes.first, "sns", account)
    own = sns.create_topic(Name="own")["TopicArn"]
    other = _sns(nodes).create_topic(Name="other")["TopicArn"]
    arns = {
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"+49170000{number:04}")["SubscriptionArn"]
        for topic in (own, other)
        for number in range(120)
    }
    found, pages = [], 0
    more: dict[str, str] = {}
    while True:
        page = sns.list_subscriptions(**more)
        found += page["Subscriptions"]
        pages += 1
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert ({each["SubscriptionArn"] for each in found}, len(found), pages) == (arns, 240, 3)
    assert {each["Owner"] for each in found} == {account}


def test_the_policy_of_a_queue_is_judged_where_the_queue_is(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    world = nodes.world(SECOND)
    topic = sns.create_topic(Name="judged")["TopicArn"]
    queue = sqs.create_queue(QueueName="judged")["QueueUrl"]
    _sns(nodes, SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    nodes.do(lambda: world.access.set_mode("enforce", SECOND))
    try:
        sns.publish(TopicArn=topic, Message="denied")
        allowing = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn_of(sqs, queue),
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
                }
            ],
        }
        _wait_for_deliveries(nodes, FIRST)
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(allowing)})
        sns.publish(TopicArn=topic, Message="allowed")
        (message,) = received(sqs, queue)
        assert json.loads(message["Body"])["Message"] == "allowed"
    finally:
        nodes.do(lambda: world.access.set_mode("off", SECOND))


def _wait_for_deliveries(nodes: Nodes, account: str) -> None:
    courier = nodes.world(account).courier
    while nodes.do(courier.deliveries):
        pass


def test_all_worlds_sign_with_the_same_key_whose_certificate_any_node_has(nodes: Nodes) -> None:
    paths = {nodes.world(account).signer.certificate_path for account in (FIRST, SECOND)}
    assert len(paths) == 1
    certificates = set()
    for node in (nodes.first, nodes.second):
        with urlopen(node.url + next(iter(paths))) as found:
            certificates.add(found.read())
    assert certificates == {nodes.world(FIRST).signer.certificate_pem.encode()}


@pytest.mark.parametrize("name", ["deliver", "send", "subscriptions", ""])
@pytest.mark.parametrize("blank", [" ", "%20", "\t", "\x0b", "\xa0"])
@pytest.mark.parametrize("form", ["{}", "http://localhost{}"])
def test_no_client_can_ask_what_worlds_ask_of_each_other(nodes: Nodes, name: str, blank: str, form: str) -> None:
    target = form.format(PREFIX.replace(" ", blank) + name)
    body = json.dumps({"account": FIRST, "region": "us-east-1", "start": None})
    for line in (f"POST {target} HTTP/1.1", f"GET {target} HTTP/1.1", f"POST {target} HTTP/1.0"):
        head = f"{line}\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", nodes.first.port), timeout=10) as connection:
            connection.sendall((head + body).encode())
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.split(b" ")[1][:1] == b"4", answer


def test_a_queue_is_reached_by_its_url_from_any_account_at_any_node(nodes: Nodes) -> None:
    queue = _sqs(nodes).create_queue(QueueName="shared")["QueueUrl"]
    for node in (nodes.first, nodes.second):
        other = client(node, "sqs", FIRST)
        other.send_message(QueueUrl=queue, MessageBody="from another account")
        found = other.get_queue_url(QueueName="shared", QueueOwnerAWSAccountId=SECOND)["QueueUrl"]
        assert urlsplit(found).path == urlsplit(queue).path
        with pytest.raises(ClientError, match="NonExistentQueue"):
            other.get_queue_url(QueueName="shared")
    assert len(received(_sqs(nodes), queue, 2)) == 2


def test_a_function_is_invoked_by_its_arn_from_another_account(nodes: Nodes) -> None:
    arn = f"arn:aws:lambda:us-east-1:{SECOND}:function:brew"
    world = nodes.world(SECOND)
    nodes.do(lambda: world.functions.register(Function(arn, command=("cat",))))
    for node in (nodes.first, nodes.second):
        found = client(node, "lambda", FIRST).invoke(FunctionName=arn, Payload=b'{"order": 1}')
        assert json.loads(found["Payload"].read()) == {"order": 1}


def test_a_topic_invokes_a_function_whose_account_is_in_another_shard(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    arn = f"arn:aws:lambda:us-east-1:{SECOND}:function:failing"
    world = nodes.world(SECOND)
    failed = sqs.create_queue(QueueName="failed-invocations")["QueueUrl"]
    function = Function(arn, command=("false",), maximum_retry_attempts=0, on_failure=arn_of(sqs, failed))
    nodes.do(lambda: world.functions.register(function))
    topic = sns.create_topic(Name="to-function")["TopicArn"]
    _sns(nodes, SECOND).subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="espresso")
    (message,) = received(sqs, failed)
    assert "espresso" in message["Body"]


def test_a_mapping_between_accounts_of_different_shards_is_refused(nodes: Nodes) -> None:
    queue = _sqs(nodes).create_queue(QueueName="mapped")["QueueUrl"]
    arn = arn_of(_sqs(nodes), queue)
    functions = client(nodes.second, "lambda", FIRST)
    with pytest.raises(ClientError, match=f"different shards, as {FIRST} and {SECOND}"):
        functions.create_event_source_mapping(FunctionName="brew", EventSourceArn=arn)


def test_an_identity_declared_in_the_settings_calls_from_its_account_at_any_node(nodes: Nodes) -> None:
    for node in (nodes.first, nodes.second):
        sqs = client(node, "sqs", "AKIAANN", "her secret")
        queue = sqs.create_queue(QueueName="hers")["QueueUrl"]
        assert urlsplit(queue).path == f"/{SECOND}/hers"
        assert client(node, "sts", "AKIAANN", "her secret").get_caller_identity()["Account"] == SECOND
    assert "hers" in nodes.do(lambda: nodes.world(SECOND).store.region(SECOND, "us-east-1").queues)


def test_a_presigned_call_is_answered_by_any_node(nodes: Nodes) -> None:
    topic = _sns(nodes, SECOND).create_topic(Name="presigned")["TopicArn"]
    for node in (nodes.first, nodes.second):
        with urlopen(client(node, "sns", SECOND).generate_presigned_url("list_topics")) as found:
            assert topic in found.read().decode()


def test_a_dead_letter_queue_is_redriven_by_the_handle_of_its_task_at_any_node(nodes: Nodes) -> None:
    sqs = _sqs(nodes)
    dead = sqs.create_queue(QueueName="redriven-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    sqs.create_queue(QueueName="redriven", Attributes={"RedrivePolicy": redrive})
    to = sqs.create_queue(QueueName="redriven-to")["QueueUrl"]
    for number in range(30):
        sqs.send_message(QueueUrl=dead, MessageBody=str(number))
    other = _sqs(nodes, FIRST)
    started = other.start_message_move_task(
        SourceArn=arn_of(sqs, dead), DestinationArn=arn_of(sqs, to), MaxNumberOfMessagesPerSecond=1
    )
    assert other.cancel_message_move_task(TaskHandle=started["TaskHandle"])["ApproximateNumberOfMessagesMoved"] < 30
    foreign = other.create_queue(QueueName="foreign")["QueueUrl"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sqs.start_message_move_task(SourceArn=arn_of(sqs, dead), DestinationArn=arn_of(other, foreign))


def test_declared_resources_are_created_each_where_its_account_is(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes)
    queue = sqs.get_queue_url(QueueName="declared")["QueueUrl"]
    sns.publish(TopicArn=f"arn:aws:sns:us-east-1:{FIRST}:declared", Message="espresso")
    (message,) = received(sqs, queue)
    assert json.loads(message["Body"])["Message"] == "espresso"
    (subscribed,) = sns.list_subscriptions_by_topic(TopicArn=f"arn:aws:sns:us-east-1:{FIRST}:declared")["Subscriptions"]
    assert subscribed["Owner"] == SECOND
    for account, other in ((FIRST, SECOND), (SECOND, FIRST)):
        queues = nodes.do(nodes.world(account).queues)
        assert {each.arn.account for each in queues if each.name == "declared"} == {account}
        assert other not in {each.account for each in nodes.do(nodes.world(account).store.regions) if each.queues}


def test_a_world_refuses_a_call_that_belongs_into_another_one(nodes: Nodes) -> None:
    account = nodes.twin(SECOND)
    assert nodes.shard(NO_ACCOUNT) == nodes.shard(FIRST)
    bob = {"access_key": "AKIABOB", "secret": "his", "account": account, "user": "bob"}
    world, other = nodes.world(account), nodes.world(NO_ACCOUNT)
    nodes.do(lambda: other.access.declare(read_identity(bob)))  # the other one does not know him
    try:
        sqs = client(nodes.first, "sqs", "AKIABOB", "his")
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            sqs.create_queue(QueueName="his")
        assert nodes.do(lambda: other.store.find_region(account, "us-east-1")) is None
        nodes.do(lambda: world.access.declare(read_identity(bob)))
        assert urlsplit(sqs.create_queue(QueueName="his")["QueueUrl"]).path == f"/{account}/his"
    finally:
        nodes.do(lambda: world.access.undeclare("AKIABOB"))
        nodes.do(lambda: other.access.undeclare("AKIABOB"))


def test_a_world_whose_lease_has_ended_delivers_nothing(nodes: Nodes) -> None:
    reply = nodes.do(lambda: nodes.first._ask(1, 0, HttpRequest("POST", f"{PREFIX}deliver", {}, b"{}")))
    assert isinstance(reply, Reply)
    assert reply.status == 503


def test_a_reset_of_an_account_ends_its_subscriptions_in_other_shards(nodes: Nodes) -> None:
    account = nodes.twin(SECOND)
    topic = _sns(nodes).create_topic(Name="of-others")["TopicArn"]
    client(nodes.first, "sns", account).subscribe(TopicArn=topic, Protocol="sms", Endpoint="+491701234567")
    assert len(_sns(nodes).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    Control(nodes.second.url).reset(account)
    assert _sns(nodes).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_an_identity_needs_the_policy_of_a_queue_whose_account_is_in_another_shard(nodes: Nodes) -> None:
    own, world = _sqs(nodes, FIRST), nodes.world(FIRST)
    queue = own.create_queue(QueueName="guarded")["QueueUrl"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SECOND}:user/ann"},
        "Action": "sqs:SendMessage",
        "Resource": arn_of(own, queue),
    }
    nodes.do(lambda: world.access.set_mode("enforce", FIRST))
    try:
        for node in (nodes.first, nodes.second):
            ann = client(node, "sqs", "AKIAANN", "her secret")
            own.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
            with pytest.raises(ClientError, match="AccessDenied"):
                ann.send_message(QueueUrl=queue, MessageBody="x")
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            own.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
            ann.send_message(QueueUrl=queue, MessageBody="x")
            with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
                client(node, "sqs", "AKIAANN", "another secret").send_message(QueueUrl=queue, MessageBody="x")
    finally:
        nodes.do(lambda: world.access.set_mode("off", FIRST))


# one account in two regions, FIRST: in REGION the first node has it, and ABROAD the second one


@pytest.mark.parametrize(("of_topic", "of_queue"), [(REGION, ABROAD), (ABROAD, REGION)])
@pytest.mark.parametrize("kind", ["", ".fifo"])
def test_a_topic_delivers_to_a_queue_of_another_region(nodes: Nodes, of_topic: str, of_queue: str, kind: str) -> None:
    sns = client(nodes.first, "sns", FIRST, region=of_topic)
    sqs = client(nodes.first, "sqs", FIRST, region=of_queue)
    name = f"from-{of_topic}{kind}"
    topic = sns.create_topic(Name=name, Attributes={"FifoTopic": "true"} if kind else {})["TopicArn"]
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if kind else {})["QueueUrl"]
    raw = {"RawMessageDelivery": "true"}
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue), Attributes=raw)
    assert subscribed["SubscriptionArn"].startswith(topic)  # it is of the same account: there is nothing to confirm
    texts = [str(number) for number in range(12)]
    for text in texts:
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": f"id-{text}"} if kind else {}
        sns.publish(TopicArn=topic, Message=text, **fifo)
    bodies = [message["Body"] for message in received(sqs, queue, len(texts))]
    assert (bodies if kind else sorted(bodies, key=int)) == texts
    world = nodes.world(FIRST, of_queue)
    assert world is not nodes.world(FIRST, of_topic)
    assert name in nodes.do(lambda: world.store.region(FIRST, of_queue).queues)


def test_what_a_queue_of_another_region_does_not_get_goes_to_the_dead_letter_queue(nodes: Nodes) -> None:
    sns, sqs = _sns(nodes), _sqs(nodes, FIRST)
    topic = sns.create_topic(Name="failing-abroad")["TopicArn"]
    dead = sqs.create_queue(QueueName="dead-at-home")["QueueUrl"]
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn_of(sqs, dead)})}
    missing = f"arn:aws:sqs:{ABROAD}:{FIRST}:missing"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=missing, Attributes=redrive)
    sns.publish(TopicArn=topic, Message="lost")
    (message,) = received(sqs, dead)
    assert json.loads(message["Body"])["Message"] == "lost"


def test_a_queue_of_another_account_and_region_gets_the_request_to_confirm(nodes: Nodes) -> None:
    account = THIRD  # as FIRST: of the first shard in REGION, and of the second ABROAD
    sqs = client(nodes.first, "sqs", account, region=ABROAD)
    queue = sqs.create_queue(QueueName="to-confirm")["QueueUrl"]
    topic = _sns(nodes).create_topic(Name="to-confirm-abroad")["TopicArn"]
    _sns(nodes).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    (message,) = received(sqs, queue)
    assert json.loads(message["Body"])["Type"] == "SubscriptionConfirmation"


def test_a_topic_invokes_a_function_of_another_region(nodes: Nodes) -> None:
    arn = f"arn:aws:lambda:{ABROAD}:{FIRST}:function:abroad"
    sqs, world = client(nodes.first, "sqs", FIRST, region=ABROAD), nodes.world(FIRST, ABROAD)
    done = sqs.create_queue(QueueName="invoked-abroad")["QueueUrl"]
    function = Function(arn, command=("cat",), on_success=arn_of(sqs, done))
    nodes.do(lambda: world.functions.register(function))
    topic = _sns(nodes).create_topic(Name="to-function-abroad")["TopicArn"]
    _sns(nodes).subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    _sns(nodes).publish(TopicArn=topic, Message="espresso")
    (message,) = received(sqs, done)
    assert "espresso" in message["Body"]


def test_a_function_is_invoked_by_the_queue_of_its_own_region(nodes: Nodes) -> None:
    for region in (REGION, ABROAD):
        arn = f"arn:aws:lambda:{region}:{FIRST}:function:mapped"
        nodes.do(partial(nodes.world(FIRST, region).functions.register, Function(arn, command=("cat",))))
        sqs = client(nodes.second, "sqs", FIRST, region=region)
        queue = sqs.create_queue(QueueName="mapped")["QueueUrl"]
        functions = client(nodes.second, "lambda", FIRST, region=region)
        source = arn_of(sqs, queue)
        mapping = functions.create_event_source_mapping(FunctionName="mapped", EventSourceArn=source)
        (listed,) = functions.list_event_source_mappings(FunctionName="mapped")["EventSourceMappings"]
        assert (listed["UUID"], listed["EventSourceArn"]) == (mapping["UUID"], source)
        sqs.send_message(QueueUrl=queue, MessageBody="espresso")
        wait_until(partial(_is_empty, sqs, queue))
        other = ABROAD if region == REGION else REGION
        with pytest.raises(ClientError, match=f"The queue is in {other} and the function in {region}"):
            functions.create_event_source_mapping(FunctionName="mapped", EventSourceArn=source.replace(region, other))


def _is_empty(sqs: Any, queue: str) -> bool:
    return _count(sqs, queue) == 0


def _count(sqs: Any, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()))


def test_a_queue_is_reached_by_the_region_in_its_url_or_of_its_caller(nodes: Nodes) -> None:
    for region in (REGION, ABROAD):
        own = client(nodes.first, "sqs", FIRST, region=region)
        url = own.create_queue(QueueName="of-two")["QueueUrl"]
        assert own.list_queues(QueueNamePrefix="of-two")["QueueUrls"] == [url]
        own.send_message(QueueUrl=url, MessageBody=region)
    for node in (nodes.first, nodes.second):
        caller = client(node, "sqs", SECOND, region=ABROAD)
        path = f"{node.url}/{{}}{FIRST}/of-two"
        by_url = caller.receive_message(QueueUrl=path.format(f"{REGION}/"), VisibilityTimeout=0)
        by_caller = caller.receive_message(QueueUrl=path.format(""), VisibilityTimeout=0)
        assert [found["Messages"][0]["Body"] for found in (by_url, by_caller)] == [REGION, ABROAD]


def test_messages_are_redriven_where_their_dead_letter_queue_is(nodes: Nodes) -> None:
    sqs = client(nodes.first, "sqs", FIRST, region=ABROAD)
    dead = sqs.create_queue(QueueName="redriven-abroad-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    queue = sqs.create_queue(QueueName="redriven-abroad", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="espresso")
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)
    wait_until(lambda: "Messages" not in sqs.receive_message(QueueUrl=queue) and _count(sqs, dead) == 1)
    sqs.start_message_move_task(SourceArn=arn_of(sqs, dead))
    (message,) = received(sqs, queue)
    assert message["Body"] == "espresso"


def test_subscriptions_are_listed_by_region(nodes: Nodes) -> None:
    account = "000000000777"
    for region in (REGION, ABROAD):
        sns = client(nodes.first, "sns", account, region=region)
        topic = sns.create_topic(Name="listed")["TopicArn"]
        made = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+491701234567")["SubscriptionArn"]
        assert [each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]] == [made]
    Control(nodes.second.url).reset(account)
    for region in (REGION, ABROAD):
        assert client(nodes.first, "sns", account, region=region).list_subscriptions()["Subscriptions"] == []
