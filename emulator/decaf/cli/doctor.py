"""The command that says what is wrong or unwise in a running world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.client import control_command

if TYPE_CHECKING:
    from decaf.control.doctor.finding import Finding
    from decaf.testing.control import Control

_FOUND = 1  # exit code


@click.command()
@control_command
def doctor(control: Control, as_json: bool) -> None:
    """Say what is wrong or unwise, by what happened so far: queues, subscriptions, consumers.

    Each finding has its evidence, and what mends it. Exit code 1 when there are errors or warnings; hints may be what
    you want. It sees what the history and the record of calls still have.
    """
    findings = control.doctor()
    if as_json:
        output.json(findings)
    else:
        for finding in findings:
            _show(finding)
        output.line(_summary(findings))
    if any(finding.severity != "hint" for finding in findings):
        raise SystemExit(_FOUND)


def _show(finding: Finding) -> None:
    output.line(f"{finding.severity}: {finding.problem}  [{finding.check}]")
    output.line(f"  {finding.subject}")
    for line in finding.evidence:
        output.line(f"  seen: {line}")
    if finding.calls:
        output.line(f"  look: decaf call {finding.calls[0]}")
    output.line(f"  do: {finding.fix}")
    if finding.command is not None:
        output.line(f"  run: {finding.command}")
    output.line(f"  read: {finding.link}")
    output.line("")


def _summary(findings: list[Finding]) -> str:
    if not findings:
        return "Nothing was found."
    counts = [(word, sum(finding.severity == word for finding in findings)) for word in ("error", "warning", "hint")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for word, count in counts if count)


COMMANDS = (doctor,)
