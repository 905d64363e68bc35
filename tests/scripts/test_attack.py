"""The attacks on Decaf hold in their short form, and say so when they do not."""

from __future__ import annotations

import pytest

from scripts.attacks.__main__ import try_one
from scripts.attacks.all import ATTACKS
from scripts.attacks.attack import Attack, Fell, NotTried, Scale

SEED = 1


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_decaf_holds(attack: Attack, capsys: pytest.CaptureFixture[str]) -> None:
    held = try_one(attack, long=False, seed=SEED)
    assert held, capsys.readouterr()


@pytest.mark.parametrize(
    ("error", "held", "line"),
    [
        (Fell("a message is lost"), False, "FELL       it: all of it: a message is lost"),
        (KeyError("Messages"), False, "FELL       it: all of it: KeyError: 'Messages'"),
        (NotTried("a browser is needed"), True, "not tried  it: all of it: a browser is needed"),
    ],
)
def test_an_attack_that_fails_says_how(
    error: Exception, held: bool, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(scale: Scale) -> str:
        raise error

    assert try_one(Attack("it", "all of it", run), long=False, seed=SEED) is held
    assert capsys.readouterr().out.startswith(line)


def test_an_attack_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.attacks.__main__._SHORT_LIMIT", 1)

    def run(scale: Scale) -> str:
        while True:
            pass

    assert try_one(Attack("it", "all of it", run), long=False, seed=SEED) is False


def test_each_attack_has_its_own_servers_and_directory(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []

    def run(scale: Scale) -> str:
        with scale.server() as server:
            seen.append((scale.directory, server.directory))
        return "nothing happened"

    assert try_one(Attack("it", "all of it", run), long=True, seed=SEED) is True
    assert capsys.readouterr().out.startswith("held       it: all of it: nothing happened (")
    ((directory, data),) = seen
    assert data.parent == directory
    assert not directory.exists()
