"""The process of a Python function: `python python_runtime.py module.function`, which runs one invocation at a time.

Each invocation comes on standard input as a line of JSON and then the event; a line of JSON and then the result go to
standard output, and a first line once the handler is loaded. What the handler writes goes to standard error. The lines:

- in: `size` of the event in bytes, `request_id`, `arn`, `seconds` until the timeout, `trace_header`, `client_context`;
- out: `request_id`, empty in the first, `size` of the result in bytes, `failed`, `memory` used at most in bytes,
  `usable`: whether the handler could be loaded, and `files`: the modules loaded from the function's folder since the
  last time, with when they were changed.

Rule: it imports nothing of Decaf's, for it runs among the handler's own modules.

Source: AWS Lambda Developer Guide, "Using the Lambda context object to retrieve Python function information", "Log and
monitor Python Lambda functions" and "Python function errors"; the documents of errors as Lambda's runtime returns them.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, BinaryIO

_PR_SET_PDEATHSIG = 1  # of prctl
TRACE_VARIABLE = "_X_AMZN_TRACE_ID"


def _in_words(name: str, facts: Mapping[str, Any]) -> str:
    """Returns an object as Lambda's runtime prints it."""
    return f"{name}([{','.join(f'{each}={value}' for each, value in facts.items())}])"


class _Identity:
    """Who called by Amazon Cognito: nobody."""

    def __init__(self) -> None:
        self.cognito_identity_id = self.cognito_identity_pool_id = None

    def __repr__(self) -> str:
        return _in_words("CognitoIdentity", vars(self))


class Context:
    """What a handler gets as its second argument: the facts of an invocation, and those in Lambda's variables."""

    def __init__(self, asked: Mapping[str, Any], variables: Mapping[str, str]) -> None:
        self._deadline = time.time() + asked["seconds"]
        self.aws_request_id: str = asked["request_id"]
        self.invoked_function_arn: str = asked["arn"]
        self.function_name = variables.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = variables.get("AWS_LAMBDA_FUNCTION_VERSION", "")
        self.memory_limit_in_mb = variables.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.log_group_name = variables.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = variables.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.identity = _Identity()
        self.client_context = _client_context(asked.get("client_context"))

    def __repr__(self) -> str:
        return _in_words("LambdaContext", {name: value for name, value in vars(self).items() if name != "_deadline"})

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1_000))

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))


class Faulty(Exception):
    """The handler cannot be loaded, or its event or result is no JSON; `kind` is the type that Lambda has for it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _client_context(text: str | None) -> Any:
    found = None if text is None else json.loads(text)
    if not isinstance(found, dict):
        return None
    facts = found.get("client")
    client = SimpleNamespace(
        **{
            name: facts.get(name) if isinstance(facts, dict) else None
            for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
        }
    )
    return SimpleNamespace(client=client, custom=found.get("custom"), env=found.get("env"))


def error_document(error: BaseException, request_id: str) -> dict[str, Any]:
    """Returns what Lambda returns for an error of the handler: the frames of this file are left out."""
    if isinstance(error, Faulty):
        return {"errorMessage": str(error), "errorType": error.kind, "requestId": request_id, "stackTrace": []}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": [_frame(frame) for frame in frames],
    }


def _frame(frame: traceback.FrameSummary) -> str:
    """Returns a frame as Lambda does: Python's own form has marks below the line."""
    line = f"    {frame.line}\n" if frame.line else ""
    return f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n{line}'


def _report(document: dict[str, Any]) -> None:
    """Write an error to the log."""
    lines = [f"[ERROR] {document['errorType']}: {document['errorMessage']}"]
    if document["stackTrace"]:
        lines += ["Traceback (most recent call last):", "".join(document["stackTrace"]).rstrip()]
    print("\n".join(lines))  # noqa: T201  its output is the log


