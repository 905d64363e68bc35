"""The machine and the versions that were measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from decaf.http.head import FORM

from .peers import PEERS

_BUSY = 0.5  # load above which other programs disturb the figures
_PACKAGES = ("aiohttp", "uvloop", "boto3")


def cores() -> tuple[int | None, int | None]:
    """Return the core for servers and the core for clients; none when there is only one core."""
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else (None, None)


def described(peers: Sequence[str]) -> str:
    """Return a paragraph: day, processor, kernel, load, Decaf's form, versions of Python, packages and `peers`."""
    versions = [f"{name} {_version(name)}" for name in _PACKAGES]
    versions += [f"{name} {PEERS[name].version or _version(name)}" for name in peers]
    load = os.getloadavg()[0]
    busy = "" if load < _BUSY else " The machine was busy with other work: trust CPU and ratios, not rates or delays."
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} CPUs, {platform.system()}, "
        f"load {load:.1f} before; Python {platform.python_version()}, Decaf {FORM}, {', '.join(versions)}.{busy}"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    for line in information.read_text().splitlines() if information.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
