"""`decaf open`: the page of a server that runs, in the browser if there is one."""

from __future__ import annotations

import webbrowser

import pytest

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command


@pytest.mark.parametrize("there_is_one", [True, False])
def test_the_page_opens_in_the_browser_or_its_address_is_printed(
    run: Command, decaf: Decaf, monkeypatch: pytest.MonkeyPatch, there_is_one: bool
) -> None:
    opened: list[str] = []

    def open_it(address: str) -> bool:
        opened.append(address)
        return there_is_one

    monkeypatch.setattr(webbrowser, "open", open_it)
    done = run("open")
    page = f"{decaf.url}/_decaf/ui/"
    assert opened == [page]
    assert (done.exit_code, done.stdout) == ((0, "") if there_is_one else (1, f"{page}\n"))


def test_nothing_opens_where_no_server_answers(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    done = run("open", "--url", "http://127.0.0.1:9")
    assert (done.exit_code, opened) == (3, [])
    assert done.stderr == "Error: no server answers at http://127.0.0.1:9: Connection refused\n"
