"""Plays the coffee shop: `python -m decaf.lab [--endpoint URL] [--pause]`.

Rule: the exit status is 0 when every count was as expected, 1 when one was not, 2 when no server listens.
"""

from __future__ import annotations

import argparse
import os
import sys
from urllib.error import URLError

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from decaf.lab import buffer, newsletter, order_ready, tight_coupling
from decaf.lab.checks import Check, exit_status
from decaf.lab.cloud import Cloud, connect
from decaf.lab.narrator import Narrator, terminal_narrator

DEFAULT_ENDPOINT = "http://127.0.0.1:4566"


def main(arguments: list[str] | None = None) -> int:
    """Play all scenes, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        cloud = connect(options.endpoint)
    except (EndpointConnectionError, ConnectTimeoutError, ValueError):
        print(f"No server listens at {options.endpoint}. Start one with: decaf serve", file=sys.stderr)
        return 2
    narrator = terminal_narrator(options.pause)
    narrator.say(f"Welcome to the coffee shop at {cloud.endpoint}, account {cloud.account}.")
    try:
        checks = play(cloud, narrator)
    except (BotoCoreError, ClientError, URLError) as error:
        print(f"The scene could not be played to its end: {error}", file=sys.stderr)
        return 1
    narrator.table(checks)
    status = exit_status(checks)
    narrator.say("All counts are as expected." if status == 0 else "Some counts are wrong: see the table.")
    return status


def play(cloud: Cloud, narrator: Narrator) -> list[Check]:
    """Play the four scenes in order, and return all their checks."""
    return [
        *tight_coupling.checks(tight_coupling.play(narrator)),
        *buffer.checks(buffer.play(cloud, narrator)),
        *newsletter.checks(newsletter.play(cloud, narrator)),
        *order_ready.checks(order_ready.play(cloud, narrator)),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m decaf.lab", description="The coffee shop, in four scenes.")
    parser.add_argument(
        "--endpoint",
        default=os.environ.get("AWS_ENDPOINT_URL") or DEFAULT_ENDPOINT,
        help=f"endpoint of SQS and SNS (default: AWS_ENDPOINT_URL, else {DEFAULT_ENDPOINT})",
    )
    parser.add_argument("--pause", action="store_true", help="wait for Enter before each scene")
    return parser


if __name__ == "__main__":
    sys.exit(main())
