"""Creates declared resources, each by the call that a client would make, from the request's bytes on.

Source: "Making Query API requests" of the SNS Developer Guide, for the names of the members in a form.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from decaf.base.arn import Arn
from decaf.base.clock import Clock
from decaf.base.events import Events
from decaf.base.shard import WHOLE, Shard
from decaf.declared.functions import DeclaredFunctions
from decaf.declared.resource import (
    Declaration,
    EndpointOf,
    Resource,
    StackName,
    TokenOf,
    check_once,
    check_stacks,
    in_order,
    place_of,
)
from decaf.declared.stacks import arn_of, mapping_update
from decaf.declared.updating import Change, Made, StackUpdate, summed_up
from decaf.store import Store
from decaf_protocol import AWSError, Call, Request, decode, error_code
from decaf_protocol import Origin as RequestOrigin

Run = Callable[[Call, float], Any]  # raises AWSError

_ARN_MEMBERS = {
    "CreateTopic": "TopicArn",
    "CreatePlatformApplication": "PlatformApplicationArn",
    "CreatePlatformEndpoint": "EndpointArn",
    "Subscribe": "SubscriptionArn",
    "CreateEventSourceMapping": "EventSourceMappingArn",
}
_MAPPINGS = "/2015-03-31/event-source-mappings"
_log = logging.getLogger("decaf")


class Created(msgspec.Struct, frozen=True):
    """A declared resource: its kind and name where it was declared, its ARN, and what became of it.

    Policies are among them only when a template applied again has changed them: with the ARN of their queue or topic.
    """

    what: str
    arn: str
    change: Change = "created"


class Declared:
    """The resources declared at the start, and since; after a reset they can be created again.

    Of those in other shards than `shard` nothing is done: their worlds do it. `host` is the server's own
    address, for the URLs in messages.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        clock: Clock,
        events: Events,
        functions: DeclaredFunctions,
        at_start: Declaration,
        shard: Shard = WHOLE,
    ) -> None:
        self._run = run
        self._shard = shard
        self._functions = functions
        self._store = store
        self._clock = clock
        self._events = events
        self._at_start = self._own(at_start)
        self._since: dict[str, dict[str, Resource]] = {}  # by account, and by all their fields
        self.host = "localhost"
        self.secure = False

    def start(self, host: str, secure: bool = False) -> None:
        """Create the resources declared at the start. Raises BadDeclaration at the first that AWS would refuse."""
        self.host = host
        self.secure = secure
        for one in self._create(self._at_start.resources, self._at_start.stacks):
            if one.change in ("updated", "replaced", "deleted"):
                _log.warning("%s is %s: %s", one.what, one.change, one.arn)

    def create(self, declaration: Declaration) -> list[Created]:
        """Create resources, and remember them until `forget`. Raises BadDeclaration like `start`.

        Those of a template bring its stack up to date; the deleted ones come last.
        """
        check_once(declaration.resources)
        check_stacks(declaration.resources, self._shard.count)
        declaration = self._own(declaration)
        created = self._create(declaration.resources, declaration.stacks)
        for known in self._since.values():
            for text in [text for text, one in known.items() if one.origin.stack in declaration.stacks]:
                del known[text]
        for resource in declaration.resources:
            self._since.setdefault(resource.account, {})[repr(resource)] = resource
        return created

    def create_again(self, account: str | None = None) -> list[Created]:
        """Create again all that was declared, or all of one account. Raises BadDeclaration like `start`."""
        known = self._since.values() if account is None else [self._since.get(account, {})]
        since = [resource for resources in known for resource in resources.values()]
        anew = {resource.origin.stack for resource in since} - {None}
        at_start = [
            resource
            for resource in self._at_start.resources
            if account in (None, resource.account) and resource.origin.stack not in anew
        ]
        return self._create([*at_start, *since])

    def forget(self, account: str | None = None) -> None:
        """Forget the resources declared since the start, in all accounts or in one."""
        if account is None:
            self._since.clear()
        else:
            self._since.pop(account, None)

    def _own(self, declaration: Declaration) -> Declaration:
        """Returns what is in this shard."""
        resources = tuple(each for each in declaration.resources if self._shard.holds(*place_of(each)))
        stacks = tuple(stack for stack in declaration.stacks if self._shard.holds(stack.account, stack.region))
        return Declaration(resources, declaration.notes, stacks)

    def _create(self, resources: Iterable[Resource], stacks: Iterable[StackName] = ()) -> list[Created]:
        now = self._clock.now()
        ordered = in_order(resources)
        named = {*stacks, *(resource.origin.stack for resource in ordered)} - {None}
        update = {
            stack: StackUpdate(stack, self._store, lambda resource: self._call(resource, now))
            for stack in named
            if stack is not None
        }
        made: list[Made] = []
        try:
            for resource in ordered:
                stack = resource.origin.stack
                made += self._made(resource, now) if stack is None else update[stack].apply(resource)
            for one in update.values():
                made += one.remove_rest({each.origin.what for each in ordered if each.origin.stack == one.name})
        finally:
            for one in update.values():
                one.remember(self._events)
        return [Created(one.what, one.arn, one.change) for one in summed_up(made)]

    def _made(self, resource: Resource, now: float) -> list[Made]:
        # Unlike a queue or a topic, a mapping that is there already cannot be created again.
        is_mapping = resource.operation == "CreateEventSourceMapping"
        there = arn_of(self._store, resource.account, resource) if is_mapping else None
        if there is not None:
            self._call(mapping_update(there, resource), now)
            return [Made(resource.origin.what, there, resource.operation, "updated")]
        arn = self._call(resource, now)
        return [] if arn is None else [Made(resource.origin.what, arn, resource.operation)]

    def _call(self, resource: Resource, now: float) -> str | None:
        """Make a call; return the ARN of what it creates. Raises BadDeclaration if AWS refuses it."""
        if resource.operation in ("CreateFunction", "DeleteFunction"):
            return self._functions.run(resource, now)
        params = {name: self._known(resource, value) for name, value in resource.params.items()}
        try:
            result = self._run(decode(_request(resource, params, self.host, self.secure)), now)
        except AWSError as error:
            code = error_code(resource.service, error.shape) or error.shape
            raise resource.origin.bad(f"{code}: {error.message}") from None
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


def _request(resource: Resource, params: Mapping[str, Any], host: str, secure: bool) -> Request:
    scope = f"{resource.account}/20120101/{resource.region}/{resource.service}/aws4_request"
    headers = {"host": host, "authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
    origin = RequestOrigin(secure=secure)
    if resource.service == "lambda":
        method = {"Create": "POST", "Update": "PUT", "Delete": "DELETE"}[resource.operation[:6]]
        path = f"{_MAPPINGS}/{params['UUID']}" if "UUID" in params else _MAPPINGS
        return Request(method, path, headers, json.dumps(params).encode(), origin)
    if resource.service == "sqs":
        headers["x-amz-target"] = f"AmazonSQS.{resource.operation}"
        return Request("POST", "/", headers, json.dumps(params).encode(), origin)
    form = [("Action", resource.operation), *(pair for name in params for pair in _form(name, params[name]))]
    return Request("POST", "/", headers, urlencode(form, errors="surrogatepass").encode(), origin)


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
        for number, one in enumerate(value, 1):
            if isinstance(one, str):
                yield f"{name}.member.{number}", one
                continue
            for member, inner in one.items():
                yield f"{name}.member.{number}.{member}", inner