def load(handler: str) -> Any:
    """Returns the function that `handler` names. Raises Faulty, and what the module itself raises."""
    module_name, _, name = handler.replace(":", ".").rpartition(".")
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Faulty("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise Faulty("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    try:
        return getattr(module, name)
    except AttributeError:
        raise Faulty("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'") from None


def _read(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError as error:
        raise Faulty("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def to_json(result: Any) -> bytes:
    try:
        return json.dumps(result, default=_number, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError) as error:
        raise Faulty("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _number(value: Any) -> Any:
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class _LogHandler(logging.Handler):
    """Writes log records as Lambda's runtime does."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stdout.write(self.format(record))

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = super().format(record)
        return f"[{record.levelname}]\t{at}.{int(record.msecs):03d}Z\t{self.request_id}\t{text}\n"


class Runtime:
    """The handler, loaded at once, or the error that loading it raised."""

    def __init__(self, handler: str, folder: str) -> None:
        self._folder = os.path.join(folder, "")
        self._known: set[str] = set()
        self._log = _LogHandler()
        logging.getLogger().addHandler(self._log)
        self._error: BaseException | None = None
        try:
            self._handler = load(handler)
        except Exception as error:
            self._error = error

    @property
    def is_usable(self) -> bool:
        return self._error is None

    def invoke(self, asked: dict[str, Any], payload: bytes) -> tuple[bool, bytes]:
        """Returns whether the handler failed, and its result or the error as JSON."""
        self._log.request_id = asked["request_id"]
        if asked.get("trace_header"):
            os.environ[TRACE_VARIABLE] = asked["trace_header"]
        else:
            os.environ.pop(TRACE_VARIABLE, None)
        try:
            if self._error is not None:
                raise self._error
            return False, to_json(self._handler(_read(payload), Context(asked, os.environ)))
        except Exception as error:
            document = error_document(error, asked["request_id"])
            _report(document)
            return True, json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")

    def new_files(self) -> dict[str, float]:
        """Returns the files of the function's folder from which modules were loaded since the last time."""
        found: dict[str, float] = {}
        for name in sys.modules.keys() - self._known:
            self._known.add(name)
            path = _file_of(name)
            if path.startswith(self._folder) and "site-packages" not in path:
                with suppress(OSError, ValueError):  # it is in an archive, gone, or no path
                    found[path] = os.stat(path).st_mtime
        return found


def _file_of(name: str) -> str:
    """Returns the file of a module, empty where it has none: what stands under its name may be of any kind."""
    try:
        path = sys.modules[name].__file__
    except Exception:
        return ""
    return path if isinstance(path, str) else ""


def _memory() -> int:
    """Returns the memory that this process had at most, in bytes."""
    try:
        import resource
    except ImportError:  # not on this system
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1_024


def serve(runtime: Runtime, requests: BinaryIO, responses: BinaryIO) -> None:
    """Run the invocations that come in, until there are no more."""
    process, request_id = os.getpid(), ""
    failed, result = not runtime.is_usable, b""  # the first answer says that the handler is loaded
    while True:
        sys.stdout.flush()
        sys.stderr.flush()
        if os.getpid() != process:  # the handler has forked, and this is the child
            os._exit(0)
        answer = {"request_id": request_id, "size": len(result), "failed": failed, "usable": runtime.is_usable}
        answer |= {"memory": _memory(), "files": runtime.new_files()}
        responses.write(json.dumps(answer).encode() + b"\n" + result)
        responses.flush()
        line = requests.readline()
        if not line:
            return
        asked = json.loads(line)
        request_id = asked["request_id"]
        failed, result = runtime.invoke(asked, requests.read(asked["size"]))


def _end_with_the_server() -> None:
    """Let Linux end this process with the one that started it, whatever the handler does then."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    _end_with_the_server()
    requests, responses = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what the handler prints, and what programs that it starts print
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    sys.path[0] = os.getcwd()
    serve(Runtime(sys.argv[1], os.getcwd()), requests, responses)


if __name__ == "__main__":
    main()
