"""What most readers want to know of the results: a few rows, Decaf beside each emulator, taken from the long table.

Rule: the summary has no figure of its own. It and the picture are read from the long table, so the three agree.
"""

from __future__ import annotations

import re

from .peers import PEERS
from .samples import table
from .servers import DECAF

SHOWN = (
    "SendMessage, 1 connection",
    "SendMessage, 16 connections",
    "receive + delete, 16 connections",
    "receive + delete, backlog of 10,000",
    "FIFO, 100 groups: send + receive + delete",
    "Publish to 10 queues",
    "boto3 SendMessage",
)
_COSTS = "| what | server | per second |"  # how the long table begins
_LINE = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([\d,]+) ", re.MULTILINE)  # row, server, median
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def rates(results: str) -> dict[str, dict[str, int]]:
    """Return calls per second by row and server: the medians in the table of costs, rows of one server left out."""
    costs = results.partition(_COSTS)[2].partition("\n\n")[0]
    found = {(title, server): int(rate.replace(",", "")) for title, server, rate in _LINE.findall(costs)}
    rows = {
        title: {server: found[title, server] for server in (DECAF, *PEERS) if (title, server) in found}
        for title in SHOWN
    }
    return {title: servers for title, servers in rows.items() if len(servers) > 1}


def day(results: str) -> str:
    """Return the day of the results, as YYYY-MM-DD. Raises ValueError where they name none."""
    if not (found := _DAY.search(results)):
        raise ValueError("the results have no date")
    return found[0]


def summary(results: str) -> str:
    """Return the short table as Markdown: a line per row, a column per server."""
    shown = rates(results)
    servers = [name for name in (DECAF, *PEERS) if any(name in row for row in shown.values())]
    lines = [[title, *(f"{row[name]:,}" if name in row else "" for name in servers)] for title, row in shown.items()]
    return table(["calls per second", *servers], lines, words=1)
