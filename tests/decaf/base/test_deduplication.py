"""How duplicates are recognised."""

from __future__ import annotations

import hashlib

from decaf.base.deduplication import Window, content_based_id


def test_the_id_of_a_body_is_its_sha_256() -> None:
    assert content_based_id("grüße") == hashlib.sha256("grüße".encode()).hexdigest()


def test_ended_entries_are_not_kept() -> None:
    window: Window[str, int] = Window(10)
    for second in range(100):
        window.note(str(second), second, now=float(second))
    assert len(window) == 10
    assert window.find("95", now=104.0) == 95
    assert window.find("95", now=105.0) is None
