"""The `decaf` command, for people at a terminal: what goes wrong is said in one clear line.

It ends with 0 when all is well, 1 when something is refused, not found or not so, 2 when it is misused, and 3 when
no server answers.
"""

from __future__ import annotations

import click

from emulator.cli import clock, declaring, happening, serving, snapshots, state

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Decaf: Amazon SQS and SNS on localhost.

    Ends with 1 when something is refused, not found or not so, 2 when misused, 3 when no server answers.
    """


for _command in (
    *serving.COMMANDS,
    *state.COMMANDS,
    *snapshots.COMMANDS,
    *declaring.COMMANDS,
    *happening.COMMANDS,
    *clock.COMMANDS,
):
    main.add_command(_command)
