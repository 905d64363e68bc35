"""The film: all scenes in order, the table of counts, and what to do next.

Rule: the status is 0 when every count was as expected, 1 when one was not, 2 when no server listens.
"""

from __future__ import annotations

import sys
from urllib.error import URLError

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from decaf.lab import buffer, newsletter, night_shift, order_ready, tight_coupling
from decaf.lab.checks import Check, exit_status
from decaf.lab.cloud import Cloud, connect
from decaf.lab.narrator import Narrator, terminal_narrator


def show(endpoint: str, *, pause: bool = False, clean: bool = False, stays: bool = True) -> int:
    """Play all scenes against a server, and return the status; with `clean`, delete what they have made.

    `stays` is whether the server is there for longer than the film.
    """
    try:
        cloud = connect(endpoint)
    except (EndpointConnectionError, ConnectTimeoutError, ValueError):
        print(f"No server listens at {endpoint}. Start one with: decaf serve", file=sys.stderr)
        return 2
    narrator = terminal_narrator(pause)
    narrator.say(f"Welcome to the coffee shop at {cloud.endpoint}, account {cloud.account}.")
    if not pause:
        narrator.say("It plays in about twelve seconds; with --pause it waits for Enter before each scene.")
    try:
        checks = play(cloud, narrator)
        if clean:
            cloud.clean()
    except (BotoCoreError, ClientError, URLError) as error:
        print(f"The scene could not be played to its end: {error}", file=sys.stderr)
        return 1
    narrator.table(checks)
    status = exit_status(checks)
    narrator.say("All counts are as expected." if status == 0 else "Some counts are wrong: see the table.")
    say_what_is_next(narrator, cloud, clean, stays)
    return status


def play(cloud: Cloud, narrator: Narrator) -> list[Check]:
    """Play the five scenes in order, and return all their checks."""
    return [
        *tight_coupling.checks(tight_coupling.play(narrator)),
        *buffer.checks(buffer.play(cloud, narrator)),
        *newsletter.checks(newsletter.play(cloud, narrator)),
        *order_ready.checks(order_ready.play(cloud, narrator)),
        *night_shift.checks(night_shift.play(cloud, narrator)),
    ]


def say_what_is_next(narrator: Narrator, cloud: Cloud, clean: bool, stays: bool) -> None:
    """Say what is left of the film, and where to go on."""
    narrator.say("")
    if clean:
        narrator.say("The queues and topics of the film are deleted.")
    elif not stays:
        narrator.say(
            "The server of the film stops now, with its queues and topics. To look at them, play it again beside one:"
        )
        narrator.line("  decaf start --detach && decaf coffee-shop")
    else:
        narrator.say(f"The queues and topics of the film are still there, in account {cloud.account}:")
        narrator.line(f"  in a browser   {cloud.endpoint}/  (choose the account at the top)")
        narrator.line(f"  or here        decaf queues --url {cloud.endpoint} --account {cloud.account}")
    narrator.line("Now do it yourself, step by step:  decaf learn")
