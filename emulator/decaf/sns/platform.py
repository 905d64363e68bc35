"""Mobile push: platform applications, and the endpoints (devices) registered with them.

Rule: an application finds its endpoints by ARN and by token; a token belongs to one endpoint at most.

Source: the SNS API Reference, CreatePlatformApplication, CreatePlatformEndpoint, and the operations that set
their attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from decaf.base.arn import Arn, read_arn
from decaf.base.attributes import Attribute, Reader, apply, defaults, text, write_all, write_truth
from decaf.base.events import StateKind
from decaf.sns.attribute import BadAttribute, read_all, truth, whole

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

APPLICATION_STATE: StateKind[PlatformApplication] = StateKind("platform application")
ENDPOINT_STATE: StateKind[Endpoint] = StateKind("endpoint")

_SECRETS = ("PlatformCredential", "PlatformPrincipal")  # never shown
_OF_APPLE_TOKENS = ("ApplePlatformTeamID", "ApplePlatformBundleID")  # both, or neither with a certificate
_WITHOUT_PRINCIPAL = frozenset({"GCM"})


@dataclass(slots=True, eq=False)
class Endpoint:
    """One app on one device. `attributes` are typed values by AWS's names; Token and Enabled are always there.

    `expired`: the push service no longer accepts the token, which shows at the next delivery.
    """

    arn: Arn
    attributes: dict[str, Any]
    expired: bool = False

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

    @property
    def name(self) -> str:
        return self.arn.resource.split("/")[2]

    def add(self, endpoint: Endpoint) -> None:
        self.endpoints[endpoint.arn] = endpoint
        self.by_token[endpoint.token] = endpoint

    def remove(self, endpoint: Endpoint) -> None:
        del self.endpoints[endpoint.arn]
        del self.by_token[endpoint.token]

    def change(self, endpoint: Endpoint, changes: Mapping[str, Any]) -> None:
        """Set attribute values of an endpoint of this application; its token may be among them."""
        del self.by_token[endpoint.token]
        if changes.get("Token", endpoint.token) != endpoint.token:
            endpoint.expired = False
        endpoint.attributes.update(changes)
        self.by_token[endpoint.token] = endpoint


def _named(read: Reader) -> Reader:
    """Returns `read` with the words that AWS has for attributes of applications and endpoints."""

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


def _topic_arn(name: str, value: str) -> str:
    elements = value.count(":") + 1
    if elements < 6:
        raise BadAttribute(f"{name}: An ARN must have at least 6 elements, not {elements}")
    arn = read_arn(value)
    if arn is None or arn.service != "sns" or "/" in arn.resource or ":" in arn.resource:
        raise BadAttribute(f"{name}: {value} is not the ARN of a topic")
    return value


APPLICATION: dict[str, Attribute] = {
    "PlatformCredential": Attribute(_named(_present)),
    "PlatformPrincipal": Attribute(text),
    "Enabled": Attribute(_named(truth), write_truth, default=True),
    "ApplePlatformBundleID": Attribute(text),
    "ApplePlatformTeamID": Attribute(text),
    "EventDeliveryFailure": Attribute(_named(_topic_arn), clearable=True),
    "EventEndpointCreated": Attribute(_named(_topic_arn), clearable=True),
    "EventEndpointDeleted": Attribute(_named(_topic_arn), clearable=True),
    "EventEndpointUpdated": Attribute(_named(_topic_arn), clearable=True),
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
    """Returns the values of a new application. Raises BadAttribute when one is bad or a credential is missing."""
    _check_both(given, "PlatformPrincipal", "PlatformCredential")
    if platform not in _WITHOUT_PRINCIPAL:
        _check_both(given, "PlatformCredential", "PlatformPrincipal")
    _check_given(given, _SECRETS[:1] if platform in _WITHOUT_PRINCIPAL else _SECRETS)
    if platform.startswith("APNS") and any(given.get(name) for name in _OF_APPLE_TOKENS):
        _check_given(given, _OF_APPLE_TOKENS)
    values = defaults(APPLICATION)
    apply(values, read_all(APPLICATION, given))
    return values


def _check_both(given: Mapping[str, str], one: str, other: str) -> None:
    if one in given and other not in given:
        raise BadAttribute(f"{one} attribute provided without {other}")


def _check_given(given: Mapping[str, str], names: Iterable[str]) -> None:
    for name in names:
        if not given.get(name):
            raise BadAttribute(f"Invalid value for attribute: {name}: cannot be empty")


def describe_application(application: PlatformApplication) -> dict[str, str]:
    """Returns the attributes as a client reads them: the kind of the credentials, in place of the credentials."""
    shown = write_all(APPLICATION, {n: value for n, value in application.attributes.items() if n not in _SECRETS})
    method = _authentication_method(application)
    return shown if method is None else shown | {"AuthenticationMethod": method}


def _authentication_method(application: PlatformApplication) -> str | None:
    """Returns the kind of credentials for Apple's and Google's services; a Google token is a key file in JSON."""
    if application.platform.startswith("APNS"):
        return "token" if "ApplePlatformTeamID" in application.attributes else "certificate"
    if application.platform == "GCM":
        return "token" if application.attributes["PlatformCredential"].lstrip().startswith("{") else "key"
    return None


def describe_endpoint(endpoint: Endpoint) -> dict[str, str]:
    """Returns the attributes as a client reads them."""
    return write_all(ENDPOINT, endpoint.attributes)
