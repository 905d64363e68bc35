"""The rules that SQS and SNS share for message attributes, and for the ids of groups and deduplication.

Rule: a check returns which rule is broken; each service has its own words for it, and its own further rules.

Sources: Amazon SQS Developer Guide, "Amazon SQS message metadata"; Amazon SNS Developer Guide, "Amazon SNS message
attributes".
"""

from __future__ import annotations

import re
from enum import Enum, auto

MAX_NAME = 256  # characters
RESERVED = ("aws.", "amazon.")  # what names cannot begin with, in capitals or not

_ILLEGAL_IN_NAME = re.compile(r"[^\w\-.]")
_ILLEGAL_IN_ASCII_NAME = re.compile(r"[^\w\-.]", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


class DotRule(Enum):
    """A rule for the dots of a name that a name breaks."""

    STARTS_WITH_DOT = auto()
    ENDS_WITH_DOT = auto()
    SUCCESSIVE_DOTS = auto()


def illegal_character(name: str, *, in_ascii: bool) -> str | None:
    """Returns the first character that no name can have, as AWS writes it (`#x20`), None when there is none.

    Names are of letters and digits of any script, or `in_ascii` only.
    """
    found = (_ILLEGAL_IN_ASCII_NAME if in_ascii else _ILLEGAL_IN_NAME).search(name)
    return None if found is None else code_point(found.group())


def broken_dot_rule(name: str) -> DotRule | None:
    """Returns the rule that the dots of a name, which is not empty, break."""
    if name[0] == ".":
        return DotRule.STARTS_WITH_DOT
    if name[-1] == ".":
        return DotRule.ENDS_WITH_DOT
    return DotRule.SUCCESSIVE_DOTS if ".." in name else None


def code_point(character: str) -> str:
    """Returns a character as AWS writes it in errors: `#x20`."""
    return f"#x{ord(character):X}"


def is_id(text: str) -> bool:
    """Returns whether `text` can be the id of a message group, of a deduplication or of a receive attempt."""
    return _ID.fullmatch(text) is not None
