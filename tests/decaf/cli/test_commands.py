"""The command imports what it is asked for, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from decaf.cli import MODULES
from decaf.testing import Decaf

# What no command needs that only asks a server.
_OF_SERVERS = ("aiohttp", "asyncio", "boto3", "botocore", "decaf.http", "decaf.sns", "decaf.store", "decaf.world")


@pytest.mark.parametrize("module", MODULES)
def test_each_module_has_the_commands_that_are_named_of_it(module: str) -> None:
    commands = import_module(f"decaf.cli.{module}").COMMANDS
    assert sorted(command.name for command in commands) == list(MODULES[module])


@pytest.mark.parametrize("command", ["queues", "health"])
def test_a_command_that_asks_a_server_does_not_import_one(decaf: Decaf, command: str) -> None:
    program = f"""
import sys
from decaf.cli import main
main(["{command}", "--url", "{decaf.url}"], standalone_mode=False)
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = done.stdout.splitlines()[-1].split()
    assert "decaf.testing.control" in loaded
    assert [name for name in _OF_SERVERS if name in loaded] == []


def test_help_and_version_import_no_command_at_all() -> None:
    program = "import sys; from decaf.cli import main; main(['--version'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = done.stdout.splitlines()[-1].split()
    assert [name for name in loaded if name.startswith("decaf.")] == ["decaf.cli"]
