"""Origination numbers: the numbers that an account sends from. There are those that the settings name.

Source: the SNS API Reference, ListOriginationNumbers, PhoneNumberInformation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from decaf.base.settings import BadSetting
from decaf.sns.sms.numbers import is_number

_DEFAULTS: Mapping[str, Any] = {
    "CreatedAt": "2020-01-01",
    "Status": "Active",
    "Iso2CountryCode": "US",
    "RouteType": "Transactional",
    "NumberCapabilities": ["SMS"],
}
_WORDS: Mapping[str, frozenset[str]] = {
    "RouteType": frozenset({"Transactional", "Promotional", "Premium"}),
    "NumberCapabilities": frozenset({"SMS", "MMS", "VOICE"}),
}


def read_numbers(tables: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The numbers of the setting `origination_numbers`, by themselves, with the API's members. Raises BadSetting."""
    return {number["PhoneNumber"]: number for number in map(_read, tables)}


def _read(table: Mapping[str, Any]) -> dict[str, Any]:
    number = table.get("PhoneNumber")
    if not isinstance(number, str) or not is_number(number):
        raise BadSetting(f"origination_numbers: PhoneNumber is {number!r}, which is no phone number")
    read = {**_DEFAULTS, **table}
    for name, value in read.items():
        _check(number, name, value)
    read["CreatedAt"] = _time(number, read["CreatedAt"])
    return read


def _check(number: str, name: str, value: Any) -> None:
    if name not in _DEFAULTS and name != "PhoneNumber":
        raise BadSetting(f"origination_numbers: {number} has {name}, which is not known")
    words = _WORDS.get(name)
    given = value if isinstance(value, list) else [value]
    if words is not None and not words.issuperset(map(str, given)):
        raise BadSetting(f"origination_numbers: {number} has {name} {value!r}; known are {', '.join(sorted(words))}")


def _time(number: str, value: Any) -> float:
    """Epoch seconds of a time as TOML or ISO 8601 gives it, in UTC unless it says otherwise."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadSetting(f"origination_numbers: {number} has CreatedAt {value!r}, which is no time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
