"""Origination numbers: the numbers that accounts send from, as the setting `origination_numbers` lists them.

Source: the SNS API Reference, ListOriginationNumbers, PhoneNumberInformation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from decaf.base.settings import BadSetting, bad_entry
from decaf.sns.sms.numbers import is_number

_DEFAULTS: Mapping[str, Any] = {
    "CreatedAt": "2020-01-01",
    "Status": "Active",
    "Iso2CountryCode": "US",
    "RouteType": "Transactional",
    "NumberCapabilities": ["SMS"],
}
_CHOICES: Mapping[str, frozenset[str]] = {
    "RouteType": frozenset({"Transactional", "Promotional", "Premium"}),
    "NumberCapabilities": frozenset({"SMS", "MMS", "VOICE"}),
}


def read_numbers(tables: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Returns the numbers of the setting, by phone number, with the API's members. Raises BadSetting."""
    return {number["PhoneNumber"]: number for number in map(_read, tables)}


def _read(table: Mapping[str, Any]) -> dict[str, Any]:
    number = table.get("PhoneNumber")
    if not isinstance(number, str) or not is_number(number):
        raise _bad(table, "PhoneNumber", f"PhoneNumber is {number!r}, which is not a phone number")
    read = {**_DEFAULTS, **table}
    for name, value in read.items():
        _check(table, number, name, value)
    read["CreatedAt"] = _time(table, number, read["CreatedAt"])
    return read


def _bad(table: Mapping[str, Any], name: str, reason: str) -> BadSetting:
    return bad_entry("origination_numbers", table, reason, name)


def _check(table: Mapping[str, Any], number: str, name: str, value: Any) -> None:
    if name not in _DEFAULTS and name != "PhoneNumber":
        raise _bad(table, name, f"{number} has an unknown member {name}")
    choices = _CHOICES.get(name)
    given = value if isinstance(value, list) else [value]
    if choices is not None and not choices.issuperset(map(str, given)):
        allowed = ", ".join(sorted(choices))
        raise _bad(table, name, f"{name} of {number} is {value!r}; it must be one of {allowed}")


def _time(table: Mapping[str, Any], number: str, value: Any) -> float:
    """Returns the epoch seconds of a time in TOML or ISO 8601; without an offset it is in UTC."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise _bad(table, "CreatedAt", f"{number} has CreatedAt {value!r}, which is not a time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
