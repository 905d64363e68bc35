"""The image and its page: what is answered from anywhere is published on loopback only."""

from __future__ import annotations

import re
from pathlib import Path

from decaf.base.settings import load
from decaf.control.guard import check
from decaf_protocol import Request

ROOT = Path(__file__).parent.parent.parent
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")
PUBLISHED = re.compile(r"-p ([\d.:]*?)4566:4566|\"([\d.:]*?)4566:4566\"")
GATEWAY = "172.17.0.1"  # from where a container sees those who come through a published port


def _variables() -> dict[str, str]:
    (block,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", IMAGE, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in block.replace("\\\n", " ").split())


def test_the_calls_of_the_bench_are_answered_through_a_published_port() -> None:
    settings = load({"host": "0.0.0.0"}, _variables())
    for host in ("127.0.0.1:4566", "localhost:4566", "decaf:4566"):
        check(Request("POST", "/_decaf/reset", {"host": host}, b""), GATEWAY, settings)


def test_the_port_is_published_on_loopback_wherever_the_documents_publish_it() -> None:
    assert _variables()["DECAF_CONTROL_FROM"] == "anywhere"
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    published = [groups for page in pages for groups in PUBLISHED.findall(page.read_text(encoding="utf-8"))]
    assert len(published) >= 4
    assert {one or other for one, other in published} == {"127.0.0.1:"}


def test_the_page_says_why() -> None:
    assert "Publish the port on `127.0.0.1`" in PAGE
    assert "DECAF_CONTROL_FROM=loopback" in PAGE
