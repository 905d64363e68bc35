"""The commands that record what happens on a running server into the file of a trace, and that show such a file."""

from __future__ import annotations

import signal
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import click

from decaf.cli import output
from decaf.cli.address import url_option
from decaf.cli.client import calling
from decaf.testing.environment import ACCOUNT, environment_of_services

if TYPE_CHECKING:
    from decaf.control.trace import Trace

_OWN_HOSTS = ("127.0.0.1", "localhost")


@click.command(
    context_settings={"allow_interspersed_args": False}, epilog="Example: decaf record --out trace.html -- pytest"
)
@url_option
@click.option("--account", help="record what happens in this account only [all]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("trace.html"), show_default=True)
@click.argument("command", metavar="[COMMAND...]", nargs=-1, type=click.UNPROCESSED)
def record(url: str | None, account: str | None, out: Path, command: tuple[str, ...]) -> None:
    """Record a running server while COMMAND runs, or until Ctrl-C, into a file that opens in a browser.

    The AWS clients of COMMAND call that server, as under `decaf run`, in the account of --account or 000000000000. The
    exit code is that of COMMAND.
    """
    from decaf.page.trace_file import TracedTest, written
    from decaf.testing.traces import write

    with calling(url, account) as control:
        before = control.trace(control.mark(), control.calls(limit=1).mark)
        status = _run(control.url, account, command) if command else None
        if not command:
            _wait()
        trace = control.trace(before.mark, before.calls_mark)
        outcome = {None: None, 0: "passed"}.get(status, "failed")
        test = TracedTest(" ".join(command) or "recorded", outcome, trace.real - before.real, before.real)
        write(out, written(test, trace, None if trace.lost else before))
    output.line(f"recorded {_counted(trace)} into {out}", err=True)
    raise SystemExit(status or 0)


def _run(url: str, account: str | None, command: tuple[str, ...]) -> int:
    from decaf.cli.run import status_of
    from decaf.testing.surroundings import surroundings

    pointing = environment_of_services(url, account or ACCOUNT) | {"DECAF_URL": url}
    return status_of(command, surroundings(pointing))


def _wait() -> None:
    """Wait for Ctrl-C, or for the end of this process to be asked for."""
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    output.line("recording, until Ctrl-C", err=True)
    signal.sigwait(ends)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)


def _counted(trace: Trace) -> str:
    return "1 event" if len(trace.events) == 1 else f"{len(trace.events)} events"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="print the data in the file, for programs")
@click.option("--serve", is_flag=True, help="serve the file to browsers of this machine, until Ctrl-C")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="with --serve [a free port]")
def trace(file: Path, as_json: bool, serve: bool, port: int) -> None:
    """Open the file of a trace in the browser.

    Exit code 1 when there is no browser: then the file's address is printed; or when the file is no trace.
    """
    from decaf.page.trace_file import BadTrace, data_of

    try:
        html = file.read_text(encoding="utf-8")
        data = data_of(html)
    except (OSError, UnicodeDecodeError, BadTrace) as error:
        raise click.ClickException(f"{file} is not the file of a trace: {error}") from None
    if as_json:
        import msgspec

        output.json(msgspec.Raw(data))
    elif serve:
        _serve(html.encode(), port)
    elif not webbrowser.open(file.absolute().as_uri()):
        output.line(file.absolute().as_uri())
        raise SystemExit(1)


def _serve(page: bytes, port: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        """Answers every path with the trace, for requests that name this machine: other names are another site's."""

        def do_GET(self) -> None:
            allowed = self.headers.get("Host", "").rpartition(":")[0] in _OWN_HOSTS
            content = page if allowed else b"not from here\n"
            self.send_response(200 if allowed else 403)
            self.send_header("Content-Type", "text/html; charset=utf-8" if allowed else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Requests are not logged."""

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        output.line(f"http://127.0.0.1:{server.server_port}/")
        server.serve_forever()


COMMANDS = (record, trace)
