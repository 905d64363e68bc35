"""Filter criteria of event source mappings: which messages of a queue reach the function.

Rule: a message that matches none of the filters is not passed to the function. A pattern is matched with the record of
the message; a body that is a JSON object is matched by its fields, any other as one text. A pattern for text does not
match a JSON object, and the other way round, whatever its conditions are.

The grammar is that of filter policies: both are compiled by the event ruler.

Source: AWS Lambda Developer Guide, "Control which events Lambda sends to your function" and "Using event filtering with
an Amazon SQS event source"; the error text is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from decaf.functions.mapping_errors import bad_filter_pattern, too_many_filters
from decaf.sns.filters import Candidates, FilterPolicy, FilterPolicyError, compile_pattern

MAX_FILTERS = 5
MAX_PATTERN = 4_096  # characters


class EventPattern(msgspec.Struct, frozen=True):
    """A compiled pattern. `text` is as it was set; `wants_object` is whether its condition on the body has fields, None
    if it has no condition on the body.
    """

    text: str
    policy: FilterPolicy
    wants_object: bool | None

    def matches(self, candidates: Candidates, body_is_object: bool) -> bool:
        """Whether the record matches whose fields are in `candidates`."""
        return self.wants_object in (None, body_is_object) and self.policy.matches(candidates)


def read_pattern(text: str) -> EventPattern:
    """Returns the compiled pattern. Raises InvalidParameterValueException."""
    if len(text) > MAX_PATTERN:
        raise bad_filter_pattern()
    try:
        policy = compile_pattern(text)
        body = json.loads(text).get("body")
    except (FilterPolicyError, ValueError, AttributeError):
        raise bad_filter_pattern() from None
    return EventPattern(text, policy, None if body is None else isinstance(body, dict))


def read_patterns(criteria: Mapping[str, Any]) -> tuple[EventPattern, ...]:
    """Returns the compiled patterns of a FilterCriteria. Raises InvalidParameterValueException."""
    filters = criteria.get("Filters") or ()
    if len(filters) > MAX_FILTERS:
        raise too_many_filters(MAX_FILTERS)
    return tuple(read_pattern(each.get("Pattern") or "") for each in filters)


def passes(patterns: Iterable[EventPattern], record: Mapping[str, Any]) -> bool:
    """Whether the record of a message matches one of `patterns`."""
    body: str = record["body"]
    is_object = _is_object(body)
    rest = json.dumps({name: value for name, value in record.items() if name != "body"})
    # The text of a body is put in as it is: so it is read once, by whoever matches it.
    candidates = Candidates(f'{{"body":{body if is_object else json.dumps(body)},{rest[1:]}')
    return any(pattern.matches(candidates, is_object) for pattern in patterns)


def _is_object(body: str) -> bool:
    if body.lstrip()[:1] != "{":
        return False
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False
