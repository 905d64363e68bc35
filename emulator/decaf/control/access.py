"""Access: the modes, the declared identities, what would be decided, and the policy that a topic needs at a queue."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from decaf.access.deliveries import admitting
from decaf.access.identity import BadIdentity, Identity, read_identity
from decaf.access.modes import Mode
from decaf.access.simulation import BadSimulation, SimulatedDecision, simulate
from decaf.base import policy
from decaf.base.arn import Account, Arn, RegionName, read_arn, read_queue_url
from decaf.base.identity import DEFAULT_NAME
from decaf.control import across
from decaf.control.route import (
    Across,
    ControlRequest,
    ControlResponse,
    EmptyRequest,
    EmptyResponse,
    Refused,
    Route,
    Shards,
)
from decaf_protocol import NO_ACCOUNT, AWSError, Call, Codec, Dialect

if TYPE_CHECKING:
    from decaf.world import World

MAX_IDENTITIES = 10_000
MAX_ACCOUNTS = 10_000


class SetMode(ControlRequest, frozen=True):
    """The access mode of an account; without `account`, of all accounts that have none of their own."""

    mode: Mode
    account: Account | None = None


class DeclareIdentity(ControlRequest, frozen=True):
    """A `user`, a session of a `role` (whose name is `session`) or the `root` user of an account, with the policies
    of its own. Without a name it is a user named after its access key. `access_key` and `secret` are made at random
    unless they are set; requests have to be signed with them, until `expires` (epoch seconds).
    """

    account: Account = NO_ACCOUNT
    user: str | None = None
    role: str | None = None
    session: str = "local"
    root: bool = False
    access_key: str | None = None
    secret: str | None = None
    session_token: str | None = None
    expires: float | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    policies: list[dict[str, Any]] = msgspec.field(default_factory=list)


class RemoveIdentity(ControlRequest, frozen=True):
    """The access key of the identity to remove."""

    access_key: str


class Credentials(ControlResponse, frozen=True):
    """What an identity signs with."""

    arn: str
    access_key: str
    secret: str
    session_token: str | None


class IdentityDescription(ControlResponse, frozen=True):
    """A declared identity. Its secret is not shown."""

    arn: str
    account: str
    access_key: str
    policies: int


class Access(ControlResponse, frozen=True):
    """The access mode, the modes of the accounts that have one of their own, and the declared identities."""

    mode: Mode
    accounts: dict[str, Mode]
    identities: list[IdentityDescription]


class Simulate(ControlRequest, frozen=True):
    """Who (`caller`) wants to do what (`action`) to which queue or topic (`on`: a name, URL or ARN).

    `caller` is a declared identity by its name, ARN or access key, an account for its user, `anonymous`, or a service
    such as `sns.amazonaws.com`. `context` has values of condition keys, such as `aws:SourceArn`. `account` and `region`
    are those of a bare name.
    """

    caller: str
    action: str
    on: str
    account: Account = NO_ACCOUNT
    region: RegionName | None = None
    context: dict[str, str] = msgspec.field(default_factory=dict)


class AllowTopic(ControlRequest, frozen=True):
    """The `topic` (a name or ARN) whose messages the `queue` (a name, URL or ARN) is to let in.

    `account` and `region` are those of bare names.
    """

    topic: str
    queue: str
    account: Account = NO_ACCOUNT
    region: RegionName | None = None


class AllowedTopic(ControlResponse, frozen=True):
    """The queue's `policy` as it is now; `changed` is whether it let the topic in only since this call."""

    policy: Annotated[str, msgspec.Meta(description="JSON")]
    changed: bool


def _show(world: World, _: EmptyRequest) -> Access:
    access = world.access
    return Access(
        mode=access.mode, accounts=dict(access.modes()), identities=list(map(_describe, access.identities.all()))
    )


def _describe(identity: Identity) -> IdentityDescription:
    who = identity.caller
    return IdentityDescription(
        arn=who.arn, account=who.account, access_key=identity.access_key, policies=len(identity.policies)
    )


def _set_mode(world: World, request: SetMode) -> EmptyResponse:
    modes = world.access.modes()
    if request.account is not None and request.account not in modes and len(modes) >= MAX_ACCOUNTS:
        raise Refused(f"there are {MAX_ACCOUNTS} accounts with a mode of their own already: reset some", 409)
    world.access.set_mode(request.mode, request.account)
    return EmptyResponse()


def _declare(world: World, request: DeclareIdentity) -> Credentials:
    access = world.access
    if len(access.identities.all()) >= MAX_IDENTITIES:
        raise Refused(f"there are {MAX_IDENTITIES} identities already: remove some", 409)
    request = _with_key(request)
    key = request.access_key or ""
    fields = msgspec.structs.asdict(request)
    if request.expires is None:
        del fields["expires"]
    if not (request.user or request.role or request.root):
        fields["user"] = f"{DEFAULT_NAME}-{key}"
    try:
        identity = read_identity(fields)
    except BadIdentity as error:
        raise Refused(str(error)) from None
    access.declare(identity)
    return Credentials(arn=identity.caller.arn, access_key=key, secret=identity.secret, session_token=identity.token)


def _with_key(request: DeclareIdentity) -> DeclareIdentity:
    return msgspec.structs.replace(
        request,
        access_key=request.access_key or f"AKIA{secrets.token_hex(8).upper()}",
        secret=request.secret or secrets.token_urlsafe(30),
    )


async def _declare_everywhere(
    shards: Shards, route: Route[DeclareIdentity, Credentials], request: DeclareIdentity
) -> Credentials:
    # An identity calls in its account, and in others that let it: these may be in any shard.
    return (await across.ask_all(shards, route, _with_key(request)))[0]


