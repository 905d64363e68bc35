"""The file of a trace: data, and the page that shows it, in one HTML file that needs no server and no network.

Rule: what users store is data, or text whose HTML is escaped. The file's own policy lets one script run, this one, and
nothing be loaded. Where a browser runs no script, as in some viewers of CI artifacts, the file still says what failed.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

import msgspec

from decaf import __version__
from decaf.base.printable import printable_lines
from decaf.control.messages import MessageDescription
from decaf.control.queues import QueueDescription
from decaf.control.topics import SubscriptionDescription, TopicDescription
from decaf.control.trace import Trace, TracedEvent
from decaf.page.bundle import bundled, text_of
from decaf.sns.notification import timestamp

VERSION = 1  # of the data
LARGEST = 200_000  # bytes of data that are written as they are; more are compressed
_LATEST = 50  # events in the part that needs no script

_DATA = re.compile(
    r'<script type="application/json" id="decaf-trace"( data-encoding="gzip")?>(.*?)</script>', re.DOTALL
)


class Failure(msgspec.Struct, frozen=True):
    """How a test failed: the `message`, the `file` and `line` where, and the whole report in `text`."""

    message: str
    file: str | None = None
    line: int | None = None
    text: str | None = None


class TracedTest(msgspec.Struct, frozen=True):
    """What a trace is of: its `name`, and how it ended. `started` is in epoch seconds of real time."""

    name: str
    outcome: str | None = None
    duration: float | None = None
    started: float | None = None
    failure: Failure | None = None


class Start(msgspec.Struct, frozen=True):
    """The state before the first event, where it was read."""

    queues: list[QueueDescription]
    topics: list[TopicDescription]
    subscriptions: list[SubscriptionDescription]
    messages: dict[str, list[MessageDescription]]


class BadTrace(Exception):
    """The file is not a trace."""


def written(test: TracedTest, trace: Trace, before: Trace | None = None) -> str:
    """Returns the HTML file of a trace; `before` is what was read at its start, if anything was."""
    data = msgspec.to_builtins(trace)
    if before is not None:
        data["start"] = msgspec.to_builtins(Start(before.queues, before.topics, before.subscriptions, before.messages))
    file = {"format": "decaf-trace", "version": VERSION, "decaf": __version__, "test": test, "data": data}
    return _page(test, trace, _block(msgspec.json.encode(file)))


def data_of(html: str) -> bytes:
    """Returns the JSON in the file of a trace. Raises BadTrace for another file."""
    found = _DATA.search(html)
    if found is None:
        raise BadTrace("it has no trace in it")
    text = found[2].strip()
    try:
        return gzip.decompress(b64decode(text, validate=True)) if found[1] else text.encode()
    except (OSError, EOFError, ValueError) as error:
        raise BadTrace(f"its data cannot be read: {error}") from None


def _block(data: bytes) -> str:
    if len(data) <= LARGEST:
        text, encoding = data.decode().replace("<", "\\u003c"), ""
    else:
        text, encoding = b64encode(gzip.compress(data, mtime=0)).decode(), ' data-encoding="gzip"'
    return f'<script type="application/json" id="decaf-trace"{encoding}>{text}</script>'


def _page(test: TracedTest, trace: Trace, block: str) -> str:
    script, style = bundled("trace/start.js"), text_of("static/style.css") + text_of("trace/style.css")
    icon = b64encode(text_of("static/icon.svg").encode()).decode()
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{_text(test.name)} · Decaf</title>
<link rel="icon" href="data:image/svg+xml;base64,{icon}" type="image/svg+xml">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header id="top"></header>
<main id="main" tabindex="-1">{_summary(test, trace)}</main>
<footer id="bottom"></footer>
<div id="said" class="hidden" role="status" aria-live="polite"></div>
{block}
<script type="module">{script}</script>
</body>
</html>
"""


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _text(text: str) -> str:
    return escape(printable_lines(text))


def _summary(test: TracedTest, trace: Trace) -> str:
    """Returns what can be read without a script."""
    return "\n".join(
        (
            f"<h1>{_text(test.name)}</h1>",
            f"<p>{_text(test.outcome or 'recorded')}, Decaf {_text(trace.version)}, {timestamp(trace.now)}</p>",
            *_failure(test.failure),
            "<p>Here no script runs: open the file itself in a browser to go back and forth in time.</p>",
            "<h2>Queues at the end</h2>",
            _table(
                ("Queue", "Visible", "In flight", "Delayed"),
                ((each.name, each.visible, each.in_flight, each.delayed) for each in trace.queues),
            ),
            "<h2>Messages in question</h2>",
            _table(("Message", "Where it is, and why"), list(trace.explained.items())[:_LATEST]),
            f"<h2>The latest {_LATEST} events</h2>",
            _table(("Time", "Event", "What happened"), map(_row, trace.events[-_LATEST:])),
        )
    )


def _failure(failure: Failure | None) -> Iterable[str]:
    if failure is not None:
        place = f" {failure.file}:{failure.line}" if failure.file else ""
        yield f"<pre>{_text(failure.message + place)}</pre>"
        if failure.text:
            yield f"<details><summary>The report</summary><pre>{_text(failure.text)}</pre></details>"


def _row(event: TracedEvent) -> tuple[str, str, str]:
    return timestamp(event.at), event.kind, event.text


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_text(str(each))}</td>' for each in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
