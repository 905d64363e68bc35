"""Running functions: in processes that are kept, as commands, in this process, and by URL."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from decaf.base.clock import Clock, give_way
from decaf.base.events import Event, Events, FunctionFailed, FunctionInvoked, FunctionSucceeded
from decaf.delivery.own_address import OwnAddress
from decaf.delivery.running import FunctionRunner
from decaf.delivery.runtimes import command
from decaf.delivery.runtimes.environments import KEPT
from decaf.delivery.runtimes.ran import MOST_PAYLOAD
from decaf.faults.rules import Faults
from decaf.functions.function import Function
from decaf.functions.invocation import Invocation
from decaf.functions.log import FunctionLog
from tests.decaf.delivery.transports.tls import server_context
from tests.endpoint import Endpoint

CODE = """
import os, sys, threading
print("loaded")

COUNT = 0

def count(event, context):
    global COUNT
    COUNT += 1
    return [os.getpid(), COUNT]

def fail(event, context):
    print("out of", "milk", file=sys.stderr)
    raise ValueError("out of milk")

def leave(event, context):
    os._exit(3)

def leave_quietly(event, context):
    sys.exit(0)

def hang(event, context):
    print("waiting", flush=True)
    open("hangs", "w").close()
    threading.Event().wait()

def tell(event, context):
    return {"variables": dict(os.environ), "arn": context.invoked_function_arn, "folder": os.getcwd()}

def wait(event, context):
    with open("running", "a") as running:
        print("+", end="", file=running, flush=True)
        while not os.path.exists("go"):
            pass
        print("-", end="", file=running)
"""
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:brew"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Has the module `coffee`."""
    (tmp_path / "coffee.py").write_text(CODE)
    return tmp_path


class Bench:
    """A runner on a clock that stands still until it is moved."""

    def __init__(self, most: int = 8) -> None:
        self.clock = Clock(lambda: 0.0)
        self.events = Events()
        self.seen: list[Event] = []
        self.events.listeners.append(self.seen.append)
        self.log = FunctionLog()
        self.runner = FunctionRunner(
            self.clock, OwnAddress(""), most, (), self.events, self.log, Faults(self.events, None)
        )
        self.runner.open("http://127.0.0.1:4566")

    async def invoke(self, function: Function, event: Any = None, **how: Any) -> Invocation:
        return await self.runner.invoke(function, json.dumps(event).encode(), arn=ARN, request_id="id", **how)


def play(scene: Callable[[Bench], Awaitable[None]], most: int = 8, loop_factory: Any = None) -> Bench:
    """Play a scene with a bench, and close its runner."""
    bench = Bench(most)
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_run(bench, scene))
    return bench


async def _run(bench: Bench, scene: Callable[[Bench], Awaitable[None]]) -> None:
    try:
        await scene(bench)
    finally:
        await bench.runner.close()


def play_in_uvloop(scene: Callable[[Bench], Awaitable[None]]) -> None:
    """As `play`, in the event loop that servers have where it is installed."""
    with asyncio.Runner(loop_factory=pytest.importorskip("uvloop").new_event_loop) as runner:
        runner.run(_run(Bench(), scene))


def invoked(function: Function, event: Any = None, **how: Any) -> Invocation:
    """Returns what comes of one invocation."""
    found: list[Invocation] = []

    async def scene(bench: Bench) -> None:
        found.append(await bench.invoke(function, event, **how))

    play(scene)
    return found[0]


# --- in processes of their own -----------------------------------------------------------------------------


