"""What is sent to devices: the payload that a push service is handed, and how it is to treat it.

Rule: a publisher gives a platform's payload whole, as JSON where its service speaks that; any other text becomes the
plainest payload of the platform.
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

# The most bytes of a payload, and how AWS words that there are more.
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
    """What a push service would not take; the text says why, as AWS does."""

    def __init__(self, platform: str, why: str) -> None:
        super().__init__(f"Invalid notification for protocol {platform}: {why}")


def payload(platform: str, notification: Notification) -> str:
    """What the push service of `platform` is handed. Raises BadPayload for what it would not take."""
    text = notification.text_for(platform)
    given = notification.texts is not None and platform in notification.texts
    made = text if given else _plainest(platform, text)
    if given and platform in _IN_JSON:
        _check_json(platform, text)
    most, words = _LIMITS.get(platform, (None, ""))
    if most is not None and len(made.encode()) > most:
        raise BadPayload(platform, words)
    return made


def _plainest(platform: str, text: str) -> str:
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


def read_treatment(platform: str, attributes: Attributes | None, sent: str) -> dict[str, str | int]:
    """How the push service is to treat what is `sent`: TTL in seconds, and what else message attributes say of it.

    An attribute wins over the payload. Raises BadAttribute.
    """
    treatment: dict[str, str | int] = {"TTL": _ttl_in(platform, sent)}
    for name, value in (attributes or {}).items():
        service, _, fact = name.removeprefix(_PREFIX).partition(".")
        if name.startswith(_PREFIX) and _concerns(service, fact, platform):
            read = _READERS.get(fact)
            text = value.get("StringValue", "")
            treatment[fact] = text if read is None else read(name, text)
    return treatment


def _concerns(service: str, fact: str, platform: str) -> bool:
    """TTLs are given for each platform by itself; what else is said to APNs is said to all its kinds."""
    if fact != "TTL" and platform in _APPLE:
        return service == "APNS"
    return service == platform or (service == "FCM" and platform == "GCM")


def _ttl_in(platform: str, sent: str) -> int:
    if platform == "GCM":
        ttl: Any = json.loads(sent).get("time_to_live")
        if isinstance(ttl, int) and not isinstance(ttl, bool):
            return ttl
    return DEFAULT_TTL


def _seconds(name: str, value: str) -> int:
    if not _SECONDS.fullmatch(value):
        raise BadAttribute(f"{name}: {value} is not a whole number of seconds")
    return int(value)


def _one_of(*words: str) -> Reader:
    def read(name: str, value: str) -> str:
        if value not in words:
            raise BadAttribute(f"{name}: {value} is not one of {', '.join(words)}")
        return value

    return read


_READERS: Mapping[str, Reader] = {
    "TTL": _seconds,
    "PRIORITY": _one_of("1", "5", "10"),
    "PUSH_TYPE": _one_of("alert", "background", "location", "voip", "complication", "fileprovider", "mdm"),
}
