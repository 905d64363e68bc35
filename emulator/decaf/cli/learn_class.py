"""The commands of a class: the teacher's, which opens a room, and the learner's, which come in and leave."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from decaf.base.loopback import is_loopback
from decaf.base.printable import printable
from decaf.cli import output
from decaf.cli.address import Url
from decaf.learn.classroom.roster import MOST

if TYPE_CHECKING:
    from decaf.learn.classroom.front import Front

PORT = 4580
_ALL = ("0.0.0.0", "::")  # hosts that stand for all addresses of this machine
_SOMEWHERE = ("192.0.2.1", 9)  # an address for documentation: nothing is sent there


@click.command("class")
@click.option("--host", default="127.0.0.1", show_default=True, help="address that all servers listen on")
@click.option(
    "--port",
    type=click.IntRange(0, 60_000),
    default=PORT,
    show_default=True,
    help="port of the front; learners' servers have those after it (0: any free ports)",
)
@click.option("--most", type=click.IntRange(1, 500), default=MOST, show_default=True, help="most learners in the room")
@click.option("--allowed-host", multiple=True, help="one more host name of this machine")
def classroom(host: str, port: int, most: int, allowed_host: tuple[str, ...]) -> None:
    """Open a room for a class: also decaf learn --class.

    It prints the address and the code by which learners come in, and the address of your board. Each learner gets a
    server of their own on this machine. Learners on other machines reach it when --host is an address of your network,
    or 0.0.0.0 for all. Ctrl-C ends the room with all its servers and what is in them.
    """
    from decaf.learn.classroom.classroom import Room
    from decaf.learn.classroom.session import CannotListen, hold

    with tempfile.TemporaryDirectory(prefix="decaf-class-") as folder:
        room = Room(host, port + 1 if port else 0, Path(folder), allowed_host, most)
        try:
            asyncio.run(hold(room, port, lambda front: _print_invitation(front, host, most), output.line))
        except CannotListen as error:
            raise click.ClickException(f"cannot listen on {host}:{port}: {error}") from error
    output.line("The room has ended.")


def _print_invitation(front: Front, host: str, most: int) -> None:
    url = f"http://{_shown(host)}:{front.port}"
    code = front.classroom.code
    output.line(f"The room is open, for {most} learners. They come in at")
    output.line("")
    output.line(f"  {url}/    with the code {code}")
    output.line("")
    output.line(f"or in a terminal: decaf learn join {url} {code} --name NAME")
    output.line(f"Your board, for you alone: {url}/#key={front.classroom.key}")
    if is_loopback(host):
        output.line("Only this machine reaches it; for your network: decaf learn --class --host 0.0.0.0")
    output.line("Ctrl-C ends the room with all its servers.")
    output.line("")


def _shown(host: str) -> str:
    """Returns a host as others reach it: of all addresses the one that this machine has in its network."""
    if host in _ALL:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            try:
                trial.connect(_SOMEWHERE)
                return str(trial.getsockname()[0])
            except OSError:
                return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


_directory_option = click.option(
    "--in",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="the course's folder [decaf-lessons here, or in a folder above]",
)


@click.command()
@click.argument("url", type=Url())
@click.argument("code")
@click.option("--name", required=True, help="your name on the board")
@click.option("--token", default="", help="of a place that you have already, as the page of the room shows it")
@_directory_option
def join(url: str, code: str, name: str, token: str, directory: Path | None) -> None:
    """Come into the room of a class at URL, by its CODE.

    From then on the lessons in this folder are played on your server there, until decaf learn leave.
    """
    from decaf.learn.classroom import joining
    from decaf.learn.course import Course

    try:
        course = Course.open(directory)
        before = joining.read_place(course.directory)
        if before is not None and before.name.casefold() not in ("", name.strip().casefold()):
            raise click.ClickException(f"this folder is {printable(before.name)}'s: first decaf learn leave")
        token = token or (before.token if before is not None and before.front == url else "")
        joined = joining.join(url, code, name, token)
        joining.write_place(course.directory, joining.Place(url, joined.url, joined.token, joined.name))
    except (joining.NotIn, OSError) as error:
        raise click.ClickException(printable(str(error))) from error
    output.line(f"Hello, {joined.name}. Your server is {joined.url}")
    output.line(f"Your lessons in a browser, for you alone: {joined.page}")
    output.line("Next: decaf learn")


@click.command()
@_directory_option
def leave(directory: Path | None) -> None:
    """Play the lessons on a server of this machine again, and no longer in the room of a class."""
    from decaf.learn.classroom.joining import leave as leave_room
    from decaf.learn.course import Course

    if not leave_room(Course.open(directory).directory):
        raise click.ClickException("the lessons in this folder are not played in a room")
    output.line("The lessons are played on this machine again. Next: decaf learn")
