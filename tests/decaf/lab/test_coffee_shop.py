"""The coffee shop as people play it: a program with an exit status and a table."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys

from decaf.lab import tight_coupling
from decaf.lab.checks import Check
from decaf.lab.narrator import Narrator


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "decaf.lab", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def narrator() -> Narrator:
    from rich.console import Console

    return Narrator(Console(file=io.StringIO(), width=80))


def spoken(by: Narrator) -> str:
    assert isinstance(by.console.file, io.StringIO)
    return by.console.file.getvalue()


def test_every_count_is_right_even_with_two_shops_on_one_server(endpoint: str) -> None:
    shops = [start("--endpoint", endpoint), start(AWS_ENDPOINT_URL=endpoint)]
    performances = [shop.communicate(timeout=60) for shop in shops]
    for shop, (told, complaints) in zip(shops, performances, strict=True):
        assert shop.returncode == 0, told + complaints
        assert "The coffee shop, counted" in told
        assert "orders served, each exactly once" in told
        assert "WRONG" not in told
        assert complaints == ""


def test_where_nothing_listens_it_says_so_in_one_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        shop = start("--endpoint", endpoint)
        complaints = shop.communicate(timeout=60)[1]
    assert shop.returncode == 2
    assert complaints == f"Nothing listens at {endpoint}. Start a server with scripts/run.\n"


def test_tight_coupling_loses_the_same_orders_every_time() -> None:
    for _ in range(3):
        counts = tight_coupling.play(narrator())
        assert all(check.ok for check in tight_coupling.checks(counts))


def test_the_table_shows_what_was_expected_and_what_came() -> None:
    voice = narrator()
    voice.table([Check("Scene", "cups", 21, 21), Check("Scene", "spoons", 34, 55)])
    cups, spoons = (line for line in spoken(voice).splitlines() if "cups" in line or "spoons" in line)
    assert "ok" in cups
    assert all(word in spoons for word in ("34", "55", "WRONG"))
