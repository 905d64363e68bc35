"""Options of text messages: an account's preferences for all, and a publisher's message attributes for one.

Rule: the message's own attributes win over the account's preferences.
Source: the SNS API Reference, SetSMSAttributes; Amazon SNS Developer Guide, "Publishing to a mobile phone".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from decaf.base.attributes import Attribute, text
from decaf.sns.attribute import BadAttribute, one_of, whole
from decaf.sns.notification import Attributes
from decaf.sns.sms.numbers import is_number

DEFAULT_SPEND_LIMIT = Decimal(1)  # US dollars a month, until a user has it raised

_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}", re.ASCII)
_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_TYPES = ("Promotional", "Transactional")


def _money(name: str, value: str) -> Decimal:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise BadAttribute(f"{name}: {value} is not an amount of US dollars")
    return amount


def _sender_id(name: str, value: str) -> str:
    if not _SENDER_ID.fullmatch(value):
        raise BadAttribute(f"{name}: must be 1 to 11 alphanumeric characters, at least one of them a letter")
    return value


def _origination_number(name: str, value: str) -> str:
    if not (is_number(value) or _SHORT_CODE.fullmatch(value)):
        raise BadAttribute(f"{name}: {value} is not a phone number or short code")
    return value


SETTABLE: dict[str, Attribute] = {
    "DefaultSMSType": Attribute(one_of(*_TYPES), clearable=True),
    "DefaultSenderID": Attribute(_sender_id, clearable=True),
    "DeliveryStatusIAMRole": Attribute(text, clearable=True),
    "DeliveryStatusSuccessSamplingRate": Attribute(whole(0, 100), clearable=True),
    "MonthlySpendLimit": Attribute(_money, clearable=True),
    "UsageReportS3Bucket": Attribute(text, clearable=True),
}

# The message attributes for text messages: the name of the option that each sets, and how it is read.
OF_MESSAGE: dict[str, tuple[str, Attribute]] = {
    "AWS.SNS.SMS.SMSType": ("SMSType", SETTABLE["DefaultSMSType"]),
    "AWS.SNS.SMS.SenderID": ("SenderID", SETTABLE["DefaultSenderID"]),
    "AWS.SNS.SMS.MaxPrice": ("MaxPrice", Attribute(_money)),
    "AWS.MM.SMS.OriginationNumber": ("OriginationNumber", Attribute(_origination_number)),
    "AWS.MM.SMS.EntityId": ("EntityId", Attribute(text)),
    "AWS.MM.SMS.TemplateId": ("TemplateId", Attribute(text)),
}


class MessageOptions(msgspec.Struct, frozen=True):
    """The options of one message: `attributes` by AWS's names; `max_price` in US dollars, None for any price."""

    attributes: Mapping[str, str]
    max_price: Decimal | None


def read_sms_options(attributes: Attributes | None, preferences: Mapping[str, Any]) -> MessageOptions:
    """Returns the options of a message with these message attributes. Raises BadAttribute."""
    options: dict[str, Any] = {"SMSType": preferences.get("DefaultSMSType", _TYPES[0])}
    if "DefaultSenderID" in preferences:
        options["SenderID"] = preferences["DefaultSenderID"]
    for name, value in (attributes or {}).items():
        if name in OF_MESSAGE:
            option, attribute = OF_MESSAGE[name]
            options[option] = attribute.read(name, value.get("StringValue", ""))
    return MessageOptions({option: str(value) for option, value in options.items()}, options.get("MaxPrice"))
