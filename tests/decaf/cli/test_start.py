"""Servers in the background: started, shown and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from decaf.testing import Decaf
from decaf.testing.control import Control
from decaf.testing.http_client import NoServer

Done = tuple[int, str, str]


CHOOSE = "(choose another with --port; 0 takes a free one)"


class Shell:
    """Runs `decaf` in a folder, with the files of servers in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, **variables: str) -> Done:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DECAF_")}
        done = subprocess.run(
            [sys.executable, "-m", "decaf", *words],
            env=kept | {"XDG_STATE_HOME": str(self.folder / "state")} | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def start(self, *words: str) -> tuple[str, int]:
        """Start a server on a free port. Returns its URL and process id."""
        status, printed, errors = self("start", "--detach", "--port", "0", *words)
        assert (status, errors) == (0, "")
        found = re.fullmatch(
            r"Decaf 0\.1\.0 ready on (http://\S+)\nIn a browser: \1/\n(?:Access: .*\n)?Process (\d+), log in \S+\n",
            printed,
        )
        assert found is not None
        return found[1], int(found[2])


@pytest.fixture
def decaf_in(tmp_path: Path) -> Iterator[Shell]:
    """`decaf` in a folder; servers that a test leaves are stopped."""
    shell = Shell(tmp_path)
    yield shell
    for file in tmp_path.rglob("*.pid"):
        shell("stop", "--pid-file", str(file))


def test_it_returns_when_the_server_is_ready(decaf_in: Shell) -> None:
    url, _ = decaf_in.start()
    assert Control(url).health().status == "ready"


def test_a_server_that_is_stopped_has_ended(decaf_in: Shell) -> None:
    url, _ = decaf_in.start()
    assert decaf_in("stop") == (0, f"{url} has stopped\n", "")
    with pytest.raises(NoServer):
        Control(url).health()
    assert list(decaf_in.folder.rglob("*.pid")) == []


def test_stopping_waits_for_the_end_of_the_server(decaf_in: Shell) -> None:
    """A server that waits half a second for a subscriber which accepts a delivery and never responds."""
    url, _ = decaf_in.start("--port-file", "port", "--shutdown-grace", "0.5")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sns = Decaf.attach(url).client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        sns.close()
        accepted, _ = silent.accept()
        assert (decaf_in.folder / "port").exists()
        assert decaf_in("stop")[0] == 0
        assert not (decaf_in.folder / "port").exists()
        accepted.close()


def test_the_status_lists_those_that_run(decaf_in: Shell) -> None:
    started = dict([decaf_in.start(), decaf_in.start()])
    status, printed, _ = decaf_in("status", "--json")
    assert status == 0
    assert {one["url"]: one["pid"] for one in json.loads(printed)} == started
    assert {one["state"] for one in json.loads(printed)} == {"ready"}
    assert all(Path(one["log"]).is_file() for one in json.loads(printed))
    assert all(url in decaf_in("status")[1] for url in started)


def test_when_none_runs_the_exit_code_is_3(decaf_in: Shell) -> None:
    assert decaf_in("status")[0] == 3
    assert decaf_in("stop") == (3, "", "Error: no server runs in the background\n")
    assert decaf_in("stop", "--pid-file", "nowhere")[0] == 3


def test_the_server_of_the_lessons_goes_on_unless_it_is_the_only_one(decaf_in: Shell, tmp_path: Path) -> None:
    own, _ = decaf_in.start()
    usual = next(tmp_path.rglob("*.pid")).parent
    lessons, _ = decaf_in.start("--pid-file", str(usual / "learn.pid"))
    assert decaf_in("stop")[1] == f"{own} has stopped\n"
    assert decaf_in("stop")[1] == f"{lessons} has stopped\n"


def test_one_of_several_is_stopped_by_its_port(decaf_in: Shell) -> None:
    (first, _), (second, _) = decaf_in.start(), decaf_in.start()
    status, _, errors = decaf_in("stop")
    assert status == 2
    assert "2 servers run" in errors
    assert decaf_in("stop", "--port", first.rpartition(":")[2])[1] == f"{first} has stopped\n"
    assert decaf_in("stop")[1] == f"{second} has stopped\n"


def test_the_files_can_have_another_place(decaf_in: Shell) -> None:
    url, pid = decaf_in.start("--pid-file", "decaf.pid", "--log-file", "decaf.log", "--port-file", "port")
    log = decaf_in.folder / "decaf.log"
    assert (decaf_in.folder / "decaf.pid").read_text() == f"{pid}\n{url}\n{log}\n"
    assert (decaf_in.folder / "port").read_text() == url.rpartition(":")[2] + "\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert decaf_in("status")[0] == 3
    assert url in decaf_in("status", "--pid-file", "decaf.pid")[1]
    assert decaf_in("stop", "--pid-file", "decaf.pid") == (0, f"{url} has stopped\n", "")
    assert sorted(file.name for file in decaf_in.folder.iterdir() if file.is_file()) == ["decaf.log"]


def test_a_file_of_a_server_that_was_killed_is_no_server(decaf_in: Shell) -> None:
    _, pid = decaf_in.start("--pid-file", "decaf.pid")
    os.kill(pid, signal.SIGKILL)
    assert decaf_in("stop", "--pid-file", "decaf.pid")[0] == 3
    decaf_in.start("--pid-file", "decaf.pid")
    assert decaf_in("stop", "--pid-file", "decaf.pid")[0] == 0


def test_a_process_that_has_the_id_of_a_server_by_now_is_not_ended(decaf_in: Shell) -> None:
    (decaf_in.folder / "decaf.pid").write_text(f"{os.getpid()}\nhttp://127.0.0.1:1\ndecaf.log\n")
    assert decaf_in("stop", "--pid-file", "decaf.pid")[0] == 3


def test_a_second_server_with_the_same_file_is_refused(decaf_in: Shell) -> None:
    url, _ = decaf_in.start("--pid-file", "decaf.pid")
    again = decaf_in("start", "--detach", "--port", "0", "--pid-file", "decaf.pid")
    use = "use it, or end it with `decaf stop`"
    assert again == (1, "", f"Error: a server runs already at {url}: {use}, with the file decaf.pid\n")
    decaf_in("stop", "--pid-file", "decaf.pid")


def test_a_server_that_does_not_start_says_why(decaf_in: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = decaf_in("start", "--detach", "--port", str(port))
    assert done == (1, "", f"Error: cannot listen on 127.0.0.1:{port}: Address already in use {CHOOSE}\n")
    assert list(decaf_in.folder.rglob("*.pid")) == []


def test_settings_reach_the_server(decaf_in: Shell) -> None:
    (decaf_in.folder / "other.toml").write_text('[[queues]]\nname = "drinks"\n')
    tables = json.dumps([{"name": "orders"}])
    hosts = ("--allowed-host", "a.test", "--allowed-host", "b.test")
    url, _ = decaf_in.start("--config", "other.toml", "--topics", tables, *hosts)
    assert [queue.name for queue in Control(url).queues()] == ["drinks"]
    assert [topic.name for topic in Control(url).topics()] == ["orders"]


def test_the_log_has_what_the_server_wrote(decaf_in: Shell) -> None:
    decaf_in("start", "--detach", "--port", "0", "--log-file", "decaf.log", DECAF_REGIN="eu-west-1")
    assert "Did you mean DECAF_REGION?" in (decaf_in.folder / "decaf.log").read_text()


@pytest.mark.parametrize("flag", ["--pid-file", "--log-file"])
def test_a_file_that_cannot_be_written_is_one_clear_line(decaf_in: Shell, flag: str) -> None:
    done = decaf_in("start", "--detach", "--port", "0", flag, "no/file")
    assert done == (1, "", "Error: no/file cannot be written: No such file or directory\n")
    assert list(decaf_in.folder.rglob("*.pid")) == []


def test_files_are_for_servers_in_the_background(decaf_in: Shell) -> None:
    status, _, errors = decaf_in("start", "--pid-file", "decaf.pid")
    assert status == 2
    assert "--pid-file and --log-file are for --detach" in errors
