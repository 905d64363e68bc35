"""A denial: what AWS answers, and what the developer whose policy lacks something needs to know.

Rule: a denial says which statement denied, or has the statement that is missing, ready to be put into a policy.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from decaf.access.caller import Caller, Kind
from decaf.access.decision import RESOURCE, Decision
from decaf.access.demand import Demand
from decaf.base.arn import Arn
from decaf.sqs.errors import queue_of_other_account_does_not_exist
from decaf_protocol import AWSError

_WHOSE = {"sqs": "the queue's", "kms": "the key's", "lambda": "the function's"}


class Denial(msgspec.Struct, frozen=True):
    """What AWS denies: `caller`, an ARN or a service, may not do `action` on `resource`, and why.

    `statement` is the name of the statement that denies it, `missing` the one that would allow it; `remedy` is the
    command that writes it. Of a delivery of SNS, `topic` is what it was for and `message_id` the notification's.
    """

    caller: str
    action: str
    arn: Arn
    resource: str
    why: str
    statement: str | None = None
    missing: str | None = None  # JSON
    remedy: str | None = None
    topic: str | None = None
    message_id: str | None = None

    def __str__(self) -> str:
        return (
            f"User: {self.caller} is not authorized to perform: {self.action} on resource: {self.resource} {self.why}"
        )

    def reason(self) -> str:
        """Returns why, in words: AWS's own for a call, and for a delivery whose policy keeps the topic out."""
        if self.topic is None:
            return str(self)
        whose = _WHOSE[self.action.partition(":")[0]]
        if self.statement is not None:
            return f"{whose} policy keeps the topic {self.topic} out, by {self.statement}"
        return f"{whose} policy does not let the topic {self.topic} in"

    def advice(self) -> str:
        """Returns what to do about it, in words; "" when nothing general can be said."""
        if self.remedy is not None:
            return f"To allow it: {self.remedy}"
        if self.missing is not None:
            return f"To allow it: {self.missing}"
        return ""


def deny(caller: Caller, demand: Demand, decision: Decision, source: str | None = None) -> Denial:
    """Returns the denial that follows from a decision on what a caller demands; `source` is the ARN of what a service
    does it for, None if that is not known.
    """
    statement = decision.statement
    return Denial(
        caller=caller.arn,
        action=demand.shown_action,
        arn=demand.arn,
        resource=demand.resource,
        why=decision.why_not(demand.shown_action),
        statement=None if statement is None else statement.name,
        missing=_missing(caller, demand, decision, source) if statement is None else None,
    )


def error_of(denial: Denial, demand: Demand, caller: Caller, url: str) -> AWSError:
    """Returns AWS's error of a call that is denied; `url` is the one that an unsigned request was sent to."""
    if demand.arn.service != "sqs":
        return AWSError("AuthorizationErrorException", str(denial))
    if caller.kind is Kind.ANONYMOUS:
        return AWSError("AccessDeniedException", f"Access to the resource {url} is denied.")
    if demand.action == "sqs:GetQueueUrl" and caller.account != demand.arn.account:
        return queue_of_other_account_does_not_exist()  # as reported of AWS in 2020
    return AWSError("AccessDeniedException", str(denial))


def _missing(caller: Caller, demand: Demand, decision: Decision, source: str | None) -> str:
    """Returns the statement, as JSON, that would allow what is denied."""
    statement: dict[str, Any] = {"Effect": "Allow"}
    if decision.policy == RESOURCE:
        statement["Principal"] = _principal(caller)
    statement |= {"Action": demand.action, "Resource": demand.resource}
    if caller.kind is Kind.SERVICE and source is not None:  # else it lets in the service for every account
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": source}}
    return json.dumps(statement)


def _principal(caller: Caller) -> Any:
    """Returns the principal by which a resource's policy means this caller."""
    if caller.kind is Kind.ANONYMOUS:
        return "*"
    return {"Service": caller.arn} if caller.kind is Kind.SERVICE else {"AWS": caller.principal}
