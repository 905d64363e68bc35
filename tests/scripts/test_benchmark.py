"""The benchmark counts checked answers only: it measures a right server and refuses a lying one."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

import pytest

from decaf.testing import Control
from scripts.benchmark import boto_rows, in_process, pings, publish_rows, waiting, wire_rows
from scripts.benchmark.connection import Answer, WrongAnswer, connections
from scripts.benchmark.peers import PEERS, Peer
from scripts.benchmark.play import Play, Turn
from scripts.benchmark.publish_rows import Subscribers
from scripts.benchmark.query_calls import QueryCalls
from scripts.benchmark.quiet import _QUIET, Probe, _spin
from scripts.benchmark.recorded import BODY, client, recorded
from scripts.benchmark.report import Report
from scripts.benchmark.rows import REMEMBERED, Scale
from scripts.benchmark.samples import Sample
from scripts.benchmark.servers import DECAF, FORGETFUL, LEAST, RESPONDER, STATIC, Server, running
from scripts.benchmark.wake_ups import wake_ups
from scripts.benchmark.years import YEAR
from tests.live import Live

_MOMENT = 0.01  # seconds of a measured loop


@pytest.fixture
def server(endpoint: str) -> Server:
    return Server(DECAF, endpoint, os.getpid())


@pytest.fixture(scope="module")
def responder() -> Iterator[Server]:
    with running(RESPONDER, None) as server:
        yield server


@pytest.mark.parametrize(
    "measure",
    [
        partial(wire_rows.send, wires=1),
        partial(wire_rows.send, wires=4, split=True),
        wire_rows.send_batches,
        partial(wire_rows.send_among, queues=3),
        partial(wire_rows.receive_and_delete, wires=2),
        partial(wire_rows.send, wires=2, attributes=True),
        partial(wire_rows.send, wires=2, protocol=QueryCalls),
        partial(wire_rows.receive_and_delete, wires=2, protocol=QueryCalls),
        partial(wire_rows.tens, deleting=False),
        partial(wire_rows.tens, deleting=True),
        partial(wire_rows.list_queues, queues=3),
        partial(publish_rows.publish_to, subscribers=Subscribers(1, filtered=2), wires=2),
        partial(publish_rows.publish_to, subscribers=Subscribers(1), body=BODY * 1_024),
        partial(wire_rows.cycle, wires=2),
        partial(wire_rows.cycle, wires=1, groups=3),
        partial(wire_rows.receive_and_delete_behind, backlog=30),
        partial(wire_rows.receive_and_delete_behind, backlog=30, groups=3),
        partial(wire_rows.receive_and_delete_beside, in_flight=30),
        publish_rows.receive_published,
        boto_rows.send,
        boto_rows.receive_and_delete,
    ],
)
def test_a_row_counts_right_answers(measure: Callable[[Server, float], Awaitable[Sample]], server: Server) -> None:
    async def play() -> Sample:
        return await measure(server, _MOMENT)

    sample = asyncio.run(play())
    assert sample.requests > 0
    assert sample.wall > 0
    assert sample.cpu > 0


def test_long_polls_are_woken(server: Server) -> None:
    delays = asyncio.run(wake_ups(server, 3))
    assert len(delays) == 3
    assert all(delay > 0 for delay in delays)


def test_an_answer_that_does_not_fit_is_refused(responder: Server) -> None:
    # it gives the one canned answer to whatever it is asked
    with pytest.raises(WrongAnswer):
        asyncio.run(wire_rows.receive_and_delete(responder, _MOMENT, wires=1))


def test_a_wrong_answer_is_reported_and_the_row_left_out(responder: Server) -> None:
    report = Report()
    scale = Scale(_MOMENT, 1, wake_ups=1, backlogs=(1_000,), queued=1, polls=1, queues=1, years=1)
    liar = Server(DECAF, responder.url, responder.pid)
    asyncio.run(Play(report, scale, "messages by receive").rows([liar]))
    assert len(report.wrong) == 1
    assert report.costs == {}


def test_a_row_with_more_messages_is_compared_with_the_one_with_fewer(server: Server) -> None:
    report = Report()
    scale = Scale(_MOMENT, 1, wake_ups=1, backlogs=(1_000, 1_100), queued=1, polls=1, queues=1, years=1)
    asyncio.run(Play(report, scale, "in flight").rows([server]))
    assert (
        "| receive + delete, 1,100 in flight | Decaf |" in report.text().partition("times the CPU of the smallest")[2]
    )
    assert report.wrong == []


def test_memory_and_waiting_polls_are_measured(server: Server) -> None:
    assert asyncio.run(waiting.idle_polls(server, seconds=_MOMENT, polls=3)) >= 0
    assert (
        1_024 < asyncio.run(waiting.bytes_per_message(server, count=5_000)) < 3_000
    )  # the body, and what is beside it


@pytest.mark.parametrize(
    "gauge", [in_process.over_a_socket, in_process.without_a_socket, in_process.by_motos_decorator]
)
def test_calls_of_a_test_are_measured(gauge: Callable[[Server, int], Awaitable[float]], server: Server) -> None:
    async def play() -> float:
        return await gauge(server, 3)

    assert 10 < asyncio.run(play()) < 10_000_000


def test_pings_are_measured_beside_long_work(server: Server) -> None:
    assert asyncio.run(pings.beside_a_purge(server, messages=30)) > 0
    assert asyncio.run(pings.beside_a_list(server, queues=3)) > 0
    assert asyncio.run(pings.beside_publishing(server, queues=3)) > 0
    assert asyncio.run(pings.beside_publishing(server, queues=3, batch=True)) > 0
    assert asyncio.run(pings.beside_a_snapshot_of_sends(server, sends=30)) > 0
    assert asyncio.run(pings.beside_a_snapshot_of_queues(server, queues=3)) > 0


def test_pings_are_measured_beside_a_move_of_the_clock() -> None:
    with Live() as live:
        started = live.control.clock().now
        assert asyncio.run(pings.beside_a_clock_move(Server(DECAF, live.url, os.getpid()), messages=30)) > 0
        assert live.control.clock().now - started > 4 * 86_400


def test_the_least_work_is_right() -> None:
    async def play(server: Server) -> Sample:
        return await wire_rows.send(server, _MOMENT, wires=2)

    with running(LEAST, None) as server:
        assert asyncio.run(play(server)).requests > 0


def test_an_answer_in_chunks_is_one_body() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nespr\r\n")
        await writer.drain()
        writer.write(b"4;strong=1\r\nesso\r\n0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async def play() -> Answer:
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with listener:
            port = listener.sockets[0].getsockname()[1]
            with connections(f"http://127.0.0.1:{port}", 1) as (wire,):
                return await wire.ask((b"GET / HTTP/1.1\r\n\r\n", b""))

    assert asyncio.run(play()) == Answer(200, b"espresso")


@dataclass
class Moods(Probe):
    """A machine that is busy or quiet as told, and then busy."""

    moods: list[bool] = field(default_factory=list)

    def is_quiet(self) -> bool:
        return self.moods.pop(0) if self.moods else False


@pytest.mark.parametrize(
    ("moods", "played", "kept", "busy"),
    [
        ([True, True, True, True], 3, [2, 3], 0),  # nobody knows how the machine was before the first turn
        ([True, True, False, True, True], 5, [2, 5], 0),
        ([], 6, [3, 6], 2),  # three times at most
    ],
)
def test_a_turn_is_played_again_while_the_machine_is_busy(
    moods: list[bool], played: int, kept: list[int], busy: int
) -> None:
    report = Report()
    scale = Scale(_MOMENT, 2, wake_ups=1, backlogs=(10,), queued=1, polls=1, queues=1, years=1, patience=60)
    figures: list[int] = []
    numbers = itertools.count(1)

    async def turn() -> int:
        return next(numbers)

    play = Play(report, scale, probe=Moods((), moods=moods))
    asyncio.run(play._rounds([Turn("a row", DECAF, turn, figures.append)], 2))
    assert (next(numbers) - 1, figures, report.busy["a row", DECAF]) == (played, kept, busy)


def test_without_patience_a_busy_turn_counts_at_once() -> None:
    report = Report()
    scale = Scale(_MOMENT, 2, wake_ups=1, backlogs=(10,), queued=1, polls=1, queues=1, years=1, patience=-1)
    figures: list[int] = []

    async def turn() -> int:
        return 1

    asyncio.run(Play(report, scale, probe=Moods(()))._rounds([Turn("a row", DECAF, turn, figures.append)], 2))
    assert (figures, report.busy["a row", DECAF]) == ([1, 1], 2)


def test_a_core_is_compared_with_itself() -> None:
    core = min(os.sched_getaffinity(0))
    probe = Probe([core])
    probe.is_quiet()
    assert probe.most[core] > 0
    probe.most[core] *= 100  # as if it had been that fast before
    assert not probe.is_quiet()


def test_a_core_that_another_program_uses_is_not_quiet() -> None:
    core = min(os.sched_getaffinity(0))
    script = f"import os; os.sched_setaffinity(0, {{{core}}}); print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            other.stdout.readline()
            shares = [_spin(core)[1] for _ in range(10)]
        finally:
            other.kill()
    assert min(shares) < _QUIET


def test_static_answers_are_whole_however_a_request_is_cut() -> None:
    async def play(server: Server) -> Sample:
        return await wire_rows.send(server, _MOMENT, wires=2, split=True)

    with running(STATIC, None) as server:
        assert asyncio.run(play(server)).requests > 0


def test_a_server_that_does_not_start_is_told_of_once_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "nobody", Peer("", lambda folder, port: [sys.executable, "-c", ""]))
    report = Report()
    scale = Scale(_MOMENT, 2, wake_ups=1, backlogs=(10,), queued=1, polls=1, queues=1, years=1)
    assert asyncio.run(Play(report, scale).starts(["nobody"], None)) == []
    assert len(report.wrong) == 1


def test_a_year_passes_over_messages_of_all_kinds() -> None:
    report = Report()
    scale = Scale(_MOMENT, 1, wake_ups=1, backlogs=(10,), queued=1, polls=1, queues=1, years=2, due=80)
    with Live() as live:
        started = live.control.clock().now
        ours = Server(DECAF, live.url, os.getpid())
        asyncio.run(Play(report, scale, "advance a year").rows([ours]))
        kinds = {event.kind for event in live.control.events()}
        assert live.control.clock().now - started > 2 * YEAR
        assert not live.control.clock().frozen
    assert report.wrong == []
    assert {"MessageExpired", "MessageReturned", "MessageMoved"} <= kinds
    assert "| advance a year with 80 messages due | Decaf |" in report.text()


def test_a_restart_is_measured_on_a_directory_with_many_messages() -> None:
    report = Report()
    scale = Scale(_MOMENT, 1, wake_ups=1, backlogs=(10, 3_000), queued=1, polls=1, queues=1, years=1)
    asyncio.run(Play(report, scale, "restart").rows([Server(DECAF, "", os.getpid())]))
    assert report.wrong == []
    assert "| restart with 3,000 messages | Decaf |" in report.text()


def test_a_history_is_held_against_none(server: Server) -> None:
    report = Report()
    scale = Scale(_MOMENT, 1, wake_ups=1, backlogs=(10,), queued=1, polls=1, queues=1, years=1)
    with running(FORGETFUL, None) as forgetful:
        asyncio.run(Play(report, scale, REMEMBERED).rows([server, forgetful]))
        assert Control(forgetful.url).events() == []
    assert report.wrong == []
    assert re.search(r"\| SendMessage with history on against off \| Decaf \| \d+\.\d\d \| 1\.05 \|", report.text())


def test_the_recorded_request_is_what_boto3_sends() -> None:
    with closing(client("sqs", "http://127.0.0.1:1")) as boto:
        head, body = recorded(boto, "send_message", QueueUrl="q", MessageBody=BODY).parts()
    assert head.startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAccept-Encoding: identity\r\n")
    assert b"\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n" in head
    assert b"\r\nAuthorization: AWS4-HMAC-SHA256 Credential=000000000000/" in head
    assert head.endswith(b"\r\nContent-Length: %d\r\n\r\n" % len(body))
    assert BODY.encode() in body
