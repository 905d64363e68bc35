"""The `decaf` command, for people at a terminal: what goes wrong is said in one clear line.

It ends with 0 when all is well, 1 when something is refused, not found or not so, 2 when it is misused, and 3 when
no server answers.
"""

from __future__ import annotations

import click

from decaf.cli import about, clock, declared, devices, events, fault, function, serve, snapshots, state

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Decaf: Amazon SQS and SNS on localhost.

    Ends with 1 when something is refused, not found or not so, 2 when misused, 3 when no server answers.
    """


for _family in (serve, state, snapshots, declared, events, clock, fault, function, devices, about):
    for _command in _family.COMMANDS:
        main.add_command(_command)
