"""ListOriginationNumbers, and the setting that names them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from decaf.base.settings import BadSetting
from decaf.sns.sms.origination import read_numbers
from tests.decaf.sns.cloud import Cloud

JULY = datetime(2024, 7, 1, tzinfo=UTC).timestamp()


def test_there_are_none_by_default(cloud: Cloud) -> None:
    assert cloud.sns("ListOriginationNumbers") == {"PhoneNumbers": [], "NextToken": None}


def test_those_of_the_settings_are_listed() -> None:
    table = {"PhoneNumber": "+12065550100", "RouteType": "Promotional", "CreatedAt": "2024-07-01T00:00:00Z"}
    (number,) = Cloud(origination_numbers=(table,)).sns("ListOriginationNumbers")["PhoneNumbers"]
    assert number == {
        "PhoneNumber": "+12065550100",
        "CreatedAt": JULY,
        "Status": "Active",
        "Iso2CountryCode": "US",
        "RouteType": "Promotional",
        "NumberCapabilities": ["SMS"],
    }


def test_they_are_listed_thirty_at_a_time_or_fewer() -> None:
    cloud = Cloud(origination_numbers=tuple({"PhoneNumber": f"+120655501{number:02}"} for number in range(31)))
    first = cloud.sns("ListOriginationNumbers")
    second = cloud.sns("ListOriginationNumbers", NextToken=first["NextToken"])
    assert (len(first["PhoneNumbers"]), len(second["PhoneNumbers"])) == (30, 1)
    assert len(cloud.sns("ListOriginationNumbers", MaxResults=1)["PhoneNumbers"]) == 1


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({}, "PhoneNumber is None, which is not a phone number"),
        ({"PhoneNumber": "home"}, "PhoneNumber is 'home', which is not a phone number"),
        ({"PhoneNumber": "+12065550100", "Colour": "red"}, "has an unknown member Colour"),
        (
            {"PhoneNumber": "+12065550100", "RouteType": "Scenic"},
            "RouteType of +12065550100 is 'Scenic'; it must be one of Premium",
        ),
        (
            {"PhoneNumber": "+12065550100", "NumberCapabilities": ["FAX"]},
            "NumberCapabilities of +12065550100 is ['FAX']",
        ),
        ({"PhoneNumber": "+12065550100", "CreatedAt": "once"}, "has CreatedAt 'once', which is not a time"),
    ],
)
def test_a_bad_table_is_named(table: dict[str, Any], text: str) -> None:
    with pytest.raises(BadSetting, match="origination_numbers: ") as raised:
        read_numbers([table])
    assert text in str(raised.value)
