"""Tags of topics: the checks of keys and their number.

Source: the SNS API Reference, TagResource; key and value lengths are checked by the service's model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from decaf.sns.errors import invalid, tag_limit_exceeded

MAX_TAGS = 50


def read_tags(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Returns the tags of a request, by key. Raises InvalidParameter for a key given twice, or a reserved one."""
    tags = {tag["Key"]: tag["Value"] for tag in given}
    # TagResource: a request must not repeat a key
    if len(tags) < len(given):
        raise invalid("Duplicated keys are not allowed.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("Tags Reason: Tag keys that start with aws: are reserved for system use.")
    return tags


def check_count(given: Mapping[str, str], present: Mapping[str, str]) -> None:
    """Raises TagLimitExceeded unless `given` can be added to the tags `present`."""
    if len(given.keys() | present.keys()) > MAX_TAGS:
        raise tag_limit_exceeded()
