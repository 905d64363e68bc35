"""The log of a server: its lines in text and JSON, who sees them, and that nobody waits for it."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from decaf.base.settings import Settings
from decaf.cli.log import MOST_WAITING, Log
from decaf.observe.call_log import LoggedCall
from decaf.testing import Decaf

QUEUE = "http://127.0.0.1:4566/111122223333/orders"
TOPIC = "arn:aws:sns:us-east-1:111122223333:news"

Written = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    """The levels of loggers as they were, after a test that starts a log."""
    loggers = [logging.getLogger(), logging.getLogger("decaf.http")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def written(*lines: LoggedCall | str, **settings: str) -> list[str]:
    """The log of calls, and of records at level warning."""
    stream = io.StringIO()
    log = Log(Settings(log_level="info", **settings), stream)  # type: ignore[arg-type]
    for line in lines:
        if isinstance(line, str):
            logging.getLogger("decaf").warning(line)
        else:
            log._lines.put(line)
    log.close()
    return stream.getvalue().splitlines()


def call(**facts: object) -> LoggedCall:
    known: dict[str, object] = {
        "at": 1_767_225_600.123,
        "service": "sqs",
        "operation": "SendMessage",
        "resource": QUEUE,
        "account": "111122223333",
        "status": 200,
        "error": None,
        "seconds": 0.000_081,
        "request": None,
        "response": None,
    }
    return LoggedCall(**{**known, **facts})  # type: ignore[arg-type]


def test_a_line_has_time_service_operation_resource_status_duration_and_account() -> None:
    (line,) = written(call())
    moment = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,123"
    assert re.fullmatch(rf"{moment} INFO sqs SendMessage orders 200 0\.08 ms 111122223333", line)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"resource": TOPIC}, "sqs SendMessage news 200 0.08 ms 111122223333"),
        ({"resource": "orders"}, "sqs SendMessage orders 200 0.08 ms 111122223333"),
        ({"resource": ""}, "sqs SendMessage - 200 0.08 ms 111122223333"),
        ({"status": 400, "error": "OverLimit"}, "sqs SendMessage orders 400 OverLimit 0.08 ms 111122223333"),
        ({"status": None, "error": "dropped"}, "sqs SendMessage orders no response dropped 0.08 ms 111122223333"),
        (
            {"operation": "", "resource": "", "account": None, "status": 403, "error": "Denied", "seconds": None},
            "sqs - - 403 Denied - -",
        ),
    ],
)
def test_a_line_of_other_calls(facts: dict[str, object], line: str) -> None:
    assert written(call(**facts))[0].partition(" INFO ")[2] == line


def test_bodies_are_lines_below() -> None:
    lines = written(call(request='{"MessageBody":"a\\u001bb"}', response="{}"))
    assert lines[1:] == ['    {"MessageBody":"a\\u001bb"}', "    {}"]


def test_what_is_not_to_be_printed_is_escaped() -> None:
    assert "\\x1b[2J\\u202e" in written(call(resource="\x1b[2J\u202e"))[0]


def test_json_has_a_line_for_each_call_with_facts_by_name() -> None:
    lines = written(
        call(), call(status=403, error="Denied", operation="", account=None, resource=""), log_format="json"
    )
    first, second = map(json.loads, lines)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.123[+-]\d\d:\d\d", first.pop("time"))
    assert first == {
        "level": "info",
        "service": "sqs",
        "operation": "SendMessage",
        "resource": "orders",
        "account": "111122223333",
        "status": 200,
        "ms": 0.081,
    }
    assert second.keys() == {"time", "level", "service", "status", "error", "ms"}


def test_other_records_are_in_the_same_log_and_form() -> None:
    assert written("all is well")[0].endswith("WARNING all is well")
    record = json.loads(written("all is well", log_format="json")[0])
    assert (record["level"], record["message"]) == ("warning", "all is well")


def test_a_traceback_is_part_of_its_record() -> None:
    stream = io.StringIO()
    log = Log(Settings(log_format="json"), stream)
    try:
        raise ValueError("no latte")
    except ValueError:
        logging.getLogger("decaf").exception("it failed")
    log.close()
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: no latte" in json.loads(line)["traceback"]


def test_nobody_waits_for_a_log_that_is_not_read_and_what_is_left_out_is_counted() -> None:
    reading, writing = os.pipe()
    log = Log(Settings(log_level="info"), os.fdopen(writing, "w"))
    count = 3 * MOST_WAITING
    for _ in range(count):
        log._lines.put(call())
    with ThreadPoolExecutor() as pool, os.fdopen(reading) as pipe:
        lines = pool.submit(pipe.readlines)
        while log._lines._thread.is_alive():
            log.close()
        log._stream.close()
        seen = lines.result()
    calls = sum(" INFO sqs " in line for line in seen)
    left_out = sum(int(line.split()[0]) for line in seen if "left out" in line)
    assert left_out > 0
    assert calls + left_out == count


def test_a_log_whose_reader_has_gone_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb", buffering=0) as stream:
        log = Log(Settings(log_level="info"), io.TextIOWrapper(stream, write_through=True))
        log._lines.put(call())
        log.close()
        assert not log._lines._thread.is_alive()


def serve(*flags: str, terminal: bool) -> str:
    """The log of a server that has answered one call, on a terminal or a pipe."""
    reading, writing = pty.openpty() if terminal else os.pipe()
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writing, text=True) as server:
        os.close(writing)
        assert server.stdout is not None
        url = server.stdout.readline().rpartition(" ")[2].strip()
        Decaf.attach(url).client("sqs").create_queue(QueueName="orders")
        server.terminate()
    shown = b""
    try:
        while some := os.read(reading, 65_536):
            shown += some
    except OSError:  # the terminal has gone
        pass
    os.close(reading)
    return shown.decode()


def test_on_a_terminal_each_call_is_shown() -> None:
    assert "INFO sqs CreateQueue orders 200" in serve(terminal=True)


def test_elsewhere_calls_are_not_logged_unless_they_are_asked_for() -> None:
    assert serve(terminal=False) == ""
    assert "INFO sqs CreateQueue orders 200" in serve("--log-level", "info", terminal=False)


def test_a_level_above_info_has_no_calls() -> None:
    assert serve("--log-level", "warning", terminal=True) == ""


def test_the_level_debug_has_bodies() -> None:
    assert '{"QueueName":"orders"}' in serve("--log-level", "debug", terminal=False)
