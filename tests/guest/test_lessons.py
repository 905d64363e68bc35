"""The lessons are in the wheel, and need no network: a learner with an empty folder gets on by the screen alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.guest.guest import Guest

Learn = Callable[..., tuple[int, str]]

# Whatever is not on this machine is asked of a proxy that is not there.
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")


@pytest.fixture
def learn(guest: Guest, tmp_path: Path) -> Iterator[Learn]:
    """Runs `decaf learn` of the wheel in an empty folder; the server that it starts ends with the test."""
    variables = NO_NETWORK | {"NO_PROXY": "127.0.0.1", "XDG_STATE_HOME": str(tmp_path / "state")}
    folder = tmp_path / "empty"
    folder.mkdir()
    yield lambda *words: guest.run_in(folder, "-m", "decaf", "learn", *words, **variables)
    guest.run_in(folder, "-m", "decaf", "stop", "--all", **variables)


def test_a_lesson_is_passed_from_the_wheel_without_a_network(learn: Learn, tmp_path: Path) -> None:
    assert "Next: decaf learn start" in learn()[1]
    assert "decaf learn run" in learn("start", "2")[1]
    code, shown = learn("run")
    assert code == 1
    assert "Order 1 came back after 30 s" in shown
    folder = tmp_path / "empty" / "decaf-lessons" / "02-a-buffer"
    learn("solution", "--show")
    (folder / "solution" / "barista.py").replace(folder / "barista.py")
    code, shown = learn("run")
    assert (code, "Passed!" in shown) == (0, True), shown
    assert "Next: decaf learn next" in shown
