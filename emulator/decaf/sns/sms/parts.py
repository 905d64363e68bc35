"""How long a text may be, and how many messages a phone network makes of it.

Rule: a text of the GSM alphabet alone has seven bits a character, any other sixteen; a part of several has less room
than a message of its own, for each says which part it is.
Source: Amazon SNS Developer Guide, "Publishing to a mobile phone"; the alphabet is that of GSM 03.38.
"""

from __future__ import annotations

from math import ceil
from typing import Literal

Encoding = Literal["GSM", "UCS-2"]

MAX_LENGTH = 1_600  # characters

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_OF_TWO = frozenset("\f^{}\\[~]|€")  # in the alphabet behind an escape
_ROOM: dict[Encoding, tuple[int, int]] = {"GSM": (160, 153), "UCS-2": (70, 67)}  # alone, and in a part of several


def encoding(text: str) -> Encoding:
    """What `text` is sent in."""
    return "GSM" if _ALPHABET.union(_OF_TWO).issuperset(text) else "UCS-2"


def count(text: str) -> int:
    """The parts that `text` is sent in, at least one."""
    coded = encoding(text)
    length = len(text) + sum(map(_OF_TWO.__contains__, text)) if coded == "GSM" else len(text.encode("utf-16-le")) // 2
    alone, shared = _ROOM[coded]
    return 1 if length <= alone else ceil(length / shared)
