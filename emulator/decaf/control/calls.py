"""The record of calls: the latest calls of AWS clients, and one of them with all that was sent and returned."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from decaf.base.arn import Arn
from decaf.base.clock import real_time, seconds
from decaf.control import across, marks
from decaf.control.naming import is_of_topic, is_queue
from decaf.control.route import Across, ControlRequest, ControlResponse, Refused, Route, Shards
from decaf.faults.match import call_context
from decaf.observe.call_facts import MASKED, SECRETS, caller_of, masked
from decaf.observe.call_forms import Called, boto3_form, cli_form
from decaf.observe.call_record import NotedCall
from decaf_protocol import Params, Request, decode_result, error_message

if TYPE_CHECKING:
    from decaf.world import World

_KEPT_OF_UNREAD = 4_096  # characters of the body of a request that no call could be read from
# Headers that are keys, or have one in them.
_SECRET_HEADERS = frozenset({"authorization", "x-amz-security-token", "cookie", "proxy-authorization"})


class FindCalls(ControlRequest, frozen=True):
    """Returns the first `limit` matching calls after the mark `since`; without a mark, the latest `limit`.

    `caller` is a name as the calls have it. `errors` selects the calls that were answered with an error, or not at all.
    With `details`, each call has what was sent and returned.
    """

    service: str | None = None
    operation: str | None = None
    queue: Annotated[str | None, msgspec.Meta(description="a name, URL or ARN")] = None
    topic: Annotated[str | None, msgspec.Meta(description="a name or ARN; its subscriptions too")] = None
    caller: str | None = None
    account: str | None = None
    errors: bool = False
    since: Annotated[int, msgspec.Meta(ge=0, description="the mark of a call; it only grows")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    details: bool = False


class ShowCall(ControlRequest, frozen=True):
    """The `mark` of a call."""

    mark: Annotated[int, msgspec.Meta(ge=0)]


class CallDetails(ControlResponse, frozen=True):
    """What was sent and returned. `parameters` and `response` have the model's member names, blobs in base64 and no
    secrets; `parameters` is null where no call could be read from the request, whose start is in `body` then.

    `response` is null for an error, whose text is in `message`; where long bodies had to make room for later calls,
    `kept` is false and both are null. `boto3` is a program in Python that makes the call, `cli` a command line for AWS
    CLI 2.
    """

    headers: dict[str, str]
    parameters: dict[str, Any] | None
    body: str | None
    response_headers: dict[str, str]
    response: dict[str, Any] | None
    message: str | None
    kept: bool
    boto3: str | None
    cli: str | None


class CallDescription(ControlResponse, frozen=True):
    """A call of an AWS client. `at` and `answered_at` are when it came and was answered, in epoch seconds on Decaf's
    clock; `real_at` is when it came in epoch seconds of real time, and `seconds` is how long it really took, null if
    that is not known. What it caused has no later mark in the history than `events_mark`.

    `caller` is the name that the program has set for itself (AWS_SDK_UA_APP_ID), else that of its SDK. `arn` is the
    queue or topic that it is about, null if that is none; `resource` is what it is about, as the client named it.
    `method` and `target` are the HTTP request's, without its query. Where the request could not be read, `operation` is
    empty and `account` null, unless its path tells what it is for, as those of Lambda do. `status` is null where a
    fault left it without a response, `error` null if it succeeded. `received` is the number of messages that a
    ReceiveMessage returned; sizes are those of the bodies in bytes.
    """

    mark: int
    at: float
    answered_at: float
    real_at: float
    seconds: float | None
    events_mark: int
    caller: str
    service: str
    operation: str
    method: str
    target: str
    resource: str
    arn: str | None
    account: str | None
    region: str | None
    status: int | None
    error: str | None
    received: int | None
    request_size: int
    response_size: int
    details: CallDetails | None = None


class FoundCalls(ControlResponse, frozen=True):
    """Calls in the order in which they were answered. `mark` is the value for `since` in the next call; `lost` is
    whether calls after the mark `since` are not kept any more.
    """

    calls: list[CallDescription]
    mark: int
    lost: bool


def find_calls(world: World, request: FindCalls) -> FoundCalls:
    """Returns the calls that a request selects. Raises Refused for a mark that no call has had yet."""
    record = world.calls
    if request.since is not None and request.since > record.mark:
        raise Refused(f"there is no call {request.since} yet; it may be of a server that ran before this one")
    found = (noted for noted in record.newest_first(request.since or 0) if _matches(world, request, noted))
    some = list(islice(found, request.limit) if request.since is None else found)[::-1]
    cut = len(some) > request.limit
    some = some[: request.limit]
    return FoundCalls(
        calls=[described(world, noted, request.details) for noted in some],
        mark=some[-1].mark if cut else record.mark,
        lost=request.since is not None and not record.remembers(request.since),
    )


def _matches(world: World, request: FindCalls, noted: NotedCall) -> bool:
    return (
        request.account in (None, noted.account)
        and request.operation in (None, noted.operation)
        and (not request.errors or noted.error is not None)
        and request.service in (None, noted.service)
        and request.caller in (None, caller_of(noted.request.headers))
        and _is_about(world, request, noted)
    )


def _is_about(world: World, request: FindCalls, noted: NotedCall) -> bool:
    if request.queue is None and request.topic is None:
        return True
    arn = _arn(world, noted)
    return (
        arn is not None
        and (request.queue is None or is_queue(arn, request.queue))
        and (request.topic is None or is_of_topic(arn, request.topic))
    )


def _arn(world: World, noted: NotedCall) -> Arn | None:
    """Returns the queue or topic that a call is about."""
    if noted.call is None:
        return None
    context = call_context(noted.call, world.settings.region)
    return context.queue or context.topic


def _show(world: World, request: ShowCall) -> CallDescription:
    noted = world.calls.find(request.mark)
    if noted is None:
        raise Refused(f"there is no call {request.mark}, or it is not kept any more", 404)
    return described(world, noted, details=True)


def described(world: World, noted: NotedCall, details: bool) -> CallDescription:
    """Returns a call, with what was sent and returned if `details` are wanted."""
    call, reply, arn = noted.call, noted.reply, _arn(world, noted)
    sizes = noted.cut or (len(noted.request.body), 0 if reply is None else len(reply.body))
    return CallDescription(
        mark=noted.mark,
        at=noted.at,
        answered_at=noted.answered_at,
        real_at=real_time() - (seconds() - noted.began),
        seconds=noted.took,
        events_mark=noted.events_mark,
        caller=caller_of(noted.request.headers),
        service=noted.service,
        operation=noted.operation,
        method=noted.request.method,
        target=_target(noted.request),
        resource=noted.resource,
        arn=None if arn is None else str(arn),
        account=noted.account,
        region=None if call is None else call.region or world.settings.region,
        status=None if reply is None else reply.status,
        error=noted.error,
        received=_received(noted),
        request_size=sizes[0],
        response_size=sizes[1],
        details=_details(world, noted) if details else None,
    )


def _received(noted: NotedCall) -> int | None:
    if noted.call is None or noted.reply is None or noted.operation != "ReceiveMessage" or noted.error or noted.cut:
        return None
    return len(decode_result(noted.call, noted.reply).get("Messages", ()))


def _details(world: World, noted: NotedCall) -> CallDetails:
    request, call, reply = noted.request, noted.call, noted.reply
    kept = noted.cut is None
    params = masked(call.params) if call is not None and kept else None
    response = masked(decode_result(call, reply)) if call and reply and kept and not noted.error else None
    forms = _forms(world, noted, params)
    return CallDetails(
        headers=_without_secrets(request.headers),
        parameters=params,
        body=_unread(request) if call is None and kept else None,
        response_headers=_without_secrets(dict(() if reply is None else reply.headers)),
        response=response,
        message=error_message(reply) if reply and noted.error and kept else None,
        kept=kept,
        boto3=None if forms is None else boto3_form(forms),
        cli=None if forms is None else cli_form(forms),
    )


def _forms(world: World, noted: NotedCall, params: Params | None) -> Called | None:
    call = noted.call
    if call is None or params is None:
        return None
    region = call.region or world.settings.region
    return Called(noted.service, call.operation, params, call.base_url, region, call.account)


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: MASKED if name.lower() in _SECRET_HEADERS else value for name, value in headers.items()}


def _target(request: Request) -> str:
    """Returns the path of a request: the parameters of a signed GET, which follow, have its signature."""
    return request.target.partition("?")[0]


def _unread(request: Request) -> str:
    """Returns the start of a body that no call was read from; one that may have a secret is left out as a whole."""
    text = request.body.decode("utf-8", "replace")
    return MASKED if any(name in text for name in SECRETS) else text[:_KEPT_OF_UNREAD]


async def _find_all(shards: Shards, route: Route[FindCalls, FoundCalls], request: FindCalls) -> FoundCalls:
    asked = across.since(request, shards)
    found = await across.ask_all(shards, route, asked)
    after = None if request.since is None else [each.since or 0 for each in asked]
    calls, mark = across.page_of_marked(
        [each.calls for each in found], [each.mark for each in found], after, request.limit, answered_really
    )
    return FoundCalls(calls=calls, mark=mark, lost=any(each.lost for each in found))


def answered_really(call: CallDescription) -> float:
    """Returns when a call was answered, in epoch seconds of real time."""
    return call.real_at + (call.seconds or 0.0)


async def _show_of_shard(shards: Shards, route: Route[ShowCall, CallDescription], request: ShowCall) -> CallDescription:
    mark, shard = marks.split(request.mark, shards.count), marks.shard_of(request.mark)
    if shard >= shards.count:
        raise Refused(f"there is no call {request.mark}", 404)
    shown = await across.ask(shards, shard, route, ShowCall(mark=mark[shard]))
    return msgspec.structs.replace(shown, mark=request.mark)


FIND_CALLS = Route(
    "GET",
    "/calls",
    "Return the latest calls of AWS clients, those too that were refused or returned nothing",
    find_calls,
    FindCalls,
    FoundCalls,
    command="calls --operation ReceiveMessage --queue orders",
    python='control.calls(operation="ReceiveMessage", queue="orders")',
    example={"operation": "ReceiveMessage", "queue": "orders"},
    across=Across(_find_all, everywhere=True),
)
SHOW_CALL = Route(
    "GET",
    "/call",
    "Return one call of an AWS client, with all that was sent and returned",
    _show,
    ShowCall,
    CallDescription,
    command="call 1",
    python="control.call(1)",
    example={"mark": 1},
    across=Across(_show_of_shard),
)

ROUTES = (FIND_CALLS, SHOW_CALL)
