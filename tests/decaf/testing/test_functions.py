"""Callables of the test process as functions."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest

from decaf.functions.function import BadFunction
from decaf.testing import Decaf, DecafTestCase
from decaf.testing.environment import ACCOUNT
from decaf.testing.functions import FunctionFactory
from tests.live import Live


@pytest.fixture
def decaf(live: Live) -> Live:
    return live


@pytest.fixture
def decaf_account(account: str) -> str:
    return account


@pytest.fixture
def decaf_function(live: Live, account: str) -> Iterator[FunctionFactory]:
    factory = FunctionFactory(live, account)
    yield factory
    factory.close()


def _message(event: dict[str, Any]) -> str:
    text: str = event["Records"][0]["Sns"]["Message"]
    return text


def test_a_handler_is_called_with_the_event_of_a_topic(
    decaf: Decaf, decaf_account: str, sns: Any, decaf_function: FunctionFactory
) -> None:
    brewed = []

    def brew(event: Any, context: Any) -> None:
        brewed.append((_message(event), context.function_name, threading.current_thread() is threading.main_thread()))

    topic = sns.create_topic(Name="orders")["TopicArn"]
    arn = decaf_function(brew, "brew", topics=[topic])
    assert arn == f"arn:aws:lambda:us-east-1:{decaf_account}:function:brew"
    sns.publish(TopicArn=topic, Message="latte")
    decaf.control.advance(0)
    assert brewed == [("latte", "brew", False)]


def test_a_handler_may_call_the_server_and_wait(decaf: Decaf, sqs: Any, decaf_function: FunctionFactory) -> None:
    url = sqs.create_queue(QueueName="served")["QueueUrl"]

    def serve(event: Any, context: Any) -> str:
        sqs.send_message(QueueUrl=url, MessageBody=event)
        return str(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])

    arn = decaf_function(serve)
    assert decaf.control.invoke_function(arn, "latte").result == "latte"


async def brew_later(event: Any, context: Any) -> str:
    return f"one {event}"


def test_a_handler_may_be_a_coroutine_function(decaf: Decaf, decaf_function: FunctionFactory) -> None:
    assert decaf.control.invoke_function(decaf_function(brew_later), "latte").result == "one latte"


def test_what_a_handler_raises_is_the_functions_error(
    decaf: Decaf, sqs: Any, decaf_account: str, decaf_function: FunctionFactory
) -> None:
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    tries = []

    def fail(event: Any, context: Any) -> None:
        tries.append(event)
        raise ValueError("out of milk")

    dead = f"arn:aws:sqs:us-east-1:{decaf_account}:dead"
    arn = decaf_function(fail, dead_letter_queue=dead, maximum_retry_attempts=1)
    decaf.control.invoke_function(arn, "latte", asynchronous=True)
    decaf.control.advance(61)
    (letter,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (tries, letter["Body"]) == (["latte", "latte"], '"latte"')
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "out of milk"


def test_an_error_with_half_a_surrogate_pair_is_seen(decaf: Decaf, decaf_function: FunctionFactory) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ValueError("bad \ud800")

    since = decaf.control.mark()
    assert decaf.control.invoke_function(decaf_function(fail)).reason == "ValueError: bad \ufffd"
    (failed,) = decaf.control.events("FunctionFailed", since=since)
    assert failed.reason == "ValueError: bad \ufffd"


def test_a_handler_that_takes_too_long_has_timed_out(decaf: Decaf, decaf_function: FunctionFactory) -> None:
    over = threading.Event()
    arn = decaf_function(lambda event, context: over.wait(), timeout=0.01)
    invoked = decaf.control.invoke_function(arn)
    over.set()
    assert (invoked.timed_out, invoked.reason) == (True, "Task timed out after 0.01 seconds")


def test_its_environment_ends_with_it(decaf: Decaf, decaf_account: str) -> None:
    factory = FunctionFactory(decaf, decaf_account)
    arn = factory(lambda event, context: os.environ.get("CUP"), environment={"CUP": "large"})
    assert decaf.control.invoke_function(arn).result == "large"
    factory.close()
    assert "CUP" not in os.environ
    assert arn not in [function.name for function in decaf.control.functions()]


def test_what_lambda_would_refuse_is_refused(decaf_function: FunctionFactory) -> None:
    with pytest.raises(BadFunction, match="at most 900 seconds"):
        decaf_function(lambda event, context: None, timeout=901)


def test_a_server_in_another_process_cannot_call_it() -> None:
    with pytest.raises(RuntimeError, match="only be invoked by a server here"):
        FunctionFactory(Decaf.attach("http://127.0.0.1:9"), "000000000000")


class TestInAUnittestCase(DecafTestCase):
    """With clients of any session, which are answered without a socket."""

    def test_a_function_may_call_aws_by_clients_of_its_own(self) -> None:
        def serve(event: Any, context: Any) -> None:
            client = boto3.client("sqs")
            client.send_message(QueueUrl=url, MessageBody=_message(event))

        url = self.sqs.create_queue(QueueName="served")["QueueUrl"]
        topic = self.sns.create_topic(Name="orders")["TopicArn"]
        self.function(serve, topics=[topic], timeout=20)
        self.sns.publish(TopicArn=topic, Message="latte")
        self.decaf.control.advance(0)
        assert self.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "latte"


def test_the_messages_of_a_queue_invoke_a_function() -> None:
    bodies: list[list[str]] = []

    def brew(event: Any, context: Any) -> Any:
        bodies.append([record["body"] for record in event["Records"]])
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][-1]["messageId"]}]}

    with Decaf() as own, closing(own.client("sqs")) as sqs:
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        factory = FunctionFactory(own, ACCOUNT)
        factory(brew, queue=url, mapping={"batch_size": 2, "reports_failures": True})
        entries = [{"Id": body, "MessageBody": body} for body in ("latte", "tea")]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
        own.control.advance(30)
        assert bodies == [["latte", "tea"], ["tea"]]
        factory.close()
        assert own.control.mappings() == []
