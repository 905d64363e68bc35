"""A server in the test process, or one attached to: clients, variables, its own calls."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import boto3
import pytest

from decaf.base.settings import Settings
from decaf.testing import Control, Decaf, NoServer
from decaf.testing.decaf import new_account
from decaf.testing.environment import environment


@pytest.fixture
def decaf() -> Iterator[Decaf]:
    with Decaf() as started:
        yield started


def test_its_clients_act_as_the_account_and_in_the_region_they_were_made_for(decaf: Decaf) -> None:
    sqs = decaf.client("sqs", "111122223333", "eu-west-1")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn == "arn:aws:sqs:eu-west-1:111122223333:orders"
    assert "QueueUrls" not in decaf.client("sqs", "111122223333").list_queues()


def test_its_variables_lead_any_client_there(decaf: Decaf, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in decaf.environment("111122223333").items():
        monkeypatch.setenv(name, value)
    sns = boto3.session.Session().client("sns")
    assert sns.create_topic(Name="drinks")["TopicArn"] == "arn:aws:sns:us-east-1:111122223333:drinks"


def test_two_servers_have_nothing_in_common(decaf: Decaf) -> None:
    decaf.client("sqs").create_queue(QueueName="orders")
    with Decaf() as other:
        assert "QueueUrls" not in other.client("sqs").list_queues()


def test_an_attached_one_is_the_same_server_and_goes_on_when_left(decaf: Decaf) -> None:
    with Decaf.attach(decaf.url + "/") as attached:
        attached.client("sqs").create_queue(QueueName="orders")
    assert len(decaf.client("sqs").list_queues()["QueueUrls"]) == 1


def test_an_attached_one_has_no_world(decaf: Decaf) -> None:
    with pytest.raises(RuntimeError, match="in another process"):
        _ = Decaf.attach(decaf.url).world


def test_settings_are_those_of_the_server() -> None:
    with Decaf(Settings(port=0, max_delay=7)) as decaf:
        sqs = decaf.client("sqs")
        with pytest.raises(sqs.exceptions.ClientError, match="DelaySeconds"):
            sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "8"})


def test_a_taken_port_is_an_os_error_and_leaves_no_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Decaf(Settings(port=taken.getsockname()[1]))


def test_stopping_twice_is_stopping() -> None:
    decaf = Decaf()
    decaf.stop()
    decaf.stop()
    with pytest.raises(NoServer):
        decaf.control.health()


def test_accounts_are_of_12_digits_and_all_different() -> None:
    accounts = {new_account() for _ in range(100)}
    assert len(accounts) == 100
    assert all(account.isdigit() and len(account) == 12 for account in accounts)


def test_the_package_imports_nothing_until_a_name_is_used() -> None:
    ask = "import sys, decaf.testing; print([m for m in ('aiohttp', 'boto3', 'msgspec') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_calls_to_a_server_elsewhere_bring_nothing_of_a_server() -> None:
    ask = (
        "import sys; from decaf.testing import Control, Decaf; Decaf.attach('http://127.0.0.1:1'); "
        "print([m for m in ('aiohttp', 'decaf.delivery.courier', 'decaf.world') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_variables_of_a_server_name_all_that_an_sdk_asks() -> None:
    assert set(environment("http://127.0.0.1:1")) == {
        "AWS_ENDPOINT_URL",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
    }


def test_it_is_controlled_from_outside(decaf: Decaf) -> None:
    assert Control(decaf.url).health() == decaf.control.health()
