"""The `decaf` command, for people at a terminal: an error is one clear line.

Exit codes: 0 on success; 1 when the server refused the request, found nothing, or an expected event did not happen; 2
for wrong arguments; 3 when no server answers.

Rule: a command's module is imported when that command is used, so that none waits for what only others need.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from decaf import __version__

__all__ = ["main"]

# The commands of each module of this package.
MODULES = {
    "about": ("health", "metrics", "openapi", "version"),
    "access": ("access",),
    "agents": ("mcp",),
    "aws": ("aws",),
    "browser": ("open",),
    "call_record": ("call", "calls"),
    "clock": ("advance", "clock"),
    "coffee_shop": ("coffee-shop",),
    "declared": ("declare", "export"),
    "devices": ("push", "sms"),
    "doctor": ("doctor",),
    "env": ("env",),
    "events": ("events", "explain", "mark", "never", "tail", "wait"),
    "fault": ("fault",),
    "function": ("function",),
    "learn": ("learn",),
    "lesson": ("lesson",),
    "nodes": ("nodes",),
    "profile": ("profile",),
    "queue": ("create-queue", "delete-queue", "purge", "receive", "redrive", "send"),
    "run": ("run",),
    "serve": ("serve",),
    "start": ("start", "status", "stop"),
    "top": ("top",),
    "snapshots": ("snapshot",),
    "state": ("backup", "groups", "inbox", "peek", "queues", "reset", "seed", "subscriptions", "topics"),
    "traces": ("record", "trace"),
    "topic": ("confirm", "create-topic", "delete-topic", "publish", "recipients", "subscribe", "unsubscribe"),
}
_INTERRUPTED = 130  # exit code, as in shells

_MODULE_OF = {name: module for module, names in MODULES.items() for name in names}
NAMES = frozenset(_MODULE_OF)


class _Commands(click.Group):
    """The commands of all modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULE_OF:
            return None
        module = import_module(f"decaf.cli.{_MODULE_OF[cmd_name]}")
        commands: tuple[click.Command, ...] = module.COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def main() -> None:
    """Decaf: Amazon SQS and SNS on localhost.

    Exit codes: 0 on success; 1 when the server refused the request, found nothing, or an expected event did not
    happen; 2 for wrong arguments; 3 when no server answers.
    """
