"""The `decaf` command, for people at a terminal: an error is one clear line.

Exit codes: 0 on success; 1 when the server refused the request, found nothing, or an expected event did not happen; 2
for wrong arguments; 3 when no server answers.
"""

from __future__ import annotations

import click

from decaf.cli import about, agents, clock, declared, devices, events, fault, function, serve, snapshots, state

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Decaf: Amazon SQS and SNS on localhost.

    Exit codes: 0 on success; 1 when the server refused the request, found nothing, or an expected event did not
    happen; 2 for wrong arguments; 3 when no server answers.
    """


for _family in (serve, state, snapshots, declared, events, clock, fault, function, devices, agents, about):
    for _command in _family.COMMANDS:
        main.add_command(_command)
