"""Authorization: whether AWS would let a call through, or a delivery of SNS, and what follows from that.

Rule: an account whose mode is `off` is not looked at. In `warn` all is let through, and what AWS would have denied is
reported; in `enforce` it is refused with AWS's error. The mode that counts is that of the resource's account. A
decision is kept for as long as the resource's policy is the same, unless it depends on what differs from call to call.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from decaf.access import context
from decaf.access.authentication import Authenticated, authenticate
from decaf.access.caller import ANONYMOUS, Caller, service
from decaf.access.careless import careless
from decaf.access.decision import Decision, decide
from decaf.access.demand import Demand, demands, is_link
from decaf.access.denial import Denial, deny, error_of
from decaf.access.errors import not_signed
from decaf.access.identity import Identities, Identity, read_identities
from decaf.access.modes import MODES, Mode
from decaf.access.pattern import Context
from decaf.access.statements import EMPTY, AccessRequest, Policy, compile_policy
from decaf.base.arn import Arn
from decaf.base.events import AccessWouldBeDenied, Events
from decaf.base.settings import BadSetting, Settings
from decaf.sns.topic import Topic
from decaf.sqs.queue import Queue
from decaf.store import Store
from decaf_protocol import AWSError, Call, Request, error_code, is_account

_log = logging.getLogger("decaf")

SNS = service("sns.amazonaws.com")

_Key = tuple[str, str, str | None, str | None]  # of a call: account, operation, queue or topic, region
# The queues or topics of a region, which are none when it was reset; the name of the one that is called; its policy.
_Admitted = tuple[Mapping[str, Queue | Topic], str, str | None]

_MOST_DECISIONS = 20_000
_MOST_LOGGED = 10_000  # texts; each is logged once


class Authorization:
    """Judges calls and deliveries. `check_place` raises for a call that is not for this world, once it is known who
    makes it. `counts` has the denials by service, action and outcome: "warned" or "refused".
    """

    __slots__ = (
        "_admitted",
        "_assumes_tls",
        "_check_place",
        "_decisions",
        "_events",
        "_logged",
        "_modes",
        "_refuses_unknown",
        "_region",
        "_settings",
        "_store",
        "active",
        "counts",
        "identities",
        "mode",
    )

    def __init__(
        self, store: Store, settings: Settings, events: Events, check_place: Callable[[Call], None] = lambda _: None
    ) -> None:
        self._store = store
        self._check_place = check_place
        self._settings = settings
        self._events = events
        self._region = settings.region
        self._assumes_tls = settings.secure_transport == "assumed"
        self._refuses_unknown = settings.unknown_keys == "refuse"
        self.mode: Mode = settings.access
        self._modes: dict[str, Mode] = {}
        self.identities = Identities()
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self._decisions: dict[tuple[Caller, Demand], tuple[str | None, Decision]] = {}
        self._logged: set[str] = set()
        self._admitted: dict[_Key, _Admitted] = {}
        self.forget(None)

    def forget(self, account: str | None) -> None:
        """Forget what was declared of an account, or of all, since the start: what the settings declare is back."""
        self.identities.forget(account)
        for identity in read_identities(self._settings.identities):
            if account in (None, identity.caller.account):
                self.identities.add(identity)
        declared = _read_modes(self._settings.access_account)
        if account is None:
            self._modes = declared
        else:
            self._modes.pop(account, None)
            self._modes |= {name: mode for name, mode in declared.items() if name == account}
        self._look_again()

    def mode_of(self, account: str) -> Mode:
        return self._modes.get(account, self.mode)

    def set_mode(self, mode: Mode, account: str | None = None) -> None:
        """Set the mode of an account, or of all that have none of their own."""
        if account is None:
            self.mode = mode
        else:
            self._modes[account] = mode
        self._look_again()

    def modes(self) -> Mapping[str, Mode]:
        """Returns the modes of the accounts that have one of their own."""
        return self._modes

    def declare(self, identity: Identity) -> None:
        """Add an identity; it replaces the one with the same access key."""
        self.identities.add(identity)
        self._look_again()

    def undeclare(self, access_key: str) -> bool:
        """Remove an identity. Returns whether there was one."""
        found = self.identities.remove(access_key)
        self._look_again()
        return found

    def _look_again(self) -> None:
        self._admitted.clear()
        self.active = bool(self.identities) or {self.mode, *self._modes.values()} != {"off"}

    def admit(self, request: Request, call: Call, now: float) -> Call:
        """Returns a call to be run: the same, or in the account of the declared identity that signed it.

        Raises AWSError when it is refused, and what `check_place` raises.
        """
        params = call.params
        key = call.account, call.operation, params.get("QueueUrl") or params.get("TopicArn"), call.region
        known = self._admitted.get(key)
        if known is not None:
            resources, name, policy = known
            resource = resources.get(name)
            if (
                resource is not None
                and resource.attributes.get("Policy") is policy
                and request.headers.get("authorization", "").startswith("AWS4-")
            ):
                return call
        who = authenticate(request, call, self.identities, self._refuses_unknown)
        if who.declared:
            caller = who.caller
            call = msgspec.structs.replace(call, account=caller.account, caller=(caller.id, caller.arn))
        self._check_place(call)
        needed = demands(call, self._region)
        if who.failure is not None:
            self._fail(who, who.failure, call, needed, now)
        if who.caller is ANONYMOUS and call.dialect.service != "sqs":
            self._miss_signature(call, needed, now)
            return call
        for demand in needed:
            mode = self._modes.get(demand.arn.account, self.mode)
            if mode == "off":
                continue
            decision = self._judge(who, demand, request, call, now)
            if not decision.allowed:
                denial = deny(who.caller, demand, decision)
                if mode == "enforce":
                    self._count(demand, "refused")
                    raise error_of(denial, demand, who.caller, _url(request, call))
                self._warn(denial, demand, now)
            elif not self.identities and key[2] is not None:
                self._keep_admitted(key, who.caller, demand)
        return call

    def _keep_admitted(self, key: _Key, caller: Caller, demand: Demand) -> None:
        """Keep that a call on a queue or topic is allowed, where its decision was kept: most calls repeat one."""
        kept = self._decisions.get((caller, demand))
        if caller is ANONYMOUS or kept is None or self._find(demand.arn) is None:
            return
        if len(self._admitted) >= _MOST_DECISIONS:
            self._admitted.clear()
        self._admitted[key] = self._resources_beside(demand.arn), demand.arn.resource, kept[0]

    def judge_delivery(self, demand: Demand, policy: str | None, topic: Arn, now: float) -> Decision:
        """Returns the decision on what SNS wants to do for a topic, by the policy of what it does that to."""
        known = self._decisions.get((SNS, demand))
        if known is not None and known[0] is policy:
            return known[1]
        compiled = EMPTY if policy is None else compile_policy(policy)
        request = AccessRequest(SNS, demand.action, demand.resource, context.of_delivery(SNS, topic, {}, now))
        decision = decide(request, (), compiled, demand.arn.account)
        self._keep(SNS, demand, policy, decision, (compiled,))
        self._point_out(demand, compiled)
        return decision

    def is_kept(self, demand: Demand) -> bool:
        """Returns whether the decision on what SNS wants holds for as long as the resource has the same policy."""
        return (SNS, demand) in self._decisions

    def report_delivery(self, denial: Denial, demand: Demand, now: float) -> bool:
        """Report a delivery that AWS would deny. Returns whether it is refused here too."""
        if self._modes.get(demand.arn.account, self.mode) == "enforce":
            self._count(demand, "refused")
            return True
        self._warn(denial, demand, now)
        return False

    def report_delivery_again(self, denial: Denial, demand: Demand, now: float) -> None:
        """Report a delivery that AWS would deny as it would the one before: the log has that already."""
        self._count(demand, "warned")
        if self._events.listeners:
            self._events.emit(AccessWouldBeDenied(now, demand.arn, denial))

    def _judge(self, who: Authenticated, demand: Demand, request: Request, call: Call, now: float) -> Decision:
        resource = self.resource(demand)
        policy: str | None = None if resource is None else resource.attributes.get("Policy")
        known = self._decisions.get((who.caller, demand))
        if known is not None and known[0] is policy:
            return known[1]
        compiled = EMPTY if policy is None else compile_policy(policy)
        tags = {} if resource is None else resource.tags
        keys = self._context(request, call, who.caller, demand, tags, now)
        decision = decide(
            AccessRequest(who.caller, demand.action, demand.resource, keys), who.policies, compiled, demand.arn.account
        )
        self._keep(who.caller, demand, policy, decision, (compiled, *who.policies))
        self._point_out(demand, compiled)
        return decision

    def resource(self, demand: Demand) -> Queue | Topic | None:
        """Returns the queue or topic whose policy counts, None without one."""
        return self._find(demand.arn) if demand.has_policy else None

    def _find(self, arn: Arn) -> Queue | Topic | None:
        if arn.service == "sqs":
            return self._store.find_queue(arn.account, arn.region, arn.resource)
        return self._store.find_topic(arn)

    def _resources_beside(self, arn: Arn) -> Mapping[str, Queue | Topic]:
        """Returns the queues or topics of the region that `arn` is in."""
        region = self._store.region(arn.account, arn.region)
        return region.queues if arn.service == "sqs" else region.topics

    def _context(
        self, request: Request, call: Call, caller: Caller, demand: Demand, tags: Mapping[str, str], now: float
    ) -> Context:
        region = call.region or demand.arn.region
        secure = self._assumes_tls or request.origin.secure
        return context.of_call(request, call, caller, region, tags, now, secure)

    def _keep(
        self, caller: Caller, demand: Demand, policy: str | None, decision: Decision, looked_at: Sequence[Policy]
    ) -> None:
        """Keep a decision for the next such call, unless it may differ then."""
        if any(context.vary(each.keys, self._assumes_tls) for each in looked_at):
            return
        if len(self._decisions) >= _MOST_DECISIONS:
            self._decisions.clear()
        self._decisions[caller, demand] = policy, decision

    def _fail(self, who: Authenticated, failure: AWSError, call: Call, needed: Sequence[Demand], now: float) -> None:
        """Refuse, or report, a signature that is not right. Raises `failure`."""
        account = needed[0].arn.account if needed else call.account
        mode = self.mode_of(account)
        if mode == "off":
            return
        demand = needed[0] if needed else _unnamed(call)
        if mode == "enforce":
            self._count(demand, "refused")
            raise failure
        self._warn(_unauthenticated(who.caller, demand, failure, call.dialect.service), demand, now)

    def _miss_signature(self, call: Call, needed: Sequence[Demand], now: float) -> None:
        """Refuse, or report, a call without a signature to a service that wants one. SNS's links need none."""
        if is_link(call):
            return
        failure = not_signed()
        self._fail(Authenticated(ANONYMOUS), failure, call, needed, now)

    def _warn(self, denial: Denial, demand: Demand, now: float) -> None:
        self._count(demand, "warned")
        if self._events.listeners:
            self._events.emit(AccessWouldBeDenied(now, demand.arn, denial))
        self._log_once(f"AWS would have refused this. {denial}. {denial.advice()}".rstrip())

    def _point_out(self, demand: Demand, policy: Policy) -> None:
        for sentence in careless(policy):
            self._log_once(f"The policy of {demand.resource} is careless: {sentence}")

    def _log_once(self, text: str) -> None:
        if text not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(text)
            _log.warning("%s", text)

    def _count(self, demand: Demand, outcome: str) -> None:
        self.counts[demand.arn.service, demand.action.partition(":")[2], outcome] += 1


