"""Digits of other scripts than ASCII's make no account, wherever one can be named."""

from __future__ import annotations

import msgspec
import pytest

from decaf.base.arn import read_queue_url
from decaf.base.settings import Settings
from decaf.control.declared import Declare
from decaf.control.snapshots import RestoreSnapshot, SaveSnapshot
from decaf.declared.calls import Place
from decaf.declared.documents import declared_at_start
from decaf.declared.resource import BadDeclaration
from decaf.declared.tables import read_toml
from decaf.functions.function import is_function_arn
from decaf.world import World
from decaf_protocol import NO_ACCOUNT, AWSError, Call, Codec, Dialect, account_of

ARABIC = "١٢٣٤٥٦٧٨٩٠١٢"
TOPIC = f"arn:aws:sns:us-east-1:{NO_ACCOUNT}:menu"
ROLE = "arn:aws:iam::123456789012:role/delivers"


@pytest.fixture
def world() -> World:
    world = World(Settings())
    run(world, "sqs", "CreateQueue", QueueName="orders")
    run(world, "sns", "CreateTopic", Name="menu")
    return world


def run(world: World, service: str, operation: str, **params: object) -> object:
    call = Call(Dialect(service, Codec.QUERY), operation, params, NO_ACCOUNT, "us-east-1", "decaf", None)
    return world.run(call, world.clock.now())


def test_an_access_key() -> None:
    assert account_of(ARABIC) == NO_ACCOUNT


def test_a_queue_url() -> None:
    assert read_queue_url(f"http://decaf/{ARABIC}/orders").account is None


def test_a_permission_on_a_queue(world: World) -> None:
    with pytest.raises(AWSError, match="Unable to verify"):
        run(world, "sqs", "AddPermission", QueueUrl="orders", Label="a", AWSAccountIds=[ARABIC], Actions=["*"])


def test_a_permission_on_a_topic(world: World) -> None:
    with pytest.raises(AWSError, match="PrincipalNotFound"):
        run(world, "sns", "AddPermission", TopicArn=TOPIC, Label="a", AWSAccountId=[ARABIC], ActionName=["Publish"])


def test_a_delivery_stream(world: World) -> None:
    stream = f"arn:aws:firehose:us-east-1:{ARABIC}:deliverystream/menu"
    with pytest.raises(AWSError, match="Firehose endpoint ARN"):
        subscribe(world, stream, ROLE)


def test_a_role(world: World) -> None:
    stream = f"arn:aws:firehose:us-east-1:{NO_ACCOUNT}:deliverystream/menu"
    with pytest.raises(AWSError, match="is not the ARN of a role"):
        subscribe(world, stream, ROLE.replace("123456789012", ARABIC))


def subscribe(world: World, stream: str, role: str) -> None:
    attributes = {"SubscriptionRoleArn": role}
    run(world, "sns", "Subscribe", TopicArn=TOPIC, Protocol="firehose", Endpoint=stream, Attributes=attributes)


def test_a_function() -> None:
    assert not is_function_arn(f"arn:aws:lambda:us-east-1:{ARABIC}:function:brew")


def test_a_declared_queue() -> None:
    with pytest.raises(BadDeclaration, match="is not an account"):
        read_toml(f'[[queues]]\nname = "orders"\naccount = "{ARABIC}"', "test", Place(NO_ACCOUNT, "us-east-1"))


def test_the_account_of_declared_resources() -> None:
    with pytest.raises(BadDeclaration, match="is not an account"):
        declared_at_start(Settings(init_account=ARABIC))


@pytest.mark.parametrize(
    ("request_type", "members"),
    [
        (SaveSnapshot, {"name": "a", "account": ARABIC}),
        (RestoreSnapshot, {"name": "a", "into": ARABIC}),
        (Declare, {"text": "", "format": "toml", "account": ARABIC}),
        (Declare, {"text": "", "format": "toml", "account": f"{NO_ACCOUNT}\n"}),
    ],
)
def test_a_request_of_the_control_api(request_type: type, members: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"account|into"):
        msgspec.convert(members, request_type)
