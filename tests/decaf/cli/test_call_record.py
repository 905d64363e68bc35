"""`decaf calls` and `decaf call`: what AWS clients called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command


@pytest.fixture
def refused(decaf: Decaf, orders: str) -> str:
    """The URL of a queue; after its creation a message was received from it, or would have been, and a call refused."""
    sqs = decaf.client("sqs")
    sqs.receive_message(QueueUrl=orders)
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="missing")
    sqs.close()
    return orders


def test_marks_of_several_shards_come_last(run: Command, refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("decaf.cli.call_record._LONGEST", 2)
    head, *rows = run("calls").stdout.splitlines()
    assert (head.split()[0], head.split()[-1]) == ("TIME", "MARK")
    assert [row.split()[-1] for row in rows] == ["1", "2", "3"]


def test_calls_are_a_table(run: Command, refused: str) -> None:
    head, *rows = run("calls").stdout.splitlines()
    assert head.split()[:4] == ["MARK", "TIME", "(UTC)", "CALLER"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert "ReceiveMessage  orders" in rows[1]
    assert "QueueDoesNotExist" in rows[2]
    assert "boto3" in rows[2]


def test_calls_are_selected(run_json: Callable[..., Any], refused: str) -> None:
    def found(*words: str) -> list[int]:
        return [call["mark"] for call in run_json("calls", *words)["calls"]]

    assert found("--errors") == [3]
    assert found("--operation", "ReceiveMessage") == [2]
    assert found("--queue", "orders") == [1, 2]
    assert found("--service", "sns") == []
    assert found("--since", "1", "--limit", "1") == [2]
    assert found("--caller", "boto3") == [1, 2, 3]


def test_one_call_is_shown_in_full(run: Command, refused: str) -> None:
    shown = run("call", "2").stdout
    assert f'"QueueUrl": "{refused}"' in shown
    assert "sqs.receive_message(" in shown
    assert "aws sqs receive-message" in shown
    assert "The specified queue does not exist" in run("call", "3").stdout
    missing = run("call", "4")
    assert missing.exit_code == 1
    assert "there is no call 4" in missing.output


def test_one_call_as_json_has_its_details(run_json: Callable[..., Any], refused: str) -> None:
    assert run_json("call", "2")["details"]["response"] == {}


def test_calls_are_followed(decaf: Decaf, orders: str) -> None:
    words = [sys.executable, "-m", "decaf", "calls", "--follow", "--json", "--url", decaf.url]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["operation"] == "CreateQueue"
        sqs = decaf.client("sqs")
        sqs.receive_message(QueueUrl=orders)
        sqs.close()
        assert json.loads(following.stdout.readline())["operation"] == "ReceiveMessage"
        following.kill()


def test_what_clients_send_cannot_change_the_terminal(run: Command, decaf: Decaf, orders: str) -> None:
    sqs = decaf.client("sqs")
    sqs.send_message(QueueUrl=orders, MessageBody="red \u009b31m and \u202ereversed")
    sqs.close()
    shown = run("call", "2").stdout
    assert "\u009b" not in shown
    assert "\u202e" not in shown


def test_a_request_that_is_no_call_is_shown_by_its_method_and_path(run: Command, decaf: Decaf) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{decaf.url}/2015-03-31/cups/large?Signature=s3cr3t"), timeout=10)
    refused.value.close()
    assert "lambda GET /2015-03-31/cups/large" in run("calls", "--wide").stdout
    shown = run("call", "1").stdout
    assert "\nRequest\nGET /2015-03-31/cups/large\n" in shown
    assert "s3cr3t" not in shown
