"""Mobile push: applications, endpoints, and publishing to them."""

from __future__ import annotations

from ..trace import Client, Trace, saw

_KEY = {"PlatformCredential": "key"}


def _application(sns: Client) -> str:
    created = sns.create_platform_application(Name="shop", Platform="GCM", Attributes=_KEY)
    return str(created["PlatformApplicationArn"])


def an_application(sns: Client) -> Trace:
    create = saw(sns.create_platform_application, Name="shop", Platform="GCM", Attributes=_KEY)
    arn = create["PlatformApplicationArn"]
    return {
        "create": create,
        "set": saw(
            sns.set_platform_application_attributes,
            PlatformApplicationArn=arn,
            Attributes={"SuccessFeedbackSampleRate": "5"},
        ),
        "delete": saw(sns.delete_platform_application, PlatformApplicationArn=arn),
        "list": saw(sns.list_platform_applications),
    }


def an_endpoint(sns: Client) -> Trace:
    app = _application(sns)
    create = saw(sns.create_platform_endpoint, PlatformApplicationArn=app, Token="t", CustomUserData="Ada")
    arn = create["EndpointArn"]
    return {
        "create": create,
        "read": saw(sns.get_endpoint_attributes, EndpointArn=arn),
        "again": saw(sns.create_platform_endpoint, PlatformApplicationArn=app, Token="t", CustomUserData="Ada"),
        "otherwise": saw(sns.create_platform_endpoint, PlatformApplicationArn=app, Token="t", CustomUserData="Bob"),
        "list": saw(sns.list_endpoints_by_platform_application, PlatformApplicationArn=app),
        "publish": saw(sns.publish, TargetArn=arn, Message="m"),
        "disable": saw(sns.set_endpoint_attributes, EndpointArn=arn, Attributes={"Enabled": "false"}),
        "disabled": saw(sns.publish, TargetArn=arn, Message="m"),
        "delete": saw(sns.delete_endpoint, EndpointArn=arn),
        "gone": saw(sns.get_endpoint_attributes, EndpointArn=arn),
        "publish to it": saw(sns.publish, TargetArn=arn, Message="m"),
    }


def unknown_applications(sns: Client) -> Trace:
    arn = _application(sns).replace("shop", "other")
    return {
        "read": saw(sns.get_platform_application_attributes, PlatformApplicationArn=arn),
        "set": saw(sns.set_platform_application_attributes, PlatformApplicationArn=arn, Attributes={}),
        "endpoint": saw(sns.create_platform_endpoint, PlatformApplicationArn=arn, Token="t"),
    }
