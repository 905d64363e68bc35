"""Where a request belongs: its codec and service, and the account and region that it acts in.

Rule: no part that a client may omit is needed. The most explicit part decides: X-Amz-Target, then the credential
scope, the action, the host, the version, the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from decaf_protocol import sigv4
from decaf_protocol.accounts import account_of, is_region
from decaf_protocol.form import Form, text_of
from decaf_protocol.models import REST_VERSIONS, VERSIONS, service
from decaf_protocol.wire import AWSError, Codec, Request

_SERVICE_OF_VERSION = {version: name for name, version in VERSIONS.items()}
# What paths of REST services begin with: a date, which no account is that begins a queue's path.
REST_PREFIXES = tuple(f"/{year}-" for year in range(2014, 2032))
_HOSTS = frozenset({*VERSIONS, *REST_VERSIONS})


def speaks_json(headers: Mapping[str, str]) -> bool:
    """Returns whether a request is AWS JSON: it has a target (and is no form), or has AWS JSON's content type."""
    kind = headers.get("content-type", "")
    if "x-amz-target" in headers:
        return not kind.startswith("application/x-www-form-urlencoded")
    return kind.startswith("application/x-amz-json")


def rest_service(request: Request) -> str | None:
    """Returns the service that is called by the path of a request, None if none of ours is: Lambda's begin with a date.

    Other services have such paths too, so the credential scope must not name another.
    """
    if not request.target.startswith(REST_PREFIXES) or scope_of(request.headers, None).service not in (None, "lambda"):
        return None
    return "lambda"


def query_codec(headers: Mapping[str, str]) -> Codec:
    """Returns the codec for a form: it is answered in XML unless the client accepts JSON."""
    return Codec.QUERY_AS_JSON if "application/json" in headers.get("accept", "") else Codec.QUERY


def scope_of(headers: Mapping[str, str], form: Form | None) -> sigv4.Scope:
    """Returns the credential scope, from the Authorization header or from the form of a presigned request.

    `form` is None where there is none. Signature version 2 has an access key and nothing more.
    """
    if (header := headers.get("authorization")) is not None:
        return sigv4.from_authorization(header)
    if form is None:
        return sigv4.UNSIGNED
    if (credential := text_of(form, "X-Amz-Credential")) is not None:
        return sigv4.from_credential(credential)
    return sigv4.Scope(account_of(text_of(form, "AWSAccessKeyId")))


def query_service(form: Form, scope: sigv4.Scope, host: str) -> str:
    """Returns the service that a form is for; "sqs" when nothing decides it, "lambda" for what is no form of ours."""
    if scope.service is not None and scope.service in VERSIONS:
        return scope.service
    action = text_of(form, "Action")
    having = [name for name in VERSIONS if action in service(name).operations]
    if len(having) == 1:
        return having[0]
    if not having and scope.service in REST_VERSIONS:
        return str(scope.service)
    named, _ = host_names(host)
    if named not in VERSIONS:
        named = _SERVICE_OF_VERSION.get(text_of(form, "Version") or "")
    return named or ("sns" if text_of(form, "TopicArn") is not None else "sqs")


def host_names(host: str) -> tuple[str | None, str | None]:
    """Returns service and region, where a host names them: `sqs.<region>.*`, `<region>.queue.*`, `queue.*`..."""
    labels = ["", *host.partition(":")[0].lower().split("."), ""]
    for before, label, after in zip(labels, labels[1:], labels[2:], strict=False):
        name = label.removesuffix("-fips")
        if name in _HOSTS:
            return name, after if is_region(after) else None
        if name == "queue":
            return "sqs", before if is_region(before) else None
    return None, None


def takes_queue(operation: str) -> bool:
    """Returns whether an SQS operation acts on a queue: then the path of a queue can replace its QueueUrl."""
    return "QueueUrl" in service("sqs").operations[operation].input.members


@cache
def answered_by_queues() -> frozenset[str]:
    """Returns the actions that SQS answers on a queue's path: those of a queue, and GetQueueUrl.

    Source: recorded answers, in which CreateQueue, ListQueues and unknown actions are not valid there.
    """
    return frozenset({"GetQueueUrl", *filter(takes_queue, service("sqs").operations)})


def unknown_action(action: str, version: str | None) -> AWSError:
    """Returns the error for an operation that a service does not have, in the words of AWS's Query front end."""
    shown = version or "NO_VERSION_SPECIFIED"
    return AWSError("InvalidAction", f"Could not find operation {action} for version {shown}")
