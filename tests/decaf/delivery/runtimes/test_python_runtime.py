"""The process that runs a Python handler: the context, results, errors as Lambda has them, and what it logs."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

from decaf.delivery.runtimes import python_runtime
from decaf.delivery.runtimes.python_runtime import Context, Runtime

CODE = """
import logging, os
from decimal import Decimal

COUNT = 0

def tell(event, context):
    print("the handler's own output")
    return [event, context.function_name, context.aws_request_id, __file__]

def count(event, context):
    global COUNT
    COUNT += 1
    return COUNT

def fail(event, context):
    raise ValueError("out of milk")

def odd(event, context):
    return {"cup": open}

def priced(event, context):
    return {"price": Decimal("2.5"), "drink": "Café ☕"}

def trace(event, context):
    return os.environ.get("_X_AMZN_TRACE_ID")

def log(event, context):
    logging.getLogger("shop").warning("out of %s", "milk")
"""
ASKED: dict[str, Any] = {"request_id": "id", "arn": "arn:aws:lambda:us-east-1:1:function:brew:live", "seconds": 3.0}
VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "brew",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/brew",
    "AWS_LAMBDA_LOG_STREAM_NAME": "[$LATEST]",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has the module `barista`."""
    (tmp_path / "barista.py").write_text(CODE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    for module in ("barista", "till", "broken"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return tmp_path


def _invoke(folder: Path, handler: str, event: Any = None, **asked: Any) -> tuple[bool, Any]:
    runtime = Runtime(handler, str(folder))
    failed, result = runtime.invoke(ASKED | asked, json.dumps(event).encode())
    return failed, json.loads(result)


@pytest.mark.parametrize("handler", ["barista.tell", "barista:tell"])
def test_a_handler_gets_the_event_and_a_context(folder: Path, handler: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = [{"Records": []}, "brew", "id", str(folder / "barista.py")]
    assert _invoke(folder, handler, {"Records": []}) == (False, told)
    assert capsys.readouterr().out == "the handler's own output\n"


def test_the_context_has_lambdas_facts() -> None:
    context = Context(ASKED | {"client_context": '{"client": {"app_title": "till"}, "custom": {"a": 1}}'}, VARIABLES)
    assert (context.function_name, context.function_version, context.memory_limit_in_mb) == ("brew", "$LATEST", "256")
    assert (context.aws_request_id, context.invoked_function_arn) == ("id", ASKED["arn"])
    assert (context.log_group_name, context.log_stream_name) == ("/aws/lambda/brew", "[$LATEST]")
    assert (context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id) == (None, None)
    assert (context.client_context.client.app_title, context.client_context.custom) == ("till", {"a": 1})
    assert Context(ASKED, {}).client_context is None


def test_the_context_is_printed_as_lambdas() -> None:
    shown = repr(Context(ASKED, VARIABLES))
    assert shown.startswith(f"LambdaContext([aws_request_id=id,invoked_function_arn={ASKED['arn']},function_name=brew,")
    assert "identity=CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])" in shown
    assert "_deadline" not in shown


def test_the_frames_of_an_error_have_no_marks_below_their_lines(folder: Path) -> None:
    (folder / "till.py").write_text("def open(event, context):\n    return len(event['drawer'] + 1)\n")
    frame = f"  File \"{folder / 'till.py'}\", line 2, in open\n    return len(event['drawer'] + 1)\n"
    assert _invoke(folder, "till.open", {"drawer": "a"})[1]["stackTrace"] == [frame]


@pytest.mark.parametrize("client", ["null", "5", "[]", '"till"'])
def test_a_client_context_need_not_have_a_client(client: str) -> None:
    context = Context(ASKED | {"client_context": f'{{"client": {client}, "custom": {{"a": 1}}}}'}, VARIABLES)
    assert (context.client_context.client.app_title, context.client_context.custom) == (None, {"a": 1})


def test_the_context_counts_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 100.0)
    context = Context(ASKED, {})
    monkeypatch.setattr(time, "time", lambda: 101.5)
    assert context.get_remaining_time_in_millis() == 1_500
    monkeypatch.setattr(time, "time", lambda: 200.0)
    assert context.get_remaining_time_in_millis() == 0


def test_a_global_of_the_module_is_kept_between_invocations(folder: Path) -> None:
    runtime = Runtime("barista.count", str(folder))
    assert [runtime.invoke(ASKED, b"{}")[1] for _ in range(3)] == [b"1", b"2", b"3"]


def test_a_handler_that_fails_is_reported_as_lambda_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = f'  File "{folder / "barista.py"}", line 17, in fail\n    raise ValueError("out of milk")\n'
    error = {"errorMessage": "out of milk", "errorType": "ValueError", "requestId": "id", "stackTrace": [frame]}
    assert _invoke(folder, "barista.fail") == (True, error)
    logged = f"[ERROR] ValueError: out of milk\nTraceback (most recent call last):\n{frame}"
    assert capsys.readouterr().out == logged


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("barista.serve", "Runtime.HandlerNotFound", "Handler 'serve' missing on module 'barista'"),
        ("waiter.serve", "Runtime.ImportModuleError", "Unable to import module 'waiter': No module named 'waiter'"),
        (
            "src/waiter.serve",
            "Runtime.ImportModuleError",
            "Unable to import module 'src.waiter': No module named 'src'",
        ),
        (
            "barista.odd",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type builtin_function_or_method",
        ),
    ],
)
def test_a_handler_that_cannot_run_is_reported_by_lambdas_types(
    folder: Path, handler: str, kind: str, message: str
) -> None:
    failed, error = _invoke(folder, handler)
    assert (failed, error["errorType"], error["stackTrace"]) == (True, kind, [])
    assert error["errorMessage"].startswith(message)


