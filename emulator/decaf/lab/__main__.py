"""Plays the coffee shop: `python -m decaf.lab [--endpoint URL] [--pause] [--clean]`."""

from __future__ import annotations

import argparse
import os
import sys

from decaf.lab.film import show

DEFAULT_ENDPOINT = "http://127.0.0.1:4566"


def main(arguments: list[str] | None = None) -> int:
    """Play all scenes, and return the exit status, that of the film."""
    options = _parser().parse_args(arguments)
    return show(options.endpoint, pause=options.pause, clean=options.clean)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m decaf.lab", description="The coffee shop, in five scenes.")
    parser.add_argument(
        "--endpoint",
        default=os.environ.get("AWS_ENDPOINT_URL") or DEFAULT_ENDPOINT,
        help=f"endpoint of SQS and SNS (default: AWS_ENDPOINT_URL, else {DEFAULT_ENDPOINT})",
    )
    parser.add_argument("--pause", action="store_true", help="wait for Enter before each scene")
    parser.add_argument("--clean", action="store_true", help="delete the queues and topics at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
