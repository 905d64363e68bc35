"""Decaf answers as AWS was recorded to answer, and a run on AWS keeps to what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from . import __main__ as command
from .aws import Refused, check, clean_up, is_playable, prefixed
from .differences import differences
from .recording import read, recorded_scenarios
from .scenarios import all_scenarios
from .servers import Server

PREFIX = "decaf-parity-0a1b2c3d-"
SCENARIOS = all_scenarios()


@pytest.mark.parametrize("name", recorded_scenarios())
def test_decaf_answers_as_recorded(name: str, decaf: Server) -> None:
    recording = read(name)
    seen = decaf.play(SCENARIOS[name])
    found = differences({step: seen.get(step) for step in recording.steps}, recording.steps)
    assert not found, recording.source + "\n" + "\n".join(found)


def _session(*key: str) -> botocore.session.Session:
    session = botocore.session.Session()
    session.set_config_variable("credentials_file", "/nowhere")
    session.set_config_variable("metadata_service_num_attempts", 0)
    if key:
        session.set_credentials(*key)
    return session


@pytest.fixture(autouse=True)
def no_credentials_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")


def test_a_run_on_aws_needs_to_be_asked_for_with_credentials_and_never_by_ci() -> None:
    check(True, {}, _session("key", "secret"))
    for asked, environment, session, why in (
        (False, {}, _session("key", "secret"), "asked for"),
        (True, {"CI": "true"}, _session("key", "secret"), "CI is set"),
        (True, {}, _session(), "no AWS credentials"),
    ):
        with pytest.raises(Refused, match=why):
            check(asked, environment, session)


@pytest.mark.parametrize(("arguments", "why"), [([], "--aws"), (["--aws"], "no AWS credentials")])
def test_the_command_refuses_before_any_call(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    assert why in capsys.readouterr().err


def test_every_name_gets_the_prefix_and_only_queues_are_subscribed() -> None:
    for operation, params in (
        ("CreateQueue", {"QueueName": "orders.fifo"}),
        ("ListQueues", {}),
        ("CreateTopic", {"Name": "news"}),
    ):
        prefixed(operation, params, PREFIX)
        assert all(value.startswith(PREFIX) for value in params.values())
        assert params
    prefixed("Subscribe", {"Protocol": "sqs"}, PREFIX)
    for protocol in ("email", "sms", "http", "application"):
        with pytest.raises(Refused):
            prefixed("Subscribe", {"Protocol": protocol}, PREFIX)


def test_what_a_run_made_is_deleted_and_nothing_else(sqs: Any, sns: Any) -> None:
    for name in (f"{PREFIX}orders", "orders", f"x{PREFIX}"):
        sqs.create_queue(QueueName=name)
        sns.create_topic(Name=name)
    clean_up(sqs, sns, PREFIX)
    assert sorted(url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]) == ["orders", f"x{PREFIX}"]
    topics = sorted(topic["TopicArn"].rpartition(":")[2] for topic in sns.list_topics()["Topics"])
    assert topics == ["orders", f"x{PREFIX}"]


def _families() -> Iterator[str]:
    yield from sorted({name.partition(".")[0] for name in SCENARIOS})


def test_families_that_could_reach_somebody_are_not_played() -> None:
    left_out = {family for family in _families() if not is_playable(family)}
    assert {"sns_sms", "sns_platforms", "sns_subscriptions", "sns_topics", "sns_publish"} <= left_out
    assert is_playable("sqs_send.sending")
