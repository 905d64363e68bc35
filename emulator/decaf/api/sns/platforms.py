"""Platform applications and their endpoints: creating, listing, describing, changing and deleting them.

Source: the SNS API Reference; texts as the real service words them.
"""

from __future__ import annotations

import re
from typing import Any

from decaf.api.sns.paging import page
from decaf.api.sns.service import Sns, named_arn
from decaf.base.arn import Arn
from decaf.base.attributes import Table, apply, defaults
from decaf.sns import platform
from decaf.sns.application_event import ApplicationEvent, EventType
from decaf.sns.attribute import BadAttribute, read_all, refused_in_map
from decaf.sns.errors import endpoint_does_not_exist, invalid, platform_application_does_not_exist
from decaf.sns.platform import APPLICATION_STATE, ENDPOINT_STATE, Endpoint, PlatformApplication
from decaf_protocol import Call, Result

MAX_NAME = 256  # characters
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_UUID_LENGTH = 36


def create_platform_application(sns: Sns, call: Call, now: float) -> Result:
    name: str = call.params["Name"]
    on: str = call.params["Platform"]
    _check_name(name)
    if on not in platform.PLATFORMS:
        raise invalid(f"Platform Reason: {on} is not supported")
    try:
        values = platform.read_new_application(on, call.params["Attributes"])
    except BadAttribute as bad:
        raise refused_in_map(bad) from None
    region = sns.region(call)
    application = region.platform_applications.get(f"{on}/{name}")
    if application is None:
        arn = Arn("sns", region.name, region.account, f"app/{on}/{name}")
        application = region.platform_applications[f"{on}/{name}"] = PlatformApplication(arn, values)
        sns.events.mark_dirty(APPLICATION_STATE, application)
    elif application.attributes != values:
        raise invalid("Name Reason: An application with the same name but different properties already exists")
    return {"PlatformApplicationArn": str(application.arn)}


def list_platform_applications(sns: Sns, call: Call, now: float) -> Result:
    applications, token = page(sns.region(call).platform_applications, call.params)
    return {
        "PlatformApplications": [
            {"PlatformApplicationArn": str(a.arn), "Attributes": platform.describe_application(a)} for a in applications
        ],
        "NextToken": token,
    }


def get_platform_application_attributes(sns: Sns, call: Call, now: float) -> Result:
    return {"Attributes": platform.describe_application(_application(sns, call))}


def set_platform_application_attributes(sns: Sns, call: Call, now: float) -> Result:
    application = _application(sns, call)
    apply(application.attributes, _read(platform.APPLICATION, call))
    sns.events.mark_dirty(APPLICATION_STATE, application)
    return {}


def delete_platform_application(sns: Sns, call: Call, now: float) -> Result:
    arn = _application_arn(call)
    region = sns.store.region(arn.account, arn.region)
    application = region.platform_applications.pop(arn.resource.partition("/")[2], None)
    if application is not None:
        sns.events.mark_dirty(APPLICATION_STATE, application)
        for endpoint in application.endpoints.values():
            sns.events.mark_dirty(ENDPOINT_STATE, endpoint)
    return {}


def create_platform_endpoint(sns: Sns, call: Call, now: float) -> Result:
    application = _application(sns, call)
    values = _read_new_endpoint(call)
    endpoint = application.by_token.get(values["Token"])
    if endpoint is None:
        of = application.arn
        name = of.resource.partition("/")[2]
        arn = Arn("sns", of.region, of.account, f"endpoint/{name}/{sns.ids.uuid()}")
        endpoint = Endpoint(arn, defaults(platform.ENDPOINT) | values)
        application.add(endpoint)
        _emit(sns, call, "EndpointCreated", application, endpoint, now)
    # CreatePlatformEndpoint: the same token and attributes return the endpoint
    elif not _same(endpoint, values):
        raise invalid(
            f"Token Reason: Endpoint {endpoint.arn} already exists with the same Token, but different attributes."
        )
    return {"EndpointArn": str(endpoint.arn)}


def list_endpoints_by_platform_application(sns: Sns, call: Call, now: float) -> Result:
    endpoints, token = page(_application(sns, call).endpoints, call.params)
    return {
        "Endpoints": [{"EndpointArn": str(e.arn), "Attributes": platform.describe_endpoint(e)} for e in endpoints],
        "NextToken": token,
    }


