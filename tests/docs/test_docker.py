"""The image and its page: the control API is closed to other machines, and the port is published on loopback only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decaf.base.settings import load
from decaf.http.guard import Forbidden, Guard
from decaf_protocol import Request

ROOT = Path(__file__).parent.parent.parent
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")
PUBLISHED = re.compile(r"-p ([\d.:]*?)4566:4566|\"([\d.:]*?)4566:4566\"")
GATEWAY = "172.17.0.1"  # from where a container sees those who come through a published port


def _variables() -> dict[str, str]:
    (block,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", IMAGE, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in block.replace("\\\n", " ").split())


HOSTS = ("127.0.0.1:4566", "localhost:4566", "decaf:4566")


def _reset(**headers: str) -> Request:
    return Request("POST", "/_decaf/reset", headers, b"")


@pytest.mark.parametrize("host", HOSTS)
def test_the_control_api_is_closed_to_whoever_reaches_the_published_port(host: str) -> None:
    guard = Guard(load({"host": "0.0.0.0"}, _variables()))
    guard.check_call(Request("POST", "/", {"host": host}, b""))
    with pytest.raises(Forbidden):
        guard.check_control(_reset(host=host), GATEWAY, is_open=False)


@pytest.mark.parametrize("line", ["DECAF_CONTROL_TOKEN=secret", "DECAF_CONTROL_FROM=anywhere"])
def test_one_line_of_the_page_opens_it(line: str) -> None:
    assert f"-e {line}" in PAGE
    guard = Guard(load({"host": "0.0.0.0"}, _variables() | dict([line.split("=")])))
    guard.check_control(_reset(host="decaf:4566", authorization="Bearer secret"), GATEWAY, is_open=False)


def test_the_port_is_published_on_loopback_wherever_the_documents_publish_it() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    published = [groups for page in pages for groups in PUBLISHED.findall(page.read_text(encoding="utf-8"))]
    assert len(published) >= 4
    assert {one or other for one, other in published} == {"127.0.0.1:"}
