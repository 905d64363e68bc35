"""Creates declared resources, each by the call that a client would make, from the request's bytes on.

Source: "Making Query API requests" of the SNS Developer Guide, for the names of the members in a form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.declared.resource import EndpointOf, Resource, TokenOf, check_once, in_order
from decaf.store import Store
from decaf_protocol import AWSError, Call, Request, decode, error_code

Run = Callable[[Call, float], Any]  # raises AWSError

_ARN_MEMBERS = {
    "CreateTopic": "TopicArn",
    "CreatePlatformApplication": "PlatformApplicationArn",
    "CreatePlatformEndpoint": "EndpointArn",
    "Subscribe": "SubscriptionArn",
}


@dataclass(frozen=True, slots=True)
class Created:
    """A resource that exists now: its kind and name where it was declared, and its ARN."""

    what: str
    arn: str


class Declared:
    """The resources declared at the start, and since; after a reset they can be created again.

    `host` is the server's own address, for the URLs in messages.
    """

    def __init__(self, run: Run, store: Store, clock: Clock, at_start: Iterable[Resource]) -> None:
        self._run = run
        self._store = store
        self._clock = clock
        self._at_start = tuple(at_start)
        self._since: dict[str, dict[str, Resource]] = {}  # by account, and by all their fields
        self.host = "localhost"

    def start(self, host: str) -> None:
        """Create the resources declared at the start. Raises BadDeclaration at the first that AWS would refuse."""
        self.host = host
        self._create(self._at_start)

    def create(self, resources: Iterable[Resource]) -> list[Created]:
        """Create resources, and remember them until `forget`. Raises BadDeclaration like `start`."""
        declared = tuple(resources)
        check_once(declared)
        created = self._create(declared)
        for resource in declared:
            self._since.setdefault(resource.account, {})[repr(resource)] = resource
        return created

    def create_again(self, account: str | None = None) -> list[Created]:
        """Create again all that was declared, or all of one account. Raises BadDeclaration like `start`."""
        since = self._since.values() if account is None else [self._since.get(account, {})]
        at_start = [resource for resource in self._at_start if account in (None, resource.account)]
        return self._create([*at_start, *(resource for known in since for resource in known.values())])

    def forget(self, account: str | None = None) -> None:
        """Forget the resources declared since the start, in all accounts or in one."""
        if account is None:
            self._since.clear()
        else:
            self._since.pop(account, None)

    def _create(self, resources: Iterable[Resource]) -> list[Created]:
        now = self._clock.now()
        made = [(resource, self._make(resource, now)) for resource in in_order(resources)]
        return [Created(resource.origin.what, arn) for resource, arn in made if arn is not None]

    def _make(self, resource: Resource, now: float) -> str | None:
        params = {name: self._known(resource, value) for name, value in resource.params.items()}
        try:
            result = self._run(decode(_request(resource, params, self.host)), now)
        except AWSError as error:
            raise resource.origin.bad(f"{error_code(resource.service, error.shape)}: {error.message}") from None
        if resource.operation == "CreateQueue":
            return str(Arn("sqs", resource.region, resource.account, params["QueueName"]))
        member = _ARN_MEMBERS.get(resource.operation)
        return None if member is None else str(result[member])

    def _known(self, resource: Resource, value: Any) -> Any:
        if not isinstance(value, EndpointOf | TokenOf):
            return value
        found = value.find(self._store)
        if found is None:
            what = (
                f"endpoint with the token {value.token}" if isinstance(value, EndpointOf) else "subscription to confirm"
            )
            raise resource.origin.bad(f"there is no {what}")
        return found


def _request(resource: Resource, params: Mapping[str, Any], host: str) -> Request:
    scope = f"{resource.account}/20120101/{resource.region}/{resource.service}/aws4_request"
    headers = {"host": host, "authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
    if resource.service == "sqs":
        headers["x-amz-target"] = f"AmazonSQS.{resource.operation}"
        return Request("POST", "/", headers, json.dumps(params).encode())
    form = [("Action", resource.operation), *(pair for name in params for pair in _form(name, params[name]))]
    return Request("POST", "/", headers, urlencode(form, errors="surrogatepass").encode())


def _form(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif not value:
        yield name, ""
    elif isinstance(value, dict):
        for number, (key, inner) in enumerate(value.items(), 1):
            yield f"{name}.entry.{number}.key", key
            yield f"{name}.entry.{number}.value", inner
    else:
        for number, members in enumerate(value, 1):
            for member, inner in members.items():
                yield f"{name}.member.{number}.{member}", inner
