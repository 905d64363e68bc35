"""The command that plays the coffee shop: five scenes that teach queues, topics and functions."""

from __future__ import annotations

import sys

import click
from msgspec.structs import replace

from decaf.cli.address import settings_of, url_of


@click.command("coffee-shop", epilog="Example: decaf coffee-shop --pause")
@click.option(
    "--url",
    "--endpoint",
    envvar=["DECAF_URL", "AWS_ENDPOINT_URL"],
    help="the server's address [DECAF_URL, AWS_ENDPOINT_URL, the usual one; else a server of its own]",
)
@click.option("--pause", is_flag=True, help="wait for Enter before each scene")
@click.option("--clean", is_flag=True, help="delete the queues and topics at the end")
def coffee_shop(url: str | None, pause: bool, clean: bool) -> None:
    """Play a coffee shop, in twelve seconds: what queues, topics and functions are good for.

    Its queues and topics are in an account of their own, and stay there to be looked at. Without a running server it
    starts one. Exit code 1 when a count was not as expected.
    """
    from decaf.lab.film import show

    running = url or _running()
    if running is not None:
        raise SystemExit(show(running, pause=pause, clean=clean))
    raise SystemExit(_with_a_server(pause, clean))


def _running() -> str | None:
    """Returns the address of the server that runs at the usual one, None if none does."""
    from decaf.testing.control import Control

    usual = url_of(settings_of(None, {}))
    return usual if Control(usual).answers() else None


def _with_a_server(pause: bool, clean: bool) -> int:
    """Play against a server of its own, which stops when nobody looks at it any more."""
    from decaf.cli.starting import server_here
    from decaf.lab.film import show

    settings = replace(settings_of(None, {}), host="127.0.0.1", port=0, data_dir="", store="", log_level="warning")
    with server_here(settings) as url:
        looked_at = sys.stdin.isatty() and not clean
        status = show(url, pause=pause, clean=clean, stays=looked_at)
        if looked_at:
            click.pause("Press any key to stop the server of the film. ")
    return status


COMMANDS = (coffee_shop,)
