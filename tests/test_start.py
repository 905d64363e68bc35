"""Starting loads what the first call of an AWS client needs, and not the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

_MOST = 255  # modules of Decaf: each takes 0.2 to 0.5 ms of CPU
_SERVING = "import decaf.cli, decaf.app, sys\n"
_FROZEN = """
from dataclasses import is_dataclass
print(*{
    name
    for module in list(sys.modules.values()) if module.__name__.startswith("decaf")
    for name, each in vars(module).items() if is_dataclass(each) and each.__dataclass_params__.frozen
})
"""
_LATER = (
    "aiohttp",
    "asyncpg",
    "boto3",
    "botocore.model",
    "cryptography",
    "decaf.api.lambda_",
    "decaf.cluster",
    "decaf.control.routes",
    "decaf.node",
    "decaf.persistence.postgres",
    "decaf.persistence.records",
    "decaf.sns.data_protection.identifiers",
    "decaf.testing.control",
    "decaf.triggers.poller",
    "prometheus_client",
    "rich",
    "smtplib",
    "sqlite3",
    "tomllib",
    "xmltodict",
)


def printed(program: str) -> set[str]:
    """Returns the words that a process of its own prints, once it could serve."""
    done = subprocess.run([sys.executable, "-c", _SERVING + program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that could serve."""
    return printed("print(*sys.modules)")


@pytest.mark.parametrize("module", _LATER)
def test_what_only_some_need_is_loaded_later(loaded: set[str], module: str) -> None:
    assert "decaf.world" in loaded
    assert module not in loaded


def test_few_modules_are_loaded(loaded: set[str]) -> None:
    assert sum(module.startswith("decaf") for module in loaded) <= _MOST


def test_values_that_do_not_change_are_structs_which_are_made_sooner() -> None:
    assert printed(_FROZEN) == set()


def test_the_help_of_a_command_needs_neither_settings_nor_the_protocol() -> None:
    program = [sys.executable, "-X", "importtime", "-m", "decaf", "queues", "--help"]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "decaf.cli.client" in loaded
    assert loaded.isdisjoint({"decaf.base.settings", "decaf_protocol"})
