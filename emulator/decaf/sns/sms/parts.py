"""The parts of a text message: the encoding of a text, and the number of messages that phone networks send it in.

Rule: a text in the GSM alphabet takes seven bits per character, any other sixteen; each of several parts is shorter
than a single message, since it also carries its number.
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
_OF_TWO = frozenset("\f^{}\\[~]|€")  # of the GSM alphabet too, but each takes two characters: an escape comes first
_ROOM: dict[Encoding, tuple[int, int]] = {
    "GSM": (160, 153),
    "UCS-2": (70, 67),
}  # characters of a single message, and of each of several parts


def encoding(text: str) -> Encoding:
    """Returns the encoding that `text` is sent in."""
    return "GSM" if _ALPHABET.union(_OF_TWO).issuperset(text) else "UCS-2"


def count(text: str) -> int:
    """Returns the number of parts that `text` is sent in, at least one."""
    coded = encoding(text)
    length = len(text) + sum(map(_OF_TWO.__contains__, text)) if coded == "GSM" else len(text.encode("utf-16-le")) // 2
    alone, shared = _ROOM[coded]
    return 1 if length <= alone else ceil(length / shared)
