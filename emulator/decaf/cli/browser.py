"""The command that opens the live page."""

from __future__ import annotations

import webbrowser

import click

from decaf.cli import output
from decaf.cli.address import settings_of, url_of, url_option
from decaf.page import PREFIX


@click.command("open")
@url_option
def open_page(url: str | None) -> None:
    """Open the live page of a running server in the browser.

    Exit code 1 when there is no browser: then the page's address is printed.
    """
    address = f"{url or url_of(settings_of(None, {}))}{PREFIX}/"
    if not webbrowser.open(address):
        output.line(address)
        raise SystemExit(1)


COMMANDS = (open_page,)
