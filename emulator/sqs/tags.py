"""Tags of queues: what can be one.

Source: the SQS API Reference, TagQueue; Amazon SQS Developer Guide, "Quotas related to queues".
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.errors import invalid_value

MAX_TAGS = 50
MAX_KEY = 128  # characters
MAX_VALUE = 256


def check_tags(given: Mapping[str, str], present: Mapping[str, str]) -> None:
    """Raises InvalidParameterValue unless `given` can be added to the tags `present`."""
    for key, value in given.items():
        if not 1 <= len(key) <= MAX_KEY:
            raise invalid_value(f"Tag keys must be between 1 and {MAX_KEY} characters in length.")
        if len(value) > MAX_VALUE:
            raise invalid_value(f"Tag values must be between 0 and {MAX_VALUE} characters in length.")
        if key.lower().startswith("aws:"):
            raise invalid_value("Tag keys that start with aws: are reserved for system use.")
    if len(given.keys() | present.keys()) > MAX_TAGS:
        raise invalid_value(f"Too many tags added. A queue can have at most {MAX_TAGS} tags.")