def test_a_process_is_kept_and_so_are_its_globals(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", "coffee.count", str(folder))
        results = [json.loads((await bench.invoke(function)).payload) for _ in range(3)]
        assert [count for _, count in results] == [1, 2, 3]
        assert len({process for process, _ in results}) == 1

    play(scene)


def test_invocations_at_the_same_time_have_processes_of_their_own(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", "coffee.count", str(folder))
        both = await asyncio.gather(bench.invoke(function), bench.invoke(function))
        assert len({json.loads(each.payload)[0] for each in both}) == 2

    play(scene)


def test_few_processes_run_at_once_and_the_others_wait(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        functions = [Function(f"f{number}", "coffee.wait", str(folder)) for number in range(6)]
        running = folder / "running"
        running.touch()
        all_of_them = asyncio.gather(
            *(
                bench.runner.invoke(each, b"{}", arn=ARN.replace("brew", each.name), request_id="id")
                for each in functions
            )
        )
        while len(running.read_text()) < 2:
            await give_way()
        (folder / "go").touch()
        await all_of_them
        seen = running.read_text()
        assert seen.count("-") == 6
        assert max(seen[:length].count("+") - seen[:length].count("-") for length in range(len(seen))) <= 2

    play(scene, most=2)


def test_many_short_invocations_share_few_processes(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", "coffee.count", str(folder))
        results = await asyncio.gather(*(bench.invoke(function) for _ in range(200)))
        processes = {json.loads(each.payload)[0] for each in results}
        assert len(processes) <= 2 * max(2, os.cpu_count() or 1)  # and not as many as may run at once

    play(scene, most=64)


@pytest.mark.parametrize(
    "how", [{"handler": "coffee.count"}, {"handler": None, "command": ("touch", "started")}], ids=["handler", "command"]
)
def test_where_no_process_may_run_no_function_starts(folder: Path, how: dict[str, Any]) -> None:
    found: list[Invocation] = []

    async def scene(bench: Bench) -> None:
        found.append(await bench.invoke(Function("brew", path=str(folder), **how)))

    play(scene, most=0)
    assert found[0].obstacle == "refused"
    assert found[0].reason == "functions do not start here: the setting max_function_processes is 0"
    assert not (folder / "started").exists()


def test_functions_that_are_started_together_all_get_their_turn(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        functions = [Function(f"f{number}", "coffee.count", str(folder)) for number in range(12)]
        for _ in range(2):
            found = await asyncio.gather(
                *(
                    bench.runner.invoke(each, b"{}", arn=ARN.replace("brew", each.name), request_id="id")
                    for each in functions
                    for _ in range(3)
                )
            )
            assert all(each.succeeded for each in found)

    play(scene)


def test_a_change_of_the_code_is_seen_at_the_next_invocation(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        (folder / "menu.py").write_text("drinks = ['latte']")
        (folder / "shop.py").write_text("import menu\ndef serve(event, context): return menu.drinks")
        function = Function("brew", "shop.serve", str(folder))
        assert (await bench.invoke(function)).payload == b'["latte"]'
        (folder / "menu.py").write_text("drinks = ['decaf']")
        os.utime(folder / "menu.py", (1, 1))  # however coarse the times of this disk are
        assert (await bench.invoke(function)).payload == b'["decaf"]'
        (folder / "shop.py").write_text("def serve(event, context: return 1")
        os.utime(folder / "shop.py", (2, 2))
        assert b"Runtime.UserCodeSyntaxError" in (await bench.invoke(function)).payload
        (folder / "shop.py").write_text("def serve(event, context): return 1")
        assert (await bench.invoke(function)).payload == b"1"

    play(scene)


def test_a_function_that_is_registered_again_gets_a_new_process(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        functions = [Function("brew", "coffee.tell", str(folder), environment={"CUP": cup}) for cup in ("S", "L")]
        results = [json.loads((await bench.invoke(each)).payload) for each in functions]
        assert [result["variables"]["CUP"] for result in results] == ["S", "L"]

    play(scene)


def test_an_idle_process_is_ended_after_a_while(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", "coffee.count", str(folder))
        first, _ = json.loads((await bench.invoke(function)).payload)
        bench.clock.advance(KEPT - 1)
        assert json.loads((await bench.invoke(function)).payload) == [first, 2]
        bench.clock.advance(KEPT)
        assert json.loads((await bench.invoke(function)).payload)[1] == 1

    play(scene)


def test_a_process_makes_room_for_that_of_another_function(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        brew, grind = (Function(name, "coffee.count", str(folder)) for name in ("brew", "grind"))
        await bench.invoke(brew)
        await bench.runner.invoke(grind, b"{}", arn=ARN.replace("brew", "grind"), request_id="id")
        assert json.loads((await bench.invoke(brew)).payload)[1] == 1

    play(scene, most=1)


def test_its_variables_are_lambdas_and_lead_its_clients_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("DECAF_CONTROL_TOKEN", "secret")
    monkeypatch.setenv("SHOP", "corner")
    function = Function("brew", "coffee.tell", str(folder), environment={"CUP": "large"}, memory_size=256)
    told = json.loads(invoked(function).payload)
    expected = {
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "brew",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "eu-west-1",
        "CUP": "large",
        "LAMBDA_TASK_ROOT": str(folder),
        "SHOP": "corner",
        "_HANDLER": "coffee.tell",
    }
    assert {name: told["variables"].get(name) for name in expected} == expected
    assert not {"AWS_PROFILE", "DECAF_CONTROL_TOKEN"} & told["variables"].keys()
    assert (told["arn"], told["folder"]) == (ARN, str(folder))


def test_a_handler_that_raises_has_failed_with_its_error(folder: Path) -> None:
    invocation = invoked(Function("brew", "coffee.fail", str(folder)))
    assert (invocation.error, invocation.reason, invocation.succeeded) == (
        "Unhandled",
        "ValueError: out of milk",
        False,
    )
    assert json.loads(invocation.payload)["errorMessage"] == "out of milk"


@pytest.mark.parametrize(
    ("handler", "how"),
    [
        ("coffee.leave", "Runtime exited with error: exit status 3"),
        ("coffee.leave_quietly", "Runtime exited without providing a reason"),
    ],
)
def test_a_process_that_ends_is_lambdas_exit_error(folder: Path, handler: str, how: str) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", handler, str(folder))
        for _ in range(2):  # the next one has a new process
            invocation = await bench.invoke(function)
            error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: id Error: {how}"}
            assert (json.loads(invocation.payload), invocation.error, invocation.reason) == (error, "Unhandled", how)

    play(scene)


def test_a_process_is_killed_after_the_functions_timeout(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        task = asyncio.ensure_future(bench.invoke(Function("brew", "coffee.hang", str(folder), timeout=2)))
        while not (folder / "hangs").exists():
            await give_way()
        bench.clock.advance(2.0)
        invocation = await task
        error = "RequestId: id Error: Task timed out after 2.00 seconds"
        assert json.loads(invocation.payload) == {"errorType": "Sandbox.Timedout", "errorMessage": error}
        assert (invocation.timed_out, invocation.error, invocation.duration) == (True, "Unhandled", 2.0)
        assert invocation.log.splitlines() == ["loaded", "waiting", "id Task timed out after 2.00 seconds"]

    play(scene)


def test_a_result_that_is_too_long_is_an_error() -> None:
    longest = "x" * (MOST_PAYLOAD - 2)  # and two quotation marks
    assert invoked(Function("brew", in_process=lambda event, context: longest)).succeeded
    invocation = invoked(Function("brew", in_process=lambda event, context: longest + "x"))
    assert json.loads(invocation.payload) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    assert invocation.error == "Unhandled"


def test_a_folder_that_is_not_there_is_an_invocation_that_cannot_be_made(tmp_path: Path) -> None:
    invocation = invoked(Function("brew", "coffee.count", str(tmp_path / "none")))
    assert invocation.obstacle == "refused"
    started = f"the function cannot be started in the folder {tmp_path / 'none'}: [Errno 2] No such file or directory"
    assert str(invocation.reason).startswith(started)


def test_a_program_that_is_not_there_is_named_with_its_folder(tmp_path: Path) -> None:
    invocation = invoked(Function("brew", command=("no-such-program", "-u"), path=str(tmp_path)))
    assert invocation.obstacle == "refused"
    started = f"the function cannot be started by the command 'no-such-program -u' in the folder {tmp_path}: "
    assert str(invocation.reason).startswith(started)


def test_a_file_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    error = json.loads(invoked(Function("brew", "coffee.count", str(tmp_path))).payload)
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == "Unable to import module 'coffee': No module named 'coffee'"


def test_what_it_writes_is_logged_between_lambdas_lines(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", "coffee.fail", str(folder))
        for _ in range(2):
            await bench.invoke(function)

    first, second = play(scene).log.find()
    assert (first.arn, first.request_id) == (ARN, "id")
    lines = first.text.splitlines()
    assert lines[:4] == [
        "START RequestId: id Version: $LATEST",
        "loaded",
        "out of milk",
        "[ERROR] ValueError: out of milk",
    ]
    assert lines[-2] == "END RequestId: id"
    report = dict(part.split(": ", 1) for part in lines[-1].split("\t"))
    assert list(report) == [
        "REPORT RequestId", "Duration", "Billed Duration", "Memory Size", "Max Memory Used", "Init Duration"
    ]  # fmt: skip
    assert report["Memory Size"] == "128 MB"
    assert "loaded" not in second.text
    assert "Init Duration" not in second.text


def test_events_say_that_it_was_invoked_and_what_came_of_it(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        for handler in ("coffee.count", "coffee.fail"):
            await bench.invoke(Function("brew", handler, str(folder)), message_ids=["one", "two"])

    seen = play(scene).seen
    assert [type(event) for event in seen] == [FunctionInvoked, FunctionSucceeded, FunctionInvoked, FunctionFailed]
    assert {str(event.arn) for event in seen} == {ARN}
    assert {event.subject.message_ids for event in seen} == {("one", "two")}


def test_more_invocations_than_are_reserved_are_throttled(folder: Path) -> None:
    async def scene(bench: Bench) -> None:
        function = Function("brew", "coffee.wait", str(folder), reserved_concurrency=1)
        task = asyncio.ensure_future(bench.invoke(function))
        await give_way()
        throttled = await bench.invoke(function)
        assert (throttled.obstacle, throttled.reason, throttled.succeeded) == ("throttled", "Rate Exceeded.", False)
        (folder / "go").touch()
        assert (await task).succeeded
        assert (await bench.invoke(function)).succeeded

    play(scene)


# --- commands ----------------------------------------------------------------------------------------------


def _command(code: str, **more: Any) -> Function:
    return Function("brew", command=(sys.executable, "-c", code), **more)


def test_a_command_reads_the_event_and_writes_the_result() -> None:
    told = "sys.stdin.read(), os.environ['LAMBDA_RUNTIME_AWS_REQUEST_ID']"
    code = f"import os, sys; print({told}, file=sys.stderr); print(7)"
    invocation = invoked(_command(code), {"drink": "latte"})
    assert (invocation.payload, invocation.error, invocation.log) == (b"7", None, '{"drink": "latte"} id\n')


def test_a_command_that_writes_nothing_returns_null() -> None:
    assert invoked(_command("pass")).payload == b"null"


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_command_need_not_read_its_event(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def scene(bench: Bench) -> None:
        for _ in range(5):
            invocation = await bench.invoke(_command("print(7)"), "x" * 900_000)
            assert (invocation.payload, invocation.error) == (b"7", None)
            assert (await bench.invoke(Function("brew", command=("true",)), "x" * 900_000)).succeeded

    play(scene, loop_factory=loop_factory)


def test_an_error_of_the_runner_itself_is_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("no pipe")

    monkeypatch.setattr(command, "run", fail)
    invocation = invoked(_command("print(7)"))
    assert (invocation.error, invocation.reason) == ("Unhandled", "internal error: RuntimeError: no pipe")
    assert json.loads(invocation.payload)["errorType"] == "Runtime.Unknown"


def test_a_command_that_exits_with_another_code_has_failed() -> None:
    invocation = invoked(_command("import sys; print('x'); sys.exit('out of milk')"))
    assert (invocation.error, invocation.reason) == ("Unhandled", "Runtime exited with error: exit status 1")
    assert invocation.log.startswith("out of milk\n")
    document = '{"errorType": "NoMilk", "errorMessage": "out of milk"}'
    invocation = invoked(_command(f"import sys; print('{document}'); sys.exit(1)"))
    assert (invocation.payload.decode(), invocation.reason) == (document, "NoMilk: out of milk")


def test_a_command_that_takes_too_long_is_killed_and_what_it_wrote_is_kept(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        code = "import sys, threading; print('waiting', file=sys.stderr, flush=True); open('hangs', 'w').close(); "
        function = _command(f"{code} threading.Event().wait()", path=str(tmp_path))
        task = asyncio.ensure_future(bench.invoke(function))
        while not (tmp_path / "hangs").exists():
            await give_way()
        bench.clock.advance(3.0)
        invocation = await task
        assert (invocation.timed_out, invocation.log.splitlines()[0]) == (True, "waiting")

    play(scene)


@pytest.mark.parametrize("function", [Function("brew", "a.b", path="\0"), Function("brew", command=("\0",))])
def test_what_the_system_does_not_accept_cannot_be_started(function: Function) -> None:
    assert invoked(function).obstacle == "refused"


def test_a_command_that_is_not_there_cannot_be_started() -> None:
    invocation = invoked(Function("brew", command=("no-such-command",)))
    assert (invocation.obstacle, invocation.succeeded) == ("refused", False)


async def _ended(process: int) -> None:
    """Wait until a process is no more, or waits only for its parent."""
    while Path(f"/proc/{process}/stat").exists():
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        await give_way()


_LEAVES = "import subprocess, sys; left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux has them")
@pytest.mark.parametrize("play_in", [play, play_in_uvloop])
def test_a_process_that_a_command_leaves_behind_is_ended_and_holds_nobody_up(play_in: Callable[..., Any]) -> None:
    async def scene(bench: Bench) -> None:
        invocation = await bench.invoke(_command(f"{_LEAVES}; print(left.pid)"))
        assert (invocation.error, invocation.timed_out) == (None, False)
        await _ended(json.loads(invocation.payload))

    play_in(scene)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up as Linux has them")
@pytest.mark.parametrize("play_in", [play, play_in_uvloop])
def test_a_process_that_a_handler_leaves_behind_is_ended_with_it(folder: Path, play_in: Callable[..., Any]) -> None:
    code = """
import os, time
def fork(event, context):
    child = os.fork()
    if not child:
        time.sleep(60)
    print(child, flush=True)
    os._exit(3)
"""
    (folder / "leaving.py").write_text(code)

    async def scene(bench: Bench) -> None:
        invocation = await bench.invoke(Function("brew", "leaving.fork", str(folder)))
        assert invocation.reason == "Runtime exited with error: exit status 3"
        await _ended(int(invocation.log.splitlines()[0]))

    play_in(scene)


_FORKS = """
import json, os

def fork(event, context):
    parent = os.getpid()
    if not os.fork():
        return "the child"
    os.wait()
    return event

def answer_twice(event, context):
    old = {"request_id": "old", "size": 3, "failed": False, "memory": 0, "files": {}, "usable": True}
    os.write(responses(), json.dumps(old).encode() + b"\\nold")
    return event

def lie(event, context):
    lie = {"request_id": "id", "size": -1, "failed": False, "memory": 0, "files": {}, "usable": True}
    os.write(responses(), json.dumps(lie).encode() + b"\\n")
    while True:
        pass

def responses():
    return next(fd for fd in range(3, 20) if os.path.exists(f"/proc/self/fd/{fd}") and fd_mode(fd) == 1)

def fd_mode(fd):
    import fcntl
    return fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the pipe is looked up as Linux has it")
@pytest.mark.parametrize("handler", ["fork", "answer_twice"])
def test_a_result_is_that_of_its_own_invocation(folder: Path, handler: str) -> None:
    (folder / "forks.py").write_text(_FORKS)

    async def scene(bench: Bench) -> None:
        function = Function("brew", f"forks.{handler}", str(folder))
        assert [(await bench.invoke(function, event)).payload for event in (1, 2, 3)] == [b"1", b"2", b"3"]

    play(scene)


@pytest.mark.skipif(sys.platform != "linux", reason="the pipe is looked up as Linux has it")
def test_a_process_whose_answer_makes_no_sense_is_ended(folder: Path) -> None:
    (folder / "forks.py").write_text(_FORKS)
    invocation = invoked(Function("brew", "forks.lie", str(folder)))
    assert invocation.reason == "Runtime exited with error: signal: killed"


def test_of_a_result_without_end_only_the_beginning_is_read() -> None:
    invocation = invoked(_command("import sys\nwhile True: sys.stdout.write('x' * 65536)"))
    assert b"Function.ResponseSizeTooLarge" in invocation.payload


_LOGS_MUCH = """
import os, time
def log(event, context):
    os.write(2, b"first")
    for _ in range(2):
        os.write(2, b"x" * 1_048_576)
        over = time.monotonic() + 30
        while os.fstat(2).st_size > 262_144 and time.monotonic() < over:
            pass
    return os.fstat(2).st_size
"""


@pytest.mark.skipif(sys.platform == "win32", reason="standard error has no size there")
def test_of_a_long_log_only_the_beginning_is_on_the_disk(folder: Path) -> None:
    (folder / "wordy.py").write_text(_LOGS_MUCH)
    for function in (Function("brew", "wordy.log", str(folder)), _command(f"{_LOGS_MUCH}print(log(0, 0))")):
        invocation = invoked(function)
        assert (invocation.payload, len(invocation.log), invocation.log[:6]) == (b"262144", 262_144, "firstx")


def test_of_a_long_body_only_the_beginning_is_read() -> None:
    with Endpoint(body="x" * (2 * MOST_PAYLOAD)) as emulator:
        assert b"Function.ResponseSizeTooLarge" in invoked(Function("brew", url=emulator.url)).payload


# --- in this process ---------------------------------------------------------------------------------------


def test_a_callable_of_this_process_is_called_with_the_event_and_a_context() -> None:
    def brew(event: Any, context: Any) -> Any:
        assert context.get_remaining_time_in_millis() <= 3_000
        return [event, context.function_name, context.aws_request_id, context.invoked_function_arn]

    assert json.loads(invoked(Function("brew", in_process=brew), {"a": 1}).payload) == [{"a": 1}, "brew", "id", ARN]


def test_it_may_be_a_coroutine_function() -> None:
    async def brew(event: Any, context: Any) -> str:
        await asyncio.sleep(0)
        return "latte"

    assert invoked(Function("brew", in_process=brew)).payload == b'"latte"'


def test_half_a_surrogate_pair_in_its_error_is_replaced_in_the_reason() -> None:
    def brew(event: Any, context: Any) -> None:
        raise ValueError("bad \ud800")

    assert invoked(Function("brew", in_process=brew)).reason == "ValueError: bad \ufffd"


def test_what_it_raises_is_the_functions_error() -> None:
    def brew(event: Any, context: Any) -> None:
        raise KeyError("milk")

    invocation = invoked(Function("brew", in_process=brew))
    error = json.loads(invocation.payload)
    assert (error["errorType"], error["errorMessage"], len(error["stackTrace"])) == ("KeyError", "'milk'", 1)


# --- by URL ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 202, 299])
def test_a_url_gets_the_event_and_returns_the_result(status: int) -> None:
    with Endpoint(status, body='"latte"') as emulator:
        invocation = invoked(Function("brew", url=emulator.url), {"a": 1}, trace_header="Root=1", client_context="{}")
        (received,) = emulator.received
    assert (received.path, received.body) == ("/2015-03-31/functions/function/invocations", '{"a": 1}')
    assert (received.headers["X-Amzn-Trace-Id"], received.headers["X-Amz-Client-Context"]) == ("Root=1", "e30=")
    assert (invocation.payload, invocation.status, invocation.succeeded) == (b'"latte"', status, True)


@pytest.mark.parametrize(
    ("status", "obstacle"),
    [
        (300, "refused"),
        (400, "refused"),
        (404, "refused"),
        (429, "throttled"),
        (500, "unreachable"),
        (502, "unreachable"),
    ],
)
def test_other_answers_say_that_it_was_not_invoked(status: int, obstacle: str) -> None:
    with Endpoint(status) as emulator:
        invocation = invoked(Function("brew", url=emulator.url))
    assert (invocation.obstacle, invocation.status) == (obstacle, status)
    assert invocation.reason == "the invocation was refused: ok"


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ('{"errorMessage": "out of milk", "errorType": "ValueError"}', True),
        ('{"errorMessage": "out of milk"}', False),
        ('{"errorType": "ValueError"}', False),
        ('["errorMessage", "errorType"]', False),
        ("errorMessage and errorType", False),
        ("Task timed out after 3.00 seconds\n", True),
        ('"Task timed out after 3.00 seconds"', False),
        ("Task timed out after 3 seconds", False),
    ],
)
def test_a_runtime_tells_a_failure_by_the_document_it_returns(body: str, failed: bool) -> None:
    with Endpoint(body=body) as emulator:
        invocation = invoked(Function("brew", url=emulator.url))
    assert (invocation.error, invocation.payload.decode()) == ("Unhandled" if failed else None, body)
    assert invocation.timed_out == (failed and body.startswith("Task"))


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", "/2015-03-31/functions/function/invocations"),
        ("brew/", "/brew/2015-03-31/functions/function/invocations"),
        ("2015-03-31/functions/brew", "/2015-03-31/functions/brew/invocations"),
        ("2015-03-31/functions/brew/invocations", "/2015-03-31/functions/brew/invocations"),
        ("2015-03-31/functions/brew/invocations/", "/2015-03-31/functions/brew/invocations"),
    ],
)
def test_the_path_of_an_invocation_may_be_given_or_not(path: str, asked: str) -> None:
    with Endpoint() as emulator:
        invoked(Function("brew", url=emulator.url + path))
        assert [received.path for received in emulator.received] == [asked]


def test_a_redirection_is_not_followed() -> None:
    with Endpoint() as other:
        with Endpoint(307, location=other.url) as emulator:
            assert invoked(Function("brew", url=emulator.url)).obstacle == "refused"
        assert other.received == []


def test_connections_can_be_made_again_after_they_were_closed() -> None:
    async def scene(bench: Bench) -> None:
        with Endpoint() as emulator:
            for _ in range(3):
                assert (await bench.invoke(Function("brew", url=emulator.url))).succeeded
                await bench.runner.close()

    play(scene)


def test_an_emulator_that_is_not_there_is_unreachable() -> None:
    with Endpoint() as emulator:
        url = emulator.url
    invocation = invoked(Function("brew", url=url))
    host = url.split("/")[2]
    assert (invocation.obstacle, invocation.reason) == ("unreachable", f"cannot connect to {host}: Connection refused")


def test_a_secure_emulator_has_to_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = server_context(tmp_path)
    with Endpoint(tls=context) as emulator:
        function = Function("brew", url=emulator.url)
        assert str(invoked(function).reason).endswith("self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        assert invoked(function).succeeded
