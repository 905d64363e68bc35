"""What is said of a call to people and programs: what it is about, who made it, and never a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from decaf.sns.topic import without_password
from decaf_protocol import Params

MASKED = "***"

# The parameters that name what a call is about, the first that a call has. A phone number is not shown.
RESOURCES = (
    "QueueUrl",
    "QueueName",
    "TopicArn",
    "TargetArn",
    "SubscriptionArn",
    "EndpointArn",
    "PlatformApplicationArn",
    "ResourceArn",
    "FunctionName",  # before the queue or topic that is to call it
    "SourceArn",
    "UUID",
    "Resource",
    "Name",
)
# Members whose values are keys to something: to a push service, a device, a subscription or a phone; what functions
# have in their environment, such as passwords; and code, which is long and says nothing.
SECRETS = frozenset({"OneTimePassword", "PlatformCredential", "PlatformPrincipal", "Token", "Variables", "ZipFile"})

_KEPT_OF_RESOURCES = 256  # characters

# The name that a program has by `user_agent_appid` or AWS_SDK_UA_APP_ID; AWS allows 50 characters.
_APP = re.compile(r"(?:^| )app/([^ ]{1,50})")
_PRODUCT = re.compile(r"[^/ ]{1,50}")


def resource_of(params: Params) -> str:
    """Returns the queue, topic or the like that a call is about, as the client named it; "" if there is none."""
    for name in RESOURCES:
        value = params.get(name)
        if value:
            return str(value)[:_KEPT_OF_RESOURCES]
    return ""


def caller_of(headers: Mapping[str, str]) -> str:
    """Returns the name of the program that made a call: the one that it has set for itself, else that of its SDK or of
    its HTTP client, as `boto3`, `aws-cli`, `aws-sdk-js`; "browser" for a web page; "" if it does not say.

    The form of User-Agent is that of AWS's SDKs, which in a browser send it as X-Amz-User-Agent.
    """
    name = own_name_of(headers)
    if name is not None:
        return name
    agent, own = headers.get("user-agent", ""), headers.get("x-amz-user-agent", "")
    product = _PRODUCT.match(own or agent)
    name = "" if product is None else product[0].lower()
    return "browser" if name == "mozilla" else name


def own_name_of(headers: Mapping[str, str]) -> str | None:
    """Returns the name that the program that made a call has set for itself, None without one."""
    app = _APP.search(headers.get("x-amz-user-agent", "")) or _APP.search(headers.get("user-agent", ""))
    return None if app is None else app[1]


def masked(value: Any) -> Any:
    """Returns parameters or a result without secrets."""
    if isinstance(value, Mapping):
        return {name: MASKED if name in SECRETS else masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return without_password(value) if isinstance(value, str) and "://" in value[:8] else value