def _url(request: Request, call: Call) -> str:
    url: str | None = call.params.get("QueueUrl")
    return url or f"{call.base_url}{request.target.partition('?')[0]}"


def _unauthenticated(caller: Caller, demand: Demand, failure: AWSError, service_name: str) -> Denial:
    """Returns the denial of a signature that is not right. It has nothing of the signature, as the error may."""
    why = f"because the request is not signed as it should be ({error_code(service_name, failure.shape)})"
    return Denial(caller.arn, demand.shown_action, demand.arn, demand.resource, why)


def _unnamed(call: Call) -> Demand:
    """Returns a demand for a call that needs none, so that it can be reported."""
    name = call.dialect.service
    arn = Arn(name, call.region or "", call.account, "")
    return Demand(f"{name}:{call.operation}", f"{name}:{call.operation}", arn, str(arn), has_policy=False)


def _read_modes(texts: Sequence[str]) -> dict[str, Mode]:
    """Returns the modes of the setting `access_account`, `ACCOUNT=MODE` each. Raises BadSetting."""
    found: dict[str, Mode] = {}
    for text in texts:
        account, _, written = text.partition("=")
        mode = next((mode for mode in MODES if mode == written), None)
        if mode is None or not is_account(account):
            raise BadSetting(f"access_account: {text!r} is not ACCOUNT=off, ACCOUNT=warn or ACCOUNT=enforce")
        found[account] = mode
    return found
