"""The page on running the server: its commands run as they stand there, its lines are those of the log."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from click.testing import CliRunner

from decaf.base.settings import Settings
from decaf.cli import NAMES, main
from decaf.cli.log import Log
from decaf.observe.call_log import LoggedCall
from tests.docs.shell import blocks, pasted

PAGE = (Path(__file__).parent.parent.parent / "docs" / "running.md").read_text(encoding="utf-8")
BLOCKS = blocks(PAGE)


def test_the_commands_run_as_they_stand_there(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if "--port 0" in block)
    assert re.search(r"^http://127\.0\.0\.1:\d+/000000000000/orders$", pasted(block, tmp_path), re.MULTILINE)


def test_a_server_in_the_background_is_listed_and_stopped(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if "decaf status" in block)
    printed = pasted(block, tmp_path)
    assert re.search(r"^http://127\.0\.0\.1:\d+ +\d+ +ready +/", printed, re.MULTILINE)
    assert printed.endswith(" has stopped\n")


def test_its_commands_and_options_exist() -> None:
    assert set(re.findall(r"\bdecaf ([a-z][\w-]*)", PAGE)) <= NAMES
    shown = CliRunner().invoke(main, ["start", "--help"]).stdout
    of_others = {flag for flag in re.findall(r"--[a-z][\w-]*", PAGE) if flag not in shown}
    assert of_others == {"--wait", "--init-hooks", "--localstack-variables"}  # as the page says of the last two


def test_its_lines_are_those_of_the_log() -> None:
    (text,) = re.findall(r"^    (2\S+ \S+ INFO sqs SendMessage.*)$", PAGE, re.MULTILINE)
    (line,) = re.findall(r'^    (\{"time".*)$', PAGE, re.MULTILINE)
    call = LoggedCall(0.0, "sqs", "SendMessage", "orders", "000000000000", 200, None, 0.00049, None, None)
    logged = {}
    for form in ("text", "json"):
        stream = io.StringIO()
        log = Log(Settings(log_level="info", log_format=form), stream)
        assert log.calls is not None
        log._lines.put(call)
        log.close()
        logged[form] = stream.getvalue()
    assert logged["text"].split()[2:] == text.split()[2:]
    shown, written = json.loads(line), json.loads(logged["json"])
    assert list(shown) == list(written)
    assert shown | {"time": "", "ms": 0} == written | {"time": "", "ms": 0}