def test_a_module_that_fails_is_reported_too(folder: Path) -> None:
    (folder / "broken.py").write_text("def serve(:")
    (folder / "till.py").write_text("raise KeyError('price')")
    assert _invoke(folder, "broken.serve")[1]["errorType"] == "Runtime.UserCodeSyntaxError"
    assert _invoke(folder, "till.serve")[1]["errorType"] == "KeyError"


def test_an_event_that_is_no_json_is_reported(folder: Path) -> None:
    failed, error = Runtime("barista.tell", str(folder)).invoke(ASKED, b"{")
    assert (failed, json.loads(error)["errorType"]) == (True, "Runtime.UnmarshalError")


def test_a_decimal_comes_out_as_a_number(folder: Path) -> None:
    assert _invoke(folder, "barista.priced") == (False, {"price": 2.5, "drink": "Café ☕"})


def test_the_trace_header_is_where_lambdas_runtime_has_it(folder: Path) -> None:
    runtime = Runtime("barista.trace", str(folder))
    assert runtime.invoke(ASKED | {"trace_header": "Root=1"}, b"{}") == (False, b'"Root=1"')
    assert runtime.invoke(ASKED, b"{}") == (False, b"null")


def test_log_records_have_level_time_and_request_id(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _invoke(folder, "barista.log")
    level, at, request_id, text = capsys.readouterr().out.split("\t")
    assert (level, request_id, text) == ("[WARNING]", "id", "out of milk\n")
    assert len(at) == len("2026-01-01T00:00:00.000Z")


def test_the_files_of_the_code_are_told_once(folder: Path) -> None:
    runtime = Runtime("barista.tell", str(folder))
    file = folder / "barista.py"
    assert runtime.new_files() == {str(file): file.stat().st_mtime}
    assert runtime.new_files() == {}


class _Odd:
    """Stands for a module, and fails whenever it is asked for something."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_modules_of_any_kind_are_looked_at_safely(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime("barista.tell", str(folder))
    runtime.new_files()
    monkeypatch.setitem(sys.modules, "odd", cast("Any", _Odd()))
    monkeypatch.setitem(sys.modules, "none", cast("Any", None))
    for number, file in enumerate(
        (7, folder / "menu.py", str(folder / "null\0"), str(folder / "gone.py"), str(folder / "barista.py" / "a.py"))
    ):
        module = ModuleType(f"till{number}")
        module.__file__ = cast("Any", file)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    assert runtime.new_files() == {}


_STARTS = """
import sys
from subprocess import PIPE, Popen
process = Popen([sys.executable, sys.argv[1], "spinning.spin"], stdin=PIPE, stdout=PIPE)
process.stdin.write(sys.argv[2].encode() + b"\\n{}")
process.stdin.flush()
process.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_ends_with_the_server_even_in_a_loop_without_end(folder: Path) -> None:
    (folder / "spinning.py").write_text(
        "import os\ndef spin(event, context):\n    os.write(2, b'x')\n    while True: pass"
    )
    asked = json.dumps(ASKED | {"size": 2})
    server = subprocess.Popen(
        [sys.executable, "-c", _STARTS, python_runtime.__file__, asked], cwd=folder, stderr=subprocess.PIPE
    )
    with server:
        assert server.stderr is not None
        assert server.stderr.read(1) == b"x"
        server.kill()
        assert server.communicate(timeout=30)[1] == b""  # it was open in the handler's process, too


def test_invocations_come_in_one_after_the_other_until_there_are_no_more(folder: Path) -> None:
    events = [b"{}", b'{"a": 1}']
    lines = (json.dumps(ASKED | {"size": len(event)}).encode() + b"\n" + event for event in events)
    responses = io.BytesIO()
    python_runtime.serve(Runtime("barista.count", str(folder)), io.BytesIO(b"".join(lines)), responses)
    responses.seek(0)
    results = []
    while line := responses.readline():
        answer = json.loads(line)
        assert (answer["failed"], answer["usable"]) == (False, True)
        assert answer["memory"] > 0
        results.append(responses.read(answer["size"]))
    assert results == [b"", b"1", b"2"]
