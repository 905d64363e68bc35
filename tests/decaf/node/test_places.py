"""In which account and region a request is carried out: what names them, and that operations look there first."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.access.identity import Identities, read_identity
from decaf.base.settings import Settings
from decaf.handling import Handling
from decaf.node.places import decoded, place_of
from decaf.sqs.move_task import MoveTask
from decaf.store import Region
from decaf.world import World
from decaf_protocol import Request, is_account, operations

ME, OTHER = "111111111111", "222222222222"
OWN, HERE, THERE = "us-east-1", "eu-central-1", "ap-south-1"  # the server's region, the caller's, and another
QUEUE = f"arn:aws:sqs:{THERE}:{OTHER}:orders"
TOPIC = f"arn:aws:sns:{THERE}:{OTHER}:orders"


def headers(service: str, key: str = ME, **more: str) -> dict[str, str]:
    scope = f"{key}/20260101/{HERE}/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return {"host": "localhost", "authorization": signed, "x-amz-date": "20260101T000000Z", **more}


def sqs(operation: str, key: str = ME, **params: Any) -> Request:
    json_headers = {"x-amz-target": f"AmazonSQS.{operation}", "content-type": "application/x-amz-json-1.0"}
    return Request("POST", "/", headers("sqs", key) | json_headers, json.dumps(params).encode())


def form(service: str, operation: str, target: str = "/", **params: str) -> Request:
    version = {"sns": "2010-03-31", "sqs": "2012-11-05", "sts": "2011-06-15"}[service]
    body = urlencode({"Action": operation, "Version": version, **params}, errors="surrogatepass")
    more = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", target, headers(service) | more, body.encode())


def rest(method: str, path: str, **body: Any) -> Request:
    return Request(method, f"/{path}", headers("lambda"), json.dumps(body).encode() if body else b"")


def found(request: Request, identities: Identities | None = None) -> tuple[str, str] | None:
    call = decoded(request)
    return None if call is None else place_of(request, call, lambda: identities or Identities(), OWN)


FUNCTION = f"arn:aws:lambda:{HERE}:{OTHER}:function:brew"
UNSIGNED = {"host": "x"}


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (sqs("CreateQueue", QueueName="orders"), (ME, HERE)),
        (sqs("SendMessage", QueueUrl=f"http://x/{OTHER}/orders", MessageBody="x"), (OTHER, HERE)),
        (sqs("SendMessage", QueueUrl=f"http://x/{THERE}/{OTHER}/orders", MessageBody="x"), (OTHER, THERE)),
        (sqs("PurgeQueue", QueueUrl=f"https://sqs.{THERE}.amazonaws.com/{OTHER}/orders"), (OTHER, THERE)),
        (sqs("PurgeQueue", QueueUrl=f"https://{THERE}.queue.amazonaws.com/{OTHER}/orders"), (OTHER, THERE)),
        (sqs("SendMessage", QueueUrl="orders", MessageBody="x"), (ME, HERE)),
        (sqs("GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId=OTHER), (OTHER, HERE)),
        (sqs("ListMessageMoveTasks", SourceArn=QUEUE), (OTHER, THERE)),
        (form("sqs", "ReceiveMessage", f"/{OTHER}/orders"), (OTHER, HERE)),
        (form("sqs", "ReceiveMessage", f"/{THERE}/{OTHER}/orders"), (OTHER, THERE)),
        (form("sns", "Publish", TopicArn=TOPIC, Message="x"), (OTHER, THERE)),
        (form("sns", "Publish", PhoneNumber="+491701", Message="x"), (ME, HERE)),
        (
            form("sns", "Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HERE}:{ME}:q"),
            (OTHER, THERE),
        ),
        (form("sns", "Unsubscribe", SubscriptionArn=f"{TOPIC}:0"), (OTHER, THERE)),
        (form("sns", "ListTagsForResource", ResourceArn=TOPIC), (OTHER, THERE)),
        (form("sns", "ListSubscriptions"), (ME, HERE)),
        (form("sns", "Publish", TopicArn=f"arn:aws:sns:{THERE}:12:orders", Message="x"), (ME, HERE)),
        (form("sts", "GetCallerIdentity"), (ME, HERE)),
        (rest("POST", f"2015-03-31/functions/{quote(FUNCTION, safe='')}/invocations"), (OTHER, HERE)),
        (rest("GET", f"2015-03-31/functions/{OTHER}:function:brew"), (OTHER, HERE)),
        (rest("GET", "2015-03-31/functions/brew"), (ME, HERE)),
        (rest("GET", "2015-03-31/functions/"), (ME, HERE)),
        (rest("POST", "2015-03-31/event-source-mappings/", FunctionName=FUNCTION, EventSourceArn=QUEUE), (ME, HERE)),
        (rest("GET", f"2017-03-31/tags/{quote(FUNCTION.replace(HERE, THERE), safe='')}"), (OTHER, THERE)),
        (Request("GET", f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=ab", UNSIGNED, b""), (OTHER, THERE)),
        (Request("GET", f"/?Action=Unsubscribe&SubscriptionArn={TOPIC}:0", UNSIGNED, b""), (OTHER, THERE)),
        (Request("GET", f"/{OTHER}/orders?Action=ReceiveMessage&Version=2012-11-05", UNSIGNED, b""), (OTHER, OWN)),
        (Request("GET", "/SimpleNotificationService-0.pem", UNSIGNED, b""), None),
        (Request("GET", "/", UNSIGNED, b""), None),
    ],
)
def test_a_call_is_carried_out_where_what_it_names_is_else_where_its_caller_is(
    request_: Request, place: tuple[str, str] | None
) -> None:
    assert found(request_) == place


def test_a_presigned_call_is_carried_out_in_the_account_and_region_of_its_signature() -> None:
    credential = quote(f"{OTHER}/20260101/{THERE}/sqs/aws4_request", safe="")
    query = f"Action=ListQueues&Version=2012-11-05&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}"
    assert found(Request("GET", f"/?{query}&X-Amz-Signature=0", {"host": "localhost"}, b"")) == (OTHER, THERE)


def test_the_handle_of_a_move_task_names_the_account_and_region_of_its_queue() -> None:
    world = World(Settings())
    world.run(_decoded(sqs("CreateQueue", OTHER, QueueName="orders")), 0.0)
    queue = world.queues()[0]
    task: Any = MoveTask("id", queue, None, 1, False, 0.0, 1.0, world.ids, world.sqs.queue_at, world.clock)
    assert found(sqs("CancelMessageMoveTask", TaskHandle=task.handle)) == (OTHER, HERE)
    assert found(sqs("CancelMessageMoveTask", TaskHandle="nonsense")) == (ME, HERE)


def _decoded(request: Request) -> Any:
    from decaf_protocol import decode

    return decode(request)


def test_a_declared_identity_calls_from_its_account() -> None:
    declared = Identities([read_identity({"access_key": "AKIA1", "secret": "x", "account": OTHER, "user": "ann"})])
    assert found(sqs("ListQueues", "AKIA1"), declared) == (OTHER, HERE)
    assert found(sqs("ListQueues", "AKIA1")) == ("000000000000", HERE)
    assert found(sqs("ListQueues", "AKIA2"), declared) == ("000000000000", HERE)
    assert found(sqs("ListQueues", ME), declared) == (ME, HERE)


class _Looked(dict[tuple[str, str], Region]):
    """Regions that note the accounts and regions that somebody looks for."""

    def __init__(self, places: list[tuple[str, str]]) -> None:
        super().__init__()
        self._places = places

    def get(self, key: Any, default: Any = None) -> Any:
        self._places.append(key)
        return super().get(key, default)


accounts = st.sampled_from(
    [
        ME,
        OTHER,
        "333333333333",
        "",
        "12",
        "0000000000012",
        "٠١٢٣٤٥٦٧٨٩٠١",  # digits, but not those of an account
        "%32" * 12,
        "２２２２２２２２２２２２",
        f"../{OTHER}",
        f"{OTHER}/{ME}",
        f"{OTHER}\n",
        f" {OTHER}",
        "aws",
        "*",
        "\ud800",
    ]
)

regions = st.sampled_from([OWN, HERE, THERE, "", "nowhere", "*", "US-EAST-1", "\ud800"])


@st.composite
def _params(draw: st.DrawFn) -> dict[str, Any]:
    def arn(service: str, name: str) -> str:
        prefix = draw(st.sampled_from(["arn:aws", "arn", "arn:aws-cn", "ARN:aws"]))
        return f"{prefix}:{service}:{draw(regions)}:{draw(accounts)}:{name}"

    host = draw(st.sampled_from(["http://localhost", "https://sqs.ap-south-1.amazonaws.com", "", "//", "x"]))
    url = draw(st.sampled_from(["{host}/{account}/orders", "{host}/{region}/{account}/orders", "orders", "", "{arn}"]))
    every: dict[str, Any] = {
        "QueueUrl": url.format(host=host, region=draw(regions), account=draw(accounts), arn=arn("sqs", "orders")),
        "QueueName": "orders",
        "QueueOwnerAWSAccountId": draw(accounts),
        "SourceArn": arn("sqs", "orders"),
        "DestinationArn": arn("sqs", "orders"),
        "MessageBody": "x",
        "ReceiptHandle": "x",
        "VisibilityTimeout": 1,
        "Label": "x",
        "AWSAccountIds": [ME],
        "Actions": ["*"],
        "Attributes": {},
        "Tags": {},
        "TagKeys": [],
        "TopicArn": arn("sns", "orders"),
        "TargetArn": arn("sns", draw(st.sampled_from(["orders", "endpoint/GCM/app/0"]))),
        "SubscriptionArn": arn("sns", "orders:0"),
        "ResourceArn": arn("sns", "orders"),
        "PlatformApplicationArn": arn("sns", "app/GCM/app"),
        "EndpointArn": arn("sns", "endpoint/GCM/app/0"),
        "Name": "orders",
        "Message": "x",
        "Protocol": "sms",
        "Endpoint": "+491701234567",
        "Token": "ab",
        "AttributeName": "DisplayName",
        "AttributeValue": "x",
        "AWSAccountId": "x",
        "ActionName": "x",
        "Platform": "GCM",
        "PhoneNumber": "+491701234567",
        "phoneNumber": "+491701234567",
        "DataProtectionPolicy": "{}",
    }
    left_out = draw(st.sets(st.sampled_from(sorted(every)), max_size=8))
    return {name: value for name, value in every.items() if name not in left_out}


@st.composite
def _calls(draw: st.DrawFn) -> Request:
    params = draw(_params())
    if draw(st.booleans()):
        return sqs(draw(st.sampled_from(operations("sqs"))), draw(accounts).replace("\ud800", ""), **params)
    service = draw(st.sampled_from(["sqs", "sns"]))
    target = draw(st.sampled_from(["/", f"/{OTHER}/orders", f"/{THERE}/{ME}/orders", "/%32/orders", "/orders"]))
    texts = {name: value for name, value in params.items() if isinstance(value, str)}
    return form(service, draw(st.sampled_from(operations(service))), target, **texts)


@pytest.fixture(scope="module")
def looked() -> tuple[Handling, list[tuple[str, str]]]:
    looked: list[tuple[str, str]] = []
    world = World(Settings(access="off"))
    world.store._regions = _Looked(looked)
    return Handling(world), looked


@given(request=_calls())
def test_every_operation_looks_first_where_its_call_is_carried_out(
    looked: tuple[Handling, list[tuple[str, str]]], request: Request
) -> None:
    handling, looked_for = looked
    place = found(request)
    looked_for.clear()
    handling.handle(request)
    first = looked_for[:1]
    assert first in ([], [place]) or not is_account(first[0][0])
