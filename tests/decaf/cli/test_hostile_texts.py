"""Messages that try to take over the terminal or the log: what is not to be printed is shown as an escape."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from pathlib import Path

import pytest

import decaf.cli
from decaf.base.printable import printable, printable_json, printable_lines
from decaf.cli.log import TextFormatter
from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

# C0 and C1 (an escape sequence in both forms), DELETE, bidirectional controls, separators of lines
HOSTILE = "safe\x1b]0;title\x07\x08\x7f \x9b31m \u202eexe\u2066\u2069\u200f\u061c\u2028end"
NOT_TO_BE_PRINTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def hostile(decaf: Decaf) -> str:
    """A server that has such texts wherever clients can put one. Returns the id of a notification."""
    sns, sqs = decaf.client("sns"), decaf.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sqs.create_queue(QueueName="orders")
    arn = "arn:aws:sqs:us-east-1:000000000000:orders"
    policy = json.dumps({"kind": [HOSTILE]}, ensure_ascii=False).replace("\x7f", "\\u007f")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn.replace("orders", "\x9bm\u202e"))
    kind = {"kind": {"DataType": "String", "StringValue": "cold\u202e"}}
    sns.publish(PhoneNumber="+15555550141", Message=HOSTILE)
    published: str = sns.publish(TopicArn=topic, Message=HOSTILE, MessageAttributes=kind)["MessageId"]
    return published


COMMANDS = (
    ("queues",),
    ("topics", "--subscriptions"),
    ("subscriptions",),
    ("inbox",),
    ("events",),
    ("tail", "--since", "0", "--count", "3"),
    ("wait", "NotificationPublished", "--since", "0"),
    ("never", "NotificationPublished", "--since", "0"),
    ("export",),
    ("peek", "\x1b[31m\u202e"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.usefixtures("hostile")
def test_no_command_prints_what_is_not_to_be_printed(run: Command, words: tuple[str, ...], form: tuple[str]) -> None:
    assert NOT_TO_BE_PRINTED.findall(run(*words, *form).output) == []


def test_explain_shows_escapes(run: Command, hostile: str) -> None:
    assert NOT_TO_BE_PRINTED.findall(run("explain", hostile).output) == []


def test_a_table_shows_the_escape(run: Command, hostile: str) -> None:
    assert "\\x1b]0;title\\x07" in run("inbox").stdout


def test_json_means_the_same() -> None:
    document = json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False, indent=1)
    assert json.loads(printable_json(document)) == {HOSTILE: HOSTILE}


def test_other_texts_are_as_they_were() -> None:
    text = "Ünïcode, 日本語, 👍🏽 and עברית"
    assert printable(text) == printable_lines(text) == printable_json(text) == text


def test_a_message_cannot_forge_a_line_of_the_log() -> None:
    written = io.StringIO()
    log = logging.getLogger("decaf.test_hostile")
    handler = logging.StreamHandler(written)
    handler.setFormatter(TextFormatter())
    log.addHandler(handler)
    log.propagate = False
    log.warning("a delivery to %s", f"{HOSTILE}\n2026-01-01 INFO all is well")
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        log.exception("it failed")
    log.removeHandler(handler)
    first, second, *traceback = written.getvalue().splitlines()
    assert "\\x1b]0;title" in first
    assert first.endswith("\\x0a2026-01-01 INFO all is well")
    assert second.endswith("it failed")
    assert NOT_TO_BE_PRINTED.findall("".join(traceback)) == []


def test_commands_print_by_one_module() -> None:
    """Texts from a server; what `decaf serve`, `env` and `version` print is their own."""
    assert decaf.cli.__file__ is not None
    printing = {
        path.name
        for path in Path(decaf.cli.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if getattr(node, "attr", "") == "echo" or getattr(node, "id", "") == "print"
    }
    assert printing == {"output.py", "serve.py", "options.py"}
