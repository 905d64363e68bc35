"""The checks of a queue's tags.

Source: the SQS API Reference, TagQueue; Amazon SQS Developer Guide, "Quotas related to queues".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from decaf.sqs.errors import invalid_value

MAX_KEY = 128  # characters
MAX_VALUE = 256
_SYMBOLS = "_.:/=+-@"


def check_tags(added: Mapping[str, str], present: Mapping[str, str], queue_name: str, most: int) -> None:
    """Raises InvalidParameterValue unless `added` can be added to the tags `present` of a queue."""
    check_keys(added)
    for key, value in added.items():
        if key.lower().startswith("aws:"):
            raise invalid_value("Tag keys that start with aws: are reserved for system use.")
        if len(value) > MAX_VALUE:
            raise invalid_value(f"Tag values must be between 0 and {MAX_VALUE} characters in length.")
        _check_characters(value, "values")
    # a key that is there already is replaced, and does not count twice
    if len(added.keys() | present.keys()) > most:
        raise invalid_value(f"Too many tags added for queue {queue_name}.")


def check_keys(keys: Iterable[str]) -> None:
    """Raises InvalidParameterValue unless all `keys` are valid tag keys."""
    for key in keys:
        if not 1 <= len(key) <= MAX_KEY:
            raise invalid_value(f"Tag keys must be between 1 and {MAX_KEY} characters in length.")
        _check_characters(key, "keys")


def _check_characters(text: str, kind: str) -> None:
    if not all(character.isalnum() or character.isspace() or character in _SYMBOLS for character in text):
        raise invalid_value(
            f"Tag {kind} may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @"
        )
