"""The number of parts of a text message, and its encoding."""

from __future__ import annotations

import pytest

from decaf.sns.sms import parts


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "GSM", 1),
        ("a" * 160, "GSM", 1),
        ("a" * 161, "GSM", 2),
        ("a" * 306, "GSM", 2),
        ("a" * 307, "GSM", 3),
        ("€" * 80, "GSM", 1),
        ("€" * 81, "GSM", 2),
        ("Ä" * 160, "GSM", 1),
        ("☕" * 70, "UCS-2", 1),
        ("☕" * 71, "UCS-2", 2),
        ("☕" * 134, "UCS-2", 2),
        ("☕" * 135, "UCS-2", 3),
        ("🎉" * 35, "UCS-2", 1),
        ("🎉" * 36, "UCS-2", 2),
        ("a" * 69 + "é", "GSM", 1),
        ("a" * 70 + "ê", "UCS-2", 2),
    ],
)
def test_a_text_has_so_many_parts(text: str, encoding: str, count: int) -> None:
    assert (parts.encoding(text), parts.count(text)) == (encoding, count)
