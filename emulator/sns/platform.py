"""Mobile push: platform applications, and the endpoints (devices) registered with them.

Rule: an application knows its endpoints by id and by token; a token belongs to one endpoint at most.

Source: the SNS API Reference, CreatePlatformApplication, CreatePlatformEndpoint and their Set calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.arn import Arn
from emulator.sns.attribute import (
    Attribute,
    BadAttribute,
    Reader,
    not_here_yet,
    read_all,
    text,
    truth,
    whole,
    write_truth,
)

PLATFORMS = frozenset(
    {
        "ADM",
        "APNS",
        "APNS_SANDBOX",
        "APNS_VOIP",
        "APNS_VOIP_SANDBOX",
        "BAIDU",
        "GCM",
        "MACOS",
        "MACOS_SANDBOX",
        "MPNS",
        "WNS",
    }
)
MAX_USER_DATA = 2_048  # bytes of UTF-8

_SECRETS = ("PlatformCredential", "PlatformPrincipal")  # never shown
_WITHOUT_PRINCIPAL = frozenset({"GCM"})


@dataclass(slots=True, eq=False)
class Endpoint:
    """One app on one device. `attributes` are typed values by AWS's names; Token and Enabled are always there."""

    arn: Arn
    attributes: dict[str, Any]

    @property
    def token(self) -> str:
        return str(self.attributes["Token"])


@dataclass(slots=True, eq=False)
class PlatformApplication:
    """One application of a push service. `attributes` are typed values by AWS's names; Enabled is always there."""

    arn: Arn
    attributes: dict[str, Any]
    endpoints: dict[Arn, Endpoint] = field(default_factory=dict)
    by_token: dict[str, Endpoint] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        return self.arn.resource.split("/")[1]

    def add(self, endpoint: Endpoint) -> None:
        self.endpoints[endpoint.arn] = endpoint
        self.by_token[endpoint.token] = endpoint

    def remove(self, endpoint: Endpoint) -> None:
        del self.endpoints[endpoint.arn]
        del self.by_token[endpoint.token]

    def change(self, endpoint: Endpoint, changes: Mapping[str, Any]) -> None:
        """Give an endpoint of this application other attribute values; its token may be among them."""
        del self.by_token[endpoint.token]
        endpoint.attributes.update(changes)
        self.by_token[endpoint.token] = endpoint


def _named(read: Reader) -> Reader:
    """AWS names platform attributes in a wording of their own."""

    def read_named(name: str, value: str) -> Any:
        try:
            return read(name, value)
        except BadAttribute as bad:
            raise BadAttribute(f"Invalid value for attribute: {bad}") from None

    return read_named


def _present(name: str, value: str) -> str:
    if not value:
        raise BadAttribute(f"{name}: cannot be empty")
    return value


def _user_data(name: str, value: str) -> str:
    if len(value.encode()) > MAX_USER_DATA:
        raise BadAttribute(f"{name}: must be at most {MAX_USER_DATA} bytes long in UTF-8 encoding")
    return value


APPLICATION: dict[str, Attribute] = {
    "PlatformCredential": Attribute(_named(_present)),
    "PlatformPrincipal": Attribute(text),
    "Enabled": Attribute(_named(truth), write_truth, default=True),
    "ApplePlatformBundleID": Attribute(text),
    "ApplePlatformTeamID": Attribute(text),
    "EventDeliveryFailure": Attribute(not_here_yet),
    "EventEndpointCreated": Attribute(not_here_yet),
    "EventEndpointDeleted": Attribute(not_here_yet),
    "EventEndpointUpdated": Attribute(not_here_yet),
    "FailureFeedbackRoleArn": Attribute(text),
    "SuccessFeedbackRoleArn": Attribute(text),
    "SuccessFeedbackSampleRate": Attribute(_named(whole(0, 100))),
}

ENDPOINT: dict[str, Attribute] = {
    "ChannelId": Attribute(text),
    "CustomUserData": Attribute(_named(_user_data)),
    "Enabled": Attribute(_named(truth), write_truth, default=True),
    "Token": Attribute(_named(_present)),
    "UserId": Attribute(text),
}


def read_new_application(platform: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The values of a new application. Raises BadAttribute when one is bad or a credential is missing."""
    for name in _SECRETS[:1] if platform in _WITHOUT_PRINCIPAL else _SECRETS:
        if not given.get(name):
            raise BadAttribute(f"Invalid value for attribute: {name}: cannot be empty")
    return {"Enabled": True} | read_all(APPLICATION, given)


def describe_application(application: PlatformApplication) -> dict[str, str]:
    """The attributes as a client reads them: all but the credentials."""
    return {
        name: APPLICATION[name].write(value) for name, value in application.attributes.items() if name not in _SECRETS
    }


def describe_endpoint(endpoint: Endpoint) -> dict[str, str]:
    """The attributes as a client reads them."""
    return {name: ENDPOINT[name].write(value) for name, value in endpoint.attributes.items()}
