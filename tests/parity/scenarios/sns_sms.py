"""Text messages: preferences, and who wants none."""

from __future__ import annotations

from ..trace import Client, Trace, saw

_PHONE = "+15555550142"


def preferences(sns: Client) -> Trace:
    return {
        "set": saw(sns.set_sms_attributes, attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "Shop"}),
        "all": saw(sns.get_sms_attributes),
        "one": saw(sns.get_sms_attributes, attributes=["DefaultSMSType"]),
        "change": saw(sns.set_sms_attributes, attributes={"DefaultSMSType": "Promotional"}),
        "changed": saw(sns.get_sms_attributes),
    }


def bad_preferences(sns: Client) -> Trace:
    return {
        "unknown": saw(sns.set_sms_attributes, attributes={"Colour": "red"}),
        "no type": saw(sns.set_sms_attributes, attributes={"DefaultSMSType": "Urgent"}),
    }


def a_phone_that_never_opted_out(sns: Client) -> Trace:
    return {
        "check": saw(sns.check_if_phone_number_is_opted_out, phoneNumber=_PHONE),
        "opt in": saw(sns.opt_in_phone_number, phoneNumber=_PHONE),
        "no number": saw(sns.check_if_phone_number_is_opted_out, phoneNumber="call me"),
    }


def publishing_to_a_phone(sns: Client) -> Trace:
    attributes = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    return {"publish": saw(sns.publish, PhoneNumber=_PHONE, Message="m", MessageAttributes=attributes)}
