"""The process that runs a handler: the event in, the result out, and the handler's own output elsewhere."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from decaf.delivery.transports import lambda_process

CODE = """
import os

def tell(event, context):
    os.write(1, b"the handler's own output")
    return [event, context.function_name, context.aws_request_id, context.memory_limit_in_mb, __file__]

def fail(event, context):
    raise ValueError("out of milk")

def odd(event, context):
    return {"cup": open, "drink": "Café ☕"}
"""


class Process:
    """What the process does with a handler, done in this one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capfd = capfd

    def run(self, handler: str, event: Any) -> tuple[int, Any, str]:
        """Returns the exit code, the result, and what went to standard error."""
        self._monkeypatch.setattr(sys, "argv", ["lambda_process.py", handler])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(event)))
        kept = os.dup(1)
        try:
            code = lambda_process.main()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        out, err = self._capfd.readouterr()
        return code, json.loads(out), err


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Process:
    """Starts in a folder with the module `barista`."""
    (tmp_path / "barista.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["where the program is", *sys.path])
    monkeypatch.delitem(sys.modules, "barista", raising=False)
    return Process(monkeypatch, capfd)


def test_a_handler_gets_the_event_and_a_context_and_its_result_comes_out_alone(
    tmp_path: Path, process: Process
) -> None:
    code, result, err = process.run("barista:tell", {"Records": []})
    assert (code, result) == (0, [{"Records": []}, "tell", "", 128, str(tmp_path / "barista.py")])
    assert err == "the handler's own output"
    assert sys.path[0] == str(tmp_path)


def test_a_handler_that_fails_is_reported_as_lambda_does(process: Process) -> None:
    assert process.run("barista:fail", {}) == (1, {"errorMessage": "out of milk", "errorType": "ValueError"}, "")


def test_a_handler_that_is_not_there_is_reported_so_too(process: Process) -> None:
    code, result, _ = process.run("barista:serve", {})
    assert (code, result["errorType"]) == (1, "AttributeError")
    code, result, _ = process.run("waiter:serve", {})
    assert (code, result) == (1, {"errorMessage": "No module named 'waiter'", "errorType": "ModuleNotFoundError"})


def test_what_json_does_not_have_comes_out_as_its_text(process: Process) -> None:
    code, result, _ = process.run("barista:odd", {})
    assert (code, result) == (0, {"cup": str(open), "drink": "Café ☕"})
