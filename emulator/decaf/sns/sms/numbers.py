"""Phone numbers: their form.

Source: Amazon SNS Developer Guide, "Publishing to a mobile phone"; the form of numbers is E.164.
"""

from __future__ import annotations

import re

_E164 = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)
_SEPARATED = re.compile(r"\+?\d+([./\- ]\d+)*", re.ASCII)
_SEPARATORS = re.compile(r"[./\- ]")


def is_number(text: str) -> bool:
    """Whether `text` is a phone number that can be published to."""
    return _E164.fullmatch(text) is not None


def is_endpoint(text: str) -> bool:
    """Whether `text` can be subscribed: a phone number, single separators allowed between its digits."""
    return _SEPARATED.fullmatch(text) is not None and is_number(_SEPARATORS.sub("", text))


def plain(number: str) -> str:
    """Returns a phone number in E.164, so that a number written in two ways is one number."""
    return "+" + _SEPARATORS.sub("", number).removeprefix("+")
