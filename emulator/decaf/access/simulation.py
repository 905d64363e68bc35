"""Simulation: what would be decided on a request that nobody makes.

Rule: it is decided by the same code as of a real one, on the policies as they are now; only the condition keys that are
stated are there, besides those of the caller and the time.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from decaf.access.authentication import EVERYTHING
from decaf.access.authorization import Authorization
from decaf.access.caller import ANONYMOUS, Caller, default_caller, service
from decaf.access.careless import careless
from decaf.access.context import always
from decaf.access.decision import Decision, decide
from decaf.access.demand import Demand
from decaf.access.denial import deny
from decaf.access.statements import EMPTY, AccessRequest, Policy, compile_policy
from decaf.base.arn import Arn, read_arn, read_queue_url
from decaf_protocol import is_account, operations

_SERVICE = ".amazonaws.com"


class BadSimulation(Exception):
    """Something that cannot be simulated; the text is the reason."""


class SimulatedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is allowed, and by which `statement` of which kind of `policy`.

    Where nothing denies or allows it, `missing` is the statement, as JSON, that would allow it. `reason` has it in
    words; `careless` has what else the resource's policy lets in.
    """

    allowed: bool
    caller: str
    action: str
    resource: str
    policy: str
    statement: str | None
    missing: str | None
    reason: str
    careless: list[str]


def simulate(
    authorization: Authorization,
    who: str,
    action: str,
    on: str,
    account: str,
    region: str,
    context: Mapping[str, str],
    now: float,
) -> SimulatedDecision:
    """Returns what would be decided. `who` is a declared identity by its name, ARN or access key, an account for its
    user, "anonymous", or a service such as `sns.amazonaws.com`; `on` is a queue or topic, by name, URL or ARN. A bare
    name is of `account` and `region`.

    Raises BadSimulation for a caller or an action that there is not.
    """
    demand = _demand(action, on, account, region)
    caller, own = _caller(authorization, who)
    resource = authorization.resource(demand)
    text = None if resource is None else resource.attributes.get("Policy")
    found = EMPTY if text is None else compile_policy(text)
    tags = {} if resource is None else resource.tags
    keys = always(caller, demand.arn.region, tags, now, secure=True) | {k.lower(): v for k, v in context.items()}
    decision = decide(AccessRequest(caller, demand.action, demand.resource, keys), own, found, demand.arn.account)
    return _in_words(caller, demand, decision, found, keys.get("aws:sourcearn"))


def _in_words(
    caller: Caller, demand: Demand, decision: Decision, policy: Policy, source: str | None
) -> SimulatedDecision:
    denial = deny(caller, demand, decision, source)
    name = None if decision.statement is None else decision.statement.name
    by = f"by {name} of {_a(decision.policy)}" if name else "as the root user of its account"
    return SimulatedDecision(
        allowed=decision.allowed,
        caller=caller.arn,
        action=demand.action,
        resource=demand.resource,
        policy=decision.policy,
        statement=name,
        missing=None if decision.allowed else denial.missing,
        reason=f"allowed {by}" if decision.allowed else str(denial),
        careless=list(careless(policy)),
    )


def _a(policy: str) -> str:
    return f"{'an' if policy[0] in 'aeiou' else 'a'} {policy}"


def _demand(action: str, on: str, account: str, region: str) -> Demand:
    prefix, _, operation = action.partition(":")
    name = prefix.lower()
    found = operations(name) if name in ("sqs", "sns") else ()
    known = {each.lower(): each for each in found if not each.endswith("Batch")}
    if operation.lower() not in known:
        raise BadSimulation(f"there is no action {action!r}; one is sqs:SendMessage")
    arn = read_arn(on) or _named(name, on, account, region)
    whole = f"{name}:{known[operation.lower()]}"
    shown = whole.lower() if name == "sqs" else f"SNS:{known[operation.lower()]}"
    return Demand(whole, shown, arn, str(arn), has_policy=True)


def _named(service_name: str, on: str, account: str, region: str) -> Arn:
    if service_name == "sns":
        return Arn("sns", region, account, on)
    address = read_queue_url(on)
    return Arn("sqs", address.region or region, address.account or account, address.name)


def _caller(authorization: Authorization, who: str) -> tuple[Caller, tuple[Policy, ...]]:
    identity = authorization.identities.named(who)
    if identity is not None:
        return identity.caller, identity.policies
    if is_account(who):
        return default_caller(who), (EVERYTHING,)
    if who == ANONYMOUS.arn:
        return ANONYMOUS, ()
    if who.endswith(_SERVICE):
        return service(who), ()
    raise BadSimulation(f"there is no identity {who!r}; declared ones, accounts, anonymous and services are known")
