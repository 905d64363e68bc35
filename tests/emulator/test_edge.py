"""The fast edge: how it reads headers."""

from __future__ import annotations

import pytest

from emulator.edge import Head

BLOCK = b"\r\nHost: decaf\r\nX-Amz-Target:AmazonSQS.SendMessage\r\nContent-Length:  12 \r\nUser-Agent: caf\xc3\xa9"


def test_headers_are_found_whatever_their_case() -> None:
    head = Head(BLOCK)
    assert head.get("host") == "decaf"
    assert head.get("x-amz-target") == "AmazonSQS.SendMessage"
    assert head["content-length"] == "12"
    assert head.get("user-agent") == "café"
    assert head.get("accept") is None
    assert head.get("accept", "") == ""
    assert "host" in head
    assert "accept" not in head
    assert sorted(head) == ["content-length", "host", "user-agent", "x-amz-target"]
    assert len(head) == 4
    with pytest.raises(KeyError):
        head["accept"]


@pytest.mark.parametrize(
    ("line", "length"),
    [
        (b"Content-Length: 0", 0),
        (b"content-length:17", 17),
        (b"X: 1", -1),
        (b"Content-Length: -1", -1),
        (b"Content-Length: 1_0", -1),
        (b"Content-Length: \xb2", -1),
        (b"Content-Length: 999999999999", -1),
        (b"Content-Length: 1\r\nContent-Length: 1", -1),
    ],
)
def test_a_length_is_taken_only_when_it_is_clear(line: bytes, length: int) -> None:
    assert Head(b"\r\nHost: decaf\r\n" + line).content_length() == length
