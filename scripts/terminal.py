"""Draws docs/terminal.svg: what a terminal shows while Decaf explains where messages went.

Rule: nothing is staged. A server runs, boto3 sends and receives, and each command is run as a person would run it. Ids
are seeded and the clock stands still, so that each run draws the same picture.

    python -m scripts.terminal
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from decaf.testing import Decaf

PICTURE = Path(__file__).parent.parent / "docs" / "terminal.svg"

_WIDTH = 100  # columns
_ACCOUNT = "111122223333"
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


@dataclass(slots=True)
class Shop:
    """The topic `drinks`; and the queue `bar`, which takes its hot drinks, and has a dead-letter queue."""

    decaf: Decaf
    sqs: Any
    sns: Any

    @classmethod
    def opened(cls, decaf: Decaf) -> Shop:
        """Returns a shop in which no order was made yet."""
        shop = cls(decaf, decaf.client("sqs", _ACCOUNT), decaf.client("sns", _ACCOUNT))
        shop.sqs.create_queue(QueueName="bar-dead")
        redrive = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{_ACCOUNT}:bar-dead", "maxReceiveCount": "1"}
        shop.sqs.create_queue(QueueName="bar", Attributes={"RedrivePolicy": json.dumps(redrive)})
        shop.sns.subscribe(
            TopicArn=shop.sns.create_topic(Name="drinks")["TopicArn"],
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:{_ACCOUNT}:bar",
            Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["hot"]})},
        )
        return shop

    def order(self, drink: str, kind: str) -> str:
        """Publish an order, and return its message id at the topic."""
        published = self.sns.publish(
            TopicArn=f"arn:aws:sns:us-east-1:{_ACCOUNT}:drinks",
            Message=drink,
            MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}},
        )
        return str(published["MessageId"])

    def take(self) -> list[str]:
        """Receive from the bar, and return the ids of the messages."""
        queue = self.sqs.get_queue_url(QueueName="bar")["QueueUrl"]
        return [message["MessageId"] for message in self.sqs.receive_message(QueueUrl=queue).get("Messages", [])]


def played() -> Console:
    """Returns a console that has recorded the story: commands, what they printed, and comments between them."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    with Decaf(Settings(port=0, seed=7), Clock(source=lambda: _START)) as decaf:
        shop = Shop.opened(decaf)

        def run(*arguments: str) -> None:
            _run(console, decaf.url, *arguments)

        shop.order("one latte", "hot")
        tea = shop.order("one iced tea", "iced")
        (latte,) = shop.take()
        _comment(console, "two orders were published; a worker received the latte, and crashed")
        run("queues")
        _comment(console, "its visibility timeout is 30 seconds: no need to wait for it")
        run("advance", "30")
        shop.take()
        _comment(console, "the next worker found no latte: where is it?")
        run("explain", latte)
        _comment(console, "and where is the iced tea?")
        run("explain", tea)
    return console


def _comment(console: Console, text: str) -> None:
    console.print(f"[#8a8078]# {text}[/]", highlight=False)


def _run(console: Console, url: str, *arguments: str) -> None:
    """Run a command on the server at `url`, and print it and its output. Raises CalledProcessError when it fails."""
    environment = {**os.environ, "DECAF_URL": url, "COLUMNS": str(_WIDTH), "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "decaf", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    console.print(f"[bold #d7a86e]$[/] [bold]decaf {' '.join(arguments)}[/]", highlight=False)
    console.print(Text.from_ansi(done.stdout.rstrip()))
    console.print()


def drawn() -> str:
    """Returns the SVG of a run."""
    svg = played().export_svg(theme=MONOKAI, code_format=_FORM, unique_id="decaf")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