def _remove(world: World, request: RemoveIdentity) -> EmptyResponse:
    if not world.access.undeclare(request.access_key):
        raise Refused(f"there is no identity {request.access_key}", 404)
    return EmptyResponse()


def _simulate(world: World, request: Simulate) -> SimulatedDecision:
    region = request.region or world.settings.region
    try:
        return simulate(
            world.access,
            request.caller,
            request.action,
            request.on,
            request.account,
            region,
            request.context,
            world.clock.now(),
        )
    except BadSimulation as error:
        raise Refused(str(error)) from None


def _allow(world: World, request: AllowTopic) -> AllowedTopic:
    region = request.region or world.settings.region
    topic = read_arn(request.topic) or Arn("sns", region, request.account, request.topic)
    arn = read_arn(request.queue) or _queue_arn(request.queue, request.account, region)
    queue = world.store.find_queue(arn.account, arn.region, arn.resource)
    if queue is None or arn.service != "sqs":
        raise Refused(f"there is no queue {arn}", 404)
    if world.shard.holds(topic.account, topic.region) and world.store.find_topic(topic) is None:
        raise Refused(f"there is no topic {topic}", 404)
    written = queue.latest_attributes().get("Policy")
    now = world.clock.now()
    source = {"aws:SourceArn": str(topic), "aws:SourceAccount": topic.account}
    as_sns = ("sns.amazonaws.com", "sqs:SendMessage", str(arn), arn.account, arn.region)
    decided = simulate(world.access, *as_sns, source, now)
    if decided.allowed and written is not None:
        return AllowedTopic(policy=written, changed=False)
    if decided.missing is None:
        raise Refused(f"the queue's policy denies it: {decided.reason}", 409)
    document = policy.read(written) if written is not None else {"Version": "2012-10-17"}
    document = policy.with_statement(document, admitting("sqs:SendMessage", str(arn), topic))
    _set_policy(world, arn, document, now)
    return AllowedTopic(policy=queue.latest_attributes()["Policy"], changed=True)


async def _allow_there(shards: Shards, route: Route[AllowTopic, AllowedTopic], request: AllowTopic) -> AllowedTopic:
    queue = read_arn(request.queue) or _queue_arn(request.queue, request.account, request.region or "")
    return await across.ask(shards, await shards.of(queue.account, queue.region or None), route, request)


def _queue_arn(text: str, account: str, region: str) -> Arn:
    address = read_queue_url(text)
    return Arn("sqs", address.region or region, address.account or account, address.name)


def _set_policy(world: World, queue: Arn, document: Mapping[str, Any], now: float) -> None:
    """Set a queue's policy by AWS's own call, with its limits. Raises Refused."""
    params = {"QueueUrl": queue.resource, "Attributes": {"Policy": policy.write(dict(document))}}
    call = Call(Dialect("sqs", Codec.JSON), "SetQueueAttributes", params, queue.account, queue.region, "", None)
    try:
        world.run(call, now)
    except AWSError as error:
        raise Refused(error.message, 409) from None


def _join(_: EmptyRequest, found: list[Access]) -> Access:
    accounts = {account: mode for each in found for account, mode in each.accounts.items()}
    identities = {identity.access_key: identity for each in found for identity in each.identities}
    return Access(mode=found[0].mode, accounts=accounts, identities=list(identities.values()))


GET_ACCESS = Route(
    "GET",
    "/access",
    "Return the access modes and the declared identities",
    _show,
    EmptyRequest,
    Access,
    command="access show",
    python="control.access()",
    across=across.joined(_join),
)
SET_MODE = Route(
    "POST",
    "/access/mode",
    "Set whether signatures and policies are not looked at, reported or enforced",
    _set_mode,
    SetMode,
    EmptyResponse,
    command="access mode enforce --account 111122223333",
    python='control.of("111122223333").set_access("enforce")',
    example={"mode": "enforce", "account": "111122223333"},
    across=across.CHANGED,
)
DECLARE_IDENTITY = Route(
    "POST",
    "/access/identities",
    "Declare a user or a role, with the policies of its own",
    _declare,
    DeclareIdentity,
    Credentials,
    command="access add alice --key AKIAALICE --secret wonderland",
    python='control.declare_identity(user="alice", access_key="AKIAALICE", secret="wonderland")',
    example={
        "user": "alice",
        "access_key": "AKIAALICE",
        "secret": "wonderland",
        "policies": [
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
            }
        ],
    },
    across=Across(_declare_everywhere),
)
SIMULATE = Route(
    "POST",
    "/access/simulate",
    "Return whether AWS would allow something, and by which statement",
    _simulate,
    Simulate,
    SimulatedDecision,
    command="access check --as 000000000000 --action sqs:SendMessage --on orders",
    python='control.check_access("000000000000", "sqs:SendMessage", "orders")',
    example={"caller": "000000000000", "action": "sqs:SendMessage", "on": "orders"},
)
ALLOW_TOPIC = Route(
    "POST",
    "/access/allow",
    "Let a topic send to a queue, by the statement that AWS's guide has for it",
    _allow,
    AllowTopic,
    AllowedTopic,
    command="access allow news orders",
    python='control.allow_topic("news", "orders")',
    example={"topic": "news", "queue": "orders"},
    across=Across(_allow_there, everywhere=True),
)
REMOVE_IDENTITY = Route(
    "DELETE",
    "/access/identities",
    "Remove a declared identity",
    _remove,
    RemoveIdentity,
    EmptyResponse,
    command="access remove AKIAALICE",
    python='control.remove_identity("AKIAALICE")',
    example={"access_key": "AKIAALICE"},
    across=across.REMOVED,
)

ROUTES = (GET_ACCESS, SET_MODE, DECLARE_IDENTITY, SIMULATE, ALLOW_TOPIC, REMOVE_IDENTITY)
