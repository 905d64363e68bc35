"""Push notifications: the payload for a platform's push service, and the options to deliver it with.

Rule: a text of the publisher for a platform (MessageStructure json) is the whole payload, JSON where the push
service takes JSON; any other text becomes the platform's simplest payload.
Source: Amazon SNS Developer Guide, "Sending platform-specific payloads", "TTL" and "APNs headers".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from decaf.base.attributes import Reader
from decaf.sns.attribute import BadAttribute
from decaf.sns.notification import Attributes, Notification

DEFAULT_TTL = 2_419_200  # seconds: four weeks
_PREFIX = "AWS.SNS.MOBILE."
_APPLE = ("APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX")
_IN_JSON = frozenset({*_APPLE, "GCM", "ADM", "BAIDU", "MACOS", "MACOS_SANDBOX"})
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)

# The most bytes of a payload, and AWS's text for a longer one.
_TOO_LONG = "Notification is too long"
_LIMITS: Mapping[str, tuple[int, str]] = {
    "APNS": (4_096, _TOO_LONG),
    "APNS_SANDBOX": (4_096, _TOO_LONG),
    "APNS_VOIP": (5_120, _TOO_LONG),
    "APNS_VOIP_SANDBOX": (5_120, _TOO_LONG),
    "GCM": (4_096, "Notification data is larger than allowed limit"),
    "ADM": (6_144, _TOO_LONG),
}


class BadPayload(Exception):
    """A payload that a push service refuses; the text is AWS's."""

    def __init__(self, platform: str, reason: str) -> None:
        super().__init__(f"Invalid notification for protocol {platform}: {reason}")


def payload(platform: str, notification: Notification) -> str:
    """Returns the payload for the push service of `platform`. Raises BadPayload for one that it refuses."""
    text = notification.text_for(platform)
    # "Sending platform-specific payloads": the text for the platform's own key is sent as it is.
    given = notification.texts is not None and platform in notification.texts
    result = text if given else _simplest(platform, text)
    if given and platform in _IN_JSON:
        _check_json(platform, text)
    most, reason = _LIMITS.get(platform, (None, ""))
    if most is not None and len(result.encode()) > most:
        raise BadPayload(platform, reason)
    return result


def _simplest(platform: str, text: str) -> str:
    if platform in _APPLE:
        return json.dumps({"aps": {"alert": text}}, ensure_ascii=False, separators=(",", ":"))
    if platform in ("GCM", "ADM"):
        return json.dumps({"data": {"default": text}}, ensure_ascii=False, separators=(",", ":"))
    return text


def _check_json(platform: str, text: str) -> None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise BadPayload(platform, "Notification is malformed")


def read_push_options(platform: str, attributes: Attributes | None, sent: str) -> dict[str, str | int]:
    """Returns the options for the push service by their names in message attributes; TTL, in seconds, is always there.

    Message attributes win over `sent`, the payload. Raises BadAttribute.
    """
    options: dict[str, str | int] = {"TTL": _ttl_in(platform, sent)}
    for name, value in (attributes or {}).items():
        service, _, option = name.removeprefix(_PREFIX).partition(".")
        if name.startswith(_PREFIX) and _applies(service, option, platform):
            read = _READERS.get(option)
            text = value.get("StringValue", "")
            options[option] = text if read is None else read(name, text)
    return options


def _applies(service: str, option: str, platform: str) -> bool:
    """Whether an attribute for `service` is for `platform`."""
    # "TTL": each platform has a TTL attribute of its own. "APNs headers": the others are AWS.SNS.MOBILE.APNS for all.
    if option != "TTL" and platform in _APPLE:
        return service == "APNS"
    return service == platform or (service == "FCM" and platform == "GCM")  # two names of one service


def _ttl_in(platform: str, payload: str) -> int:
    if platform == "GCM":
        ttl: Any = json.loads(payload).get("time_to_live")
        if isinstance(ttl, int) and not isinstance(ttl, bool):
            return ttl
    return DEFAULT_TTL


def _seconds(name: str, value: str) -> int:
    if not _SECONDS.fullmatch(value):
        raise BadAttribute(f"{name}: {value} is not a whole number of seconds")
    return int(value)


def _one_of(*choices: str) -> Reader:
    def read(name: str, value: str) -> str:
        if value not in choices:
            raise BadAttribute(f"{name}: {value} is not one of {', '.join(choices)}")
        return value

    return read


_READERS: Mapping[str, Reader] = {
    "TTL": _seconds,
    "PRIORITY": _one_of("1", "5", "10"),
    "PUSH_TYPE": _one_of("alert", "background", "location", "voip", "complication", "fileprovider", "mdm"),
}