def get_endpoint_attributes(sns: Sns, call: Call, now: float) -> Result:
    return {"Attributes": platform.describe_endpoint(_endpoint(sns, call)[1])}


def set_endpoint_attributes(sns: Sns, call: Call, now: float) -> Result:
    application, endpoint = _endpoint(sns, call)
    values = _read(platform.ENDPOINT, call)
    holder = application.by_token.get(values.get("Token", endpoint.token))
    if holder not in (None, endpoint):
        raise invalid("This endpoint is already registered with a different token.")
    application.change(endpoint, values)
    _emit(sns, call, "EndpointUpdated", application, endpoint, now)
    return {}


def delete_endpoint(sns: Sns, call: Call, now: float) -> Result:
    arn = endpoint_arn(call, "EndpointArn")
    application, endpoint = sns.store.find_application(arn), sns.store.find_endpoint(arn)
    if application is not None and endpoint is not None:
        application.remove(endpoint)
        _emit(sns, call, "EndpointDeleted", application, endpoint, now)
    return {}


def _emit(
    sns: Sns, call: Call, event_type: EventType, application: PlatformApplication, endpoint: Endpoint, now: float
) -> None:
    sns.events.mark_dirty(ENDPOINT_STATE, endpoint)
    details = {"Attributes": platform.describe_endpoint(endpoint)}
    event = ApplicationEvent(event_type, application, endpoint, details, sns.base_url(call))
    sns.courier.publish_application_event(event, now)


def endpoint_arn(call: Call, parameter: str) -> Arn:
    """Returns the ARN of an endpoint in a parameter. Raises InvalidParameter for one of another form."""
    arn = named_arn(call, parameter)
    parts = arn.resource.split("/")
    if len(parts) != 4 or parts[0] != "endpoint":
        raise invalid(f"{parameter} Reason: Wrong number of slashes in relative portion of the ARN.")
    if len(parts[3]) != _UUID_LENGTH:
        raise invalid(
            f"{parameter} Reason: ARN specifies an invalid endpointId: "
            f"UUID must be encoded in exactly {_UUID_LENGTH} characters."
        )
    return arn


def _application_arn(call: Call) -> Arn:
    arn = named_arn(call, "PlatformApplicationArn")
    parts = arn.resource.split("/")
    if len(parts) != 3 or parts[0] != "app":
        raise invalid("PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.")
    return arn


def _application(sns: Sns, call: Call) -> PlatformApplication:
    application = sns.store.find_application(_application_arn(call))
    if application is None:
        raise platform_application_does_not_exist()
    return application


def _endpoint(sns: Sns, call: Call) -> tuple[PlatformApplication, Endpoint]:
    arn = endpoint_arn(call, "EndpointArn")
    application, endpoint = sns.store.find_application(arn), sns.store.find_endpoint(arn)
    if application is None or endpoint is None:
        raise endpoint_does_not_exist()
    return application, endpoint


def _check_name(name: str) -> None:
    """AWS has the value where the parameter's name would be."""
    if not name:
        raise invalid(f"{name} Reason: cannot be empty")
    if len(name) > MAX_NAME:
        raise invalid(f"{name} Reason: must be at most {MAX_NAME} characters long")
    if not _NAME.fullmatch(name):
        raise invalid(f"{name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'")


def _read(table: Table, call: Call) -> dict[str, Any]:
    try:
        return read_all(table, call.params["Attributes"])
    except BadAttribute as bad:
        raise refused_in_map(bad) from None


def _read_new_endpoint(call: Call) -> dict[str, Any]:
    """The values of a new endpoint; a Token or CustomUserData among its Attributes wins over the parameter."""
    if not call.params["Token"]:
        raise invalid("Token Reason: cannot be empty")
    given = {name: call.params[name] for name in ("Token", "CustomUserData") if name in call.params}
    try:
        return read_all(platform.ENDPOINT, given | call.params.get("Attributes", {}))
    except BadAttribute as bad:
        raise refused_in_map(bad) from None


def _same(endpoint: Endpoint, values: dict[str, Any]) -> bool:
    """User data must be equal, given or not; of the other attributes only those given."""
    expected = {"CustomUserData": None} | values
    return all(endpoint.attributes.get(name) == value for name, value in expected.items())
