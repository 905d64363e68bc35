"""Draws docs/terminal.svg: what a terminal shows while Decaf explains where messages went.

Rule: nothing is staged. A server runs, and each command is run as a person would run it. Ids are seeded and the clock
stands still, so that each run draws the same picture.

    python -m scripts.terminal
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.testing import Decaf

PICTURE = Path(__file__).parent.parent / "docs" / "terminal.svg"

_WIDTH = 100  # columns
_START = 1767254400.0  # 2026-01-01, 08:00 UTC
# As rich's own, without its title bar and without a font from the network.
_FORM = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>{lines}</defs>
<rect width="{width}" height="{height}" rx="8" fill="#1c1a19" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
"""


WORLD = """
[[queues]]
name = "bar"
RedrivePolicy = { deadLetterTargetArn = "bar-dead", maxReceiveCount = 1 }
[[queues]]
name = "bar-dead"
[[topics]]
name = "drinks"
[[subscriptions]]
topic = "drinks"
protocol = "sqs"
endpoint = "bar"
RawMessageDelivery = true
FilterPolicy = { kind = ["hot"] }
"""


def played() -> Console:
    """Returns a console that has recorded the story: commands, what they printed, and comments between them."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    with Decaf(Settings(port=0, seed=7), Clock(source=lambda: _START)) as decaf:
        decaf.control.declare(WORLD)

        def run(*arguments: str) -> str:
            return _run(console, decaf.url, *arguments)

        run("publish", "drinks", "one latte", "--attribute", "kind=hot")
        tea = run("publish", "drinks", "one iced tea", "--attribute", "kind=iced")
        _comment(console, "a worker receives the latte, and crashes")
        latte = run("receive", "bar").splitlines()[1].split()[0]
        _comment(console, "its visibility timeout is 30 seconds: no need to wait for it")
        run("advance", "30")
        _comment(console, "the next worker receives nothing: where is the latte?")
        run("receive", "bar")
        run("explain", latte)
        _comment(console, "and where is the iced tea?")
        run("explain", tea)
    return console


def _comment(console: Console, text: str) -> None:
    console.print(f"[#8a8078]# {text}[/]", highlight=False)


def _run(console: Console, url: str, *arguments: str) -> str:
    """Run a command on the server at `url`, and print it and its output, which is returned."""
    environment = {**os.environ, "DECAF_URL": url, "COLUMNS": str(_WIDTH), "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "decaf", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    shown = (done.stdout + done.stderr).rstrip()
    console.print(f"[bold #d7a86e]$[/] [bold]decaf {shlex.join(arguments)}[/]", highlight=False)
    if shown:
        console.print(Text.from_ansi(shown))
    console.print()
    return Text.from_ansi(shown).plain


def drawn() -> str:
    """Returns the SVG of a run."""
    svg = played().export_svg(theme=MONOKAI, code_format=_FORM, unique_id="decaf")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
