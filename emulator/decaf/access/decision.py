"""The decision on a request: by the caller's own policies and the resource's, as AWS combines them.

Rule: a Deny that applies wins. Within an account an Allow of either side is enough; an Allow that names the account
only leaves the decision to the caller's own policies. From another account both sides must allow, and some actions
cannot be granted at all. Services and callers without a signature have the resource's policy alone.

Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; Amazon SQS Developer
Guide, "Limitations of Amazon SQS custom policies".
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from decaf.access.caller import Caller, Kind
from decaf.access.statements import EMPTY, AccessRequest, Grant, Policy, Statement

IDENTITY, RESOURCE = "identity-based policy", "resource-based policy"

_OWNERS_OF_QUEUES = (
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
)
OWNERS_ONLY = frozenset(f"sqs:{action.lower()}" for action in _OWNERS_OF_QUEUES)  # no policy grants these to others


class Decision(msgspec.Struct, frozen=True):
    """Whether a request is allowed. `policy` says which kind of policy decided: the one whose `statement` applied, or
    the one in which an Allow is missing, where `statement` is None."""

    allowed: bool
    policy: str
    statement: Statement | None = None

    def why_not(self, action: str) -> str:
        """Returns the end of AWS's message about a request that is denied; it repeats the action.

        Source: IAM User Guide, "Troubleshoot access denied error messages".
        """
        if self.statement is not None:
            return f"with an explicit deny in {'an' if self.policy == IDENTITY else 'a'} {self.policy}"
        return f"because no {self.policy} allows the {action} action"


def decide(request: AccessRequest, identity: Sequence[Policy], resource: Policy, owner: str) -> Decision:
    """Returns the decision on a request, by the policies of the caller and the policy of the resource.

    `owner` is the resource's account.
    """
    for policy, kind in ((resource, RESOURCE), *((each, IDENTITY) for each in identity)):
        denying = _first(policy, request, allows=False)
        if denying is not None:
            return Decision(False, kind, denying)
    own = next((found for each in identity if (found := _first(each, request, allows=True))), None)
    if request.caller.account == owner:
        return _within_account(request, own, resource)
    if request.action.lower() in OWNERS_ONLY:
        resource = EMPTY
    granting = _first(resource, request, allows=True)
    if granting is None:
        return Decision(False, RESOURCE)
    if own is None and _has_identity(request.caller):
        return Decision(False, IDENTITY)
    return Decision(True, RESOURCE, granting)


def _within_account(request: AccessRequest, own: Statement | None, resource: Policy) -> Decision:
    direct = _first(resource, request, allows=True, least=Grant.CALLER)
    if direct is not None:
        return Decision(True, RESOURCE, direct)
    if own is not None or request.caller.kind is Kind.ROOT:
        return Decision(True, IDENTITY, own)
    return Decision(False, IDENTITY)


def _has_identity(caller: Caller) -> bool:
    """Returns whether policies of its own are needed for a caller of another account."""
    return caller.kind not in (Kind.ANONYMOUS, Kind.SERVICE, Kind.ROOT)


def _first(policy: Policy, request: AccessRequest, allows: bool, least: Grant = Grant.ACCOUNT) -> Statement | None:
    """Returns the first statement that allows, or denies, the request; None if none does."""
    for statement in policy.statements:
        if statement.allows is allows and statement.grant(request).value >= least.value:
            return statement
    return None
