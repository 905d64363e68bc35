"""Attributes in SNS's words: of topics, subscriptions, platform applications, endpoints and text messages.

Rule: a reader raises the reason alone; the operation puts the beginning of the sentence before it, which AWS words
differently for a map of Attributes and for one attribute set by its name. Texts as the real service words them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from decaf.base import attributes
from decaf.base.attributes import Reader, Table
from decaf.sns.errors import invalid
from decaf_protocol import AWSError


class BadAttribute(Exception):
    """An attribute that cannot be set to a value; the text is the reason."""


class UnknownAttribute(BadAttribute):
    """There is no such attribute, or it cannot be set; the text is its name."""


class AttributeOfOthers(UnknownAttribute):
    """There is such an attribute, but of topics of the other type only."""


def read_all(table: Table, given: Mapping[str, str | None], others: Collection[str] = ()) -> dict[str, Any]:
    """Returns the values that `given` sets; None for an attribute that it removes. A value left out is None in `given`.

    Raises BadAttribute for an unknown name or a bad value; `others` are the attributes of topics of the other type.
    """

    def unknown(name: str) -> UnknownAttribute:
        return AttributeOfOthers(name) if name in others else UnknownAttribute(name)

    return attributes.read_all(table, given, unknown)


def refused_in_map(bad: BadAttribute) -> AWSError:
    """Returns the error for an attribute among the Attributes of a request."""
    if isinstance(bad, AttributeOfOthers):
        return invalid(f"Attributes Reason: Unknown attribute {bad}")
    reason = f"Invalid attribute name: {bad}" if isinstance(bad, UnknownAttribute) else str(bad)
    return invalid(f"Attributes Reason: {reason}")


def refused_by_name(bad: BadAttribute) -> AWSError:
    """Returns the error for an attribute that was set by its AttributeName."""
    return invalid("AttributeName" if isinstance(bad, UnknownAttribute) else str(bad))


truth = attributes.truth(
    lambda name, text: BadAttribute(f"{name}: Invalid value [{text}]. Must be true or false."),
)


def whole(least: int, most: int) -> Reader:
    """Returns a reader of whole numbers from `least` to `most`."""
    return attributes.whole(
        least,
        most,
        lambda name, text: BadAttribute(f"{name}: {text} value provided is not an integer between {least}-{most}"),
    )


def one_of(*values: str) -> Reader:
    """Returns a reader of one of `values`."""
    allowed = ", ".join(values)
    return attributes.one_of(
        values, lambda name, text: BadAttribute(f"{name}: Invalid value [{text}]. Must be one of: {allowed}.")
    )
