"""The command that opens the live page."""

from __future__ import annotations

import webbrowser

import click

from decaf.cli import output
from decaf.cli.address import url_option
from decaf.cli.client import calling
from decaf.page import PREFIX

_TO_ANSWER = 5.0  # seconds


@click.command("open")
@url_option
def open_page(url: str | None) -> None:
    """Open the live page of a running server in the browser.

    Exit code 1 when there is no browser: then the page's address is printed. Exit code 3 when no server answers.
    """
    with calling(url) as control:
        control.health(_TO_ANSWER)
        address = f"{control.url}{PREFIX}/"
    if not webbrowser.open(address):
        output.line(address)
        raise SystemExit(1)


COMMANDS = (open_page,)
