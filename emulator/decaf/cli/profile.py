"""The command for profiles: which of AWS's habits an account sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from decaf.base.profile import PROFILES
from decaf.cli import output
from decaf.cli.client import control_command

if TYPE_CHECKING:
    from decaf.base.profile import ProfileName
    from decaf.control.profile import AccountProfile, FoundProfiles
    from decaf.testing.control import Control


@click.command()
@click.argument("name", type=click.Choice(PROFILES), required=False)
@click.option("--seed", type=click.IntRange(0), help="what chance is drawn from [the server's seed]")
@click.option("--duplicates", type=click.FloatRange(0, 1), help="share of messages that come twice [0.3]")
@control_command
def profile(control: Control, name: str | None, seed: int | None, duplicates: float | None, as_json: bool) -> None:
    """Show the profile, or set it: of all accounts, or with --account of one.

    strict has AWS's rules and limits, and queues that are exact. relaxed is strict without AWS's waits of a minute
    after a purge and after a queue is deleted. realistic has no more than AWS promises: some messages of a standard
    queue come twice and out of order, a short poll may find nothing, and changes take a while.
    """
    if name is None:
        if seed is not None or duplicates is not None:
            raise click.UsageError("--seed and --duplicates go with a profile to set")
        return _show(control.profiles(), as_json)
    control.set_profile(cast("ProfileName", name), seed=seed, duplicates=duplicates)
    return output.json({}) if as_json else None


def _show(found: FoundProfiles, as_json: bool) -> None:
    if as_json:
        return output.json(found)
    output.line(f"Profile: {_words(found)}")
    for account, own in found.accounts.items():
        output.line(f"{account}: {_words(own)}")
    return None


def _words(of: AccountProfile | FoundProfiles) -> str:
    if of.profile != "realistic":
        return of.profile
    return f"realistic, seed {of.seed}, {of.duplicates:.0%} of messages come twice"


COMMANDS = (profile,)
