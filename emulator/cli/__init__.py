"""The `decaf` command, for people at a terminal: what goes wrong is said in one clear line.

It ends with 0 when all is well, 1 when something is refused, not found or not so, 2 when it is misused, and 3 when
no server answers.
"""

from __future__ import annotations

import click

from emulator.cli import about, clock, declaring, devices, fault, function, happening, serving, snapshots, state

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Decaf: Amazon SQS and SNS on localhost.

    Ends with 1 when something is refused, not found or not so, 2 when misused, 3 when no server answers.
    """


for _family in (serving, state, snapshots, declaring, happening, clock, fault, function, devices, about):
    for _command in _family.COMMANDS:
        main.add_command(_command)
