"""Clients of aiobotocore, in .venv-aio, which has it: caught like all others, in whatever loop."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
PYTHON = ROOT / ".venv-aio" / "bin" / "python"

SUITE = """
import asyncio
import socket

import aiobotocore.endpoint
import aiobotocore.signers
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from decaf.testing import Decaf, Drop, Match, NotMocked, When, everywhere

ONCE = AioConfig(retries={"total_max_attempts": 1})


@pytest.fixture(autouse=True)
def no_aws(monkeypatch):
    connect = socket.socket.connect

    def guarded(self, address):
        assert self.family == socket.AF_UNIX or address[0] == "127.0.0.1", address
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def client(service="sqs", **more):
    return get_session().create_client(service, **{"region_name": "us-east-1", **more})


async def order(sqs, drink="latte"):
    url = (await sqs.create_queue(QueueName="orders"))["QueueUrl"]
    await sqs.send_message(QueueUrl=url, MessageBody=drink)
    return url


def test_metadata_is_that_of_http():
    async def ask(**more):
        async with client(config=ONCE, **more) as sqs:
            await order(sqs)
            answer = await sqs.list_queues()
            with pytest.raises(ClientError) as refused:
                await sqs.get_queue_url(QueueName="missing")
            return answer, refused.value.response

    with Decaf() as decaf:
        keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x", "endpoint_url": decaf.url}
        expected = asyncio.run(ask(**keys))
        with everywhere(decaf=decaf):
            found = asyncio.run(ask(**keys))
    for answer in (*expected, *found):
        del answer["ResponseMetadata"]["RequestId"]
        for name in ("date", "x-amzn-requestid"):
            assert answer["ResponseMetadata"]["HTTPHeaders"].pop(name)
    assert found == expected


@pytest.mark.asyncio
async def test_a_long_poll_is_woken_and_lets_the_loop_run():
    with everywhere():
        async with client() as sqs, client("sns") as sns:
            url = (await sqs.create_queue(QueueName="orders"))["QueueUrl"]
            waiting = asyncio.ensure_future(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
            topic = (await sns.create_topic(Name="drinks"))["TopicArn"]
            await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=await arn_of(sqs, url))
            await sns.publish(TopicArn=topic, Message="decaf")
            assert len((await waiting)["Messages"]) == 1


async def arn_of(sqs, url):
    found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"]


@pytest.mark.asyncio
async def test_a_poll_that_is_cancelled_or_times_out_takes_no_message():
    with everywhere() as decaf:
        config = AioConfig(read_timeout=0.05, retries={"total_max_attempts": 1})
        async with client() as sqs, client(config=config) as hasty:
            url = (await sqs.create_queue(QueueName="orders"))["QueueUrl"]
            with pytest.raises(ReadTimeoutError):
                await hasty.receive_message(QueueUrl=url, WaitTimeSeconds=20)
            waiting = asyncio.ensure_future(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
            while not decaf.call(lambda: any(queue.waiters for queue in decaf.world.queues())):
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await sqs.send_message(QueueUrl=url, MessageBody="latte")
            assert len((await sqs.receive_message(QueueUrl=url))["Messages"]) == 1


@pytest.mark.asyncio
async def test_a_dropped_connection_and_a_stopped_server():
    with everywhere() as decaf:
        async with client(config=ONCE) as sqs:
            decaf.control.set_fault(Drop(), Match(operation="ListQueues"), When(count=1))
            with pytest.raises(ConnectionClosedError):
                await sqs.list_queues()
            decaf.stop()
            with pytest.raises(EndpointConnectionError):
                await sqs.list_queues()


@pytest.mark.asyncio
async def test_other_services_fail_at_once():
    with everywhere():
        async with client("s3") as s3:
            with pytest.raises(NotMocked, match="not s3"):
                await s3.list_buckets()


@pytest.mark.asyncio
async def test_a_server_elsewhere_is_asked_over_http():
    with Decaf() as running, everywhere(decaf=Decaf.attach(running.url)):
        async with client() as sqs:
            assert (await order(sqs)).startswith(running.url)


@everywhere
async def test_decorated_and_presigned():
    async with client("sns") as sns:
        assert (await sns.generate_presigned_url("list_topics")).startswith("http://127.0.0.1:")


test_decorated_and_presigned = pytest.mark.asyncio(test_decorated_and_presigned)


def test_afterwards_it_is_as_before():
    before = aiobotocore.endpoint.AioEndpoint._send, aiobotocore.signers.AioRequestSigner.sign
    with everywhere():
        assert aiobotocore.endpoint.AioEndpoint._send is not before[0]
    assert (aiobotocore.endpoint.AioEndpoint._send, aiobotocore.signers.AioRequestSigner.sign) == before
"""


def test_clients_of_aiobotocore_are_caught(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PYTHON.exists(), "there is no .venv-aio: scripts/aio-venv makes it"
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(SUITE)
    plugins = ("-p", "decaf.testing.plugin", "-p", "pytest_asyncio.plugin")
    done = subprocess.run(
        [PYTHON, "-m", "pytest", "-W", "error", *plugins, "-o", "asyncio_default_fixture_loop_scope=function"],
        cwd=pytester.path,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert "8 passed" in done.stdout, done.stdout
