"""Hypothesis strategies for anything a client may send or a service may answer, made from botocore's models.

Rule: what is drawn is valid by the model (required members, enums, lengths, ranges, patterns) and hard on a
codec otherwise: every character XML can carry, text that looks like markup, JSON, forms or escapes, empty
things, nested things. The only knowledge typed by hand is that awkward text; the shapes are AWS's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Values = st.SearchStrategy[Any]

AWKWARD_TEXTS = (
    "<RequestId>not yours</RequestId>",
    "</Message><Message>",
    "<![CDATA[x]]>",
    "<!-- x -->",
    "<?xml version='1.0'?>",
    "&amp;",
    "&#13;",
    "&",
    "]]>",
    '"',
    "'",
    "\\",
    "\r",
    "\r\n",
    "\n",
    "\t",
    " ",
    "  leading and trailing  ",
    "\n\tindented\n",
    "+",
    "%41",
    "%",
    "a=b&c=d",
    ";",
    "#",
    "?",
    "/",
    "@attribute",
    "#text",
    "Attribute.1.Name",
    '{"json": [1, "two", null]}',
    "\\u0041\\ud800",
    "null",
    "true",
    "0",
    "𝄞",
    "👩\u200d👩\u200d👧",
    "e\u0301",
    "\u202e",
    "\ufeff",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufffd",
    "\U0010ffff",
)


def few_examples(count: int) -> settings:
    """At most `count` examples: there are many shapes, so each gets few. Always the same where CI is set."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize="CI" in os.environ,
        suppress_health_check=[
            HealthCheck.filter_too_much,  # of texts with a pattern and a length, by the length
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )


def seeded_examples(values: Values, count: int) -> list[Any]:
    """`count` or fewer examples as a list, the same in every run: for where they must travel in one batch."""
    found: list[Any] = []

    @settings(few_examples(count), derandomize=True, database=None, phases=[Phase.generate])
    @given(values)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


@lru_cache
def service_model(service: str) -> ServiceModel:
    """botocore's own model of "sqs", "sns" or "sts"."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_names(service: str) -> list[str]:
    """Every operation of the service, as AWS names them."""
    return sorted(service_model(service).operation_names)


@lru_cache
def inputs(service: str, operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of one call. A required list or map holds something: an empty one has tests of its own."""
    shape = service_model(service).operation_model(operation).input_shape
    return _structure(shape, least=1) if shape else st.just({})


@lru_cache
def outputs(service: str, operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Results of one call; {} for an operation that has none. Lists and maps may be empty."""
    shape = service_model(service).operation_model(operation).output_shape
    return _structure(shape, least=0) if shape else st.just({})


def xml_text(least: int = 0, most: int = 1000) -> st.SearchStrategy[str]:
    """Text of `least` to `most` characters, each of them one that XML 1.0 allows."""
    legal = st.characters(
        min_codepoint=0x20,
        exclude_categories=["Cs"],
        exclude_characters="\ufffe\uffff",
        include_characters="\t\n\r",
    )
    awkward = st.lists(st.sampled_from(AWKWARD_TEXTS), min_size=1, max_size=3).map("".join)
    return st.one_of(
        st.text(legal, min_size=least, max_size=min(most, least + 10)),
        awkward.map(lambda text: text.ljust(least, "x")[:most]),
    )


def _value(shape: Shape, least: int) -> Values:
    return _BY_TYPE[shape.type_name](shape, least)


def _structure(shape: Shape, least: int) -> st.SearchStrategy[dict[str, Any]]:
    """`least` is how many entries a required list or map has at the least."""
    if getattr(shape, "is_tagged_union", False):
        return st.one_of([_value(member, least).map(partial(_only, name)) for name, member in shape.members.items()])
    required = set(shape.required_members)
    members = {name: _value(member, least if name in required else 0) for name, member in shape.members.items()}
    return st.fixed_dictionaries(
        {name: member for name, member in members.items() if name in required},
        optional={name: member for name, member in members.items() if name not in required},
    )


def _list(shape: Shape, least: int) -> Values:
    low, high = _size(shape, least)
    return st.lists(_value(shape.member, least), min_size=low, max_size=high)


def _map(shape: Shape, least: int) -> Values:
    low, high = _size(shape, least)
    return st.dictionaries(_value(shape.key, least), _value(shape.value, least), min_size=low, max_size=high)


def _size(shape: Shape, least: int) -> tuple[int, int]:
    low = max(least, shape.metadata.get("min", 0))
    return low, min(max(low, 3), shape.metadata.get("max", 3))


def _only(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _string(shape: Shape, _: int) -> Values:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
    if shape.enum:
        return st.sampled_from(shape.enum)
    pattern = shape.metadata.get("pattern", "")
    if r"\p{" in pattern:  # a class of Java's, of letters and the like
        return st.text("aZ0é_", min_size=least, max_size=min(most, least + 10))
    if pattern:
        return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True).filter(
            lambda text: least <= len(text) <= most
        )
    return xml_text(least, most)


def _integer(bits: int) -> Callable[[Shape, int], Values]:
    def integer(shape: Shape, _: int) -> Values:
        least = shape.metadata.get("min", -(2 ** (bits - 1)))
        most = shape.metadata.get("max", 2 ** (bits - 1) - 1)
        return st.integers(least, most)

    return integer


def _number(shape: Shape, _: int) -> Values:
    return st.floats(shape.metadata.get("min"), shape.metadata.get("max"), allow_nan=False, allow_infinity=False)


def _timestamp(_shape: Shape, _: int) -> Values:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return st.integers(0, 2**42).map(lambda milliseconds: epoch + timedelta(milliseconds=milliseconds))


_BY_TYPE: dict[str, Callable[[Any, int], Values]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer(32),
    "long": _integer(64),
    "boolean": lambda _shape, _least: st.booleans(),
    "blob": lambda _shape, _least: st.binary(max_size=16),
    "timestamp": _timestamp,
    "float": _number,
    "double": _number,
}
