"""The command that shows and sets profiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

ACCOUNT = "123456789012"


def test_it_shows_the_profile_and_those_of_accounts(run: Command, run_json: Callable[..., Any]) -> None:
    assert run("profile").stdout == "Profile: strict\n"
    assert run("profile", "realistic", "--account", ACCOUNT, "--seed", "7", "--duplicates", "0.5").exit_code == 0
    shown = run("profile").stdout.splitlines()
    assert shown == ["Profile: strict", f"{ACCOUNT}: realistic, seed 7, 50% of messages come twice"]
    assert run_json("profile")["accounts"] == {ACCOUNT: {"profile": "realistic", "seed": 7, "duplicates": 0.5}}


def test_without_an_account_it_is_for_all(run: Command, run_json: Callable[..., Any], decaf: Decaf) -> None:
    assert run_json("profile", "relaxed") == {}
    assert decaf.control.profiles().profile == "relaxed"


def test_a_seed_without_a_profile_is_refused(run: Command) -> None:
    refused = run("profile", "--seed", "7")
    assert (refused.exit_code, "go with a profile to set" in refused.output) == (2, True)
