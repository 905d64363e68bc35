"""Deliveries of SNS: whether the policy of a queue, of its key or of a function lets the service in for a topic.

Rule: SNS calls SQS and Lambda as any service does, and has no policies of its own: what it delivers to must admit it,
also within an account, and so must a dead-letter queue. What is refused is a client-side error, and not retried.

Source: Amazon SNS Developer Guide, "Subscribing an Amazon SQS queue to a topic", "Message delivery retries" and
"Encrypted topic and encrypted queue"; AWS Lambda Developer Guide, "Using resource-based policies for Lambda".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from decaf.access.authorization import SNS, Authorization
from decaf.access.decision import Decision
from decaf.access.demand import Demand
from decaf.access.denial import Denial, deny
from decaf.access.statements import compile_document
from decaf.base.arn import Arn, read_arn
from decaf.base.policy import BadPolicy, read
from decaf.base.settings import BadSetting
from decaf.functions.function import Function
from decaf.sns.outcome import Outcome
from decaf.sqs.queue import Queue

T = TypeVar("T")

FORBIDDEN = 403
OF_AWS = "alias/aws/sqs"  # the key of AWS's own, whose policy nobody can change

_Key = tuple[bytes, Arn]  # a queue by its tag, and a topic

_MOST_KEPT = 20_000
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_KEY_FIELDS = frozenset({"key", "alias", "policy"})


class Key(msgspec.Struct, frozen=True):
    """A key of KMS by the names that a queue can have it by, and its policy as JSON."""

    arn: Arn
    names: frozenset[str]
    policy: str


class Deliveries:
    """Judges what SNS delivers. Each method returns the outcome of a delivery that is refused, None for others."""

    __slots__ = ("_admitted", "_authorization", "_denied", "_keys")

    def __init__(self, authorization: Authorization, keys: Iterable[Key] = ()) -> None:
        self._authorization = authorization
        self._keys = tuple(keys)
        self._admitted: dict[_Key, str | None] = {}  # the policies by which a queue lets a topic in
        self._denied: dict[_Key, tuple[str | None, Denial]] = {}  # those by which it does not, with what was reported

    @property
    def active(self) -> bool:
        """Whether there is anything to judge."""
        return self._authorization.active

    def to_queue(self, queue: Queue, topic: Arn, message_id: str | None, now: float) -> Outcome | None:
        key = queue.tag, topic
        policy, encrypted_by = queue.attributes.get("Policy"), queue.attributes.get("KmsMasterKeyId")
        if policy is not None and encrypted_by is None and self._admitted.get(key) is policy:
            return None
        mode = self._authorization.mode_of(queue.arn.account)
        if mode == "off":
            return None
        demand = _demand("sqs:SendMessage", queue.arn, topic)
        known = self._denied.get(key)
        if known is not None and known[0] is policy and mode == "warn":
            self._authorization.report_delivery_again(replace(known[1], message_id=message_id), demand, now)
            return None
        decision = self._authorization.judge_delivery(demand, policy, topic, now)
        if not decision.allowed:
            remedy = f"decaf access allow {topic} {queue.arn}" if decision.statement is None else None
            denial = _denial(demand, demand, decision, topic, message_id, remedy)
            if self._authorization.is_kept(demand):
                self._keep(self._denied, key, (policy, denial))
            return self._report(denial, demand, "AccessDenied", now)
        if encrypted_by is not None:
            return self._by_key(encrypted_by, demand, topic, message_id, now)
        if self._authorization.is_kept(demand):
            self._keep(self._admitted, key, policy)
        return None

    def _keep(self, kept: dict[_Key, T], key: _Key, value: T) -> None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = value

    def to_function(
        self, function: Function, arn: str, topic: Arn, message_id: str | None, now: float
    ) -> Outcome | None:
        """A function whose policy is not stated is taken to admit SNS: nothing here could say so otherwise."""
        target = read_arn(arn)
        if function.policy is None or target is None or self._authorization.mode_of(target.account) == "off":
            return None
        demand = _demand("lambda:InvokeFunction", target, topic)
        decision = self._authorization.judge_delivery(demand, function.policy, topic, now)
        if decision.allowed:
            return None
        return self._report(_denial(demand, demand, decision, topic, message_id), demand, "AccessDenied", now)

    def _by_key(self, name: str, demand: Demand, topic: Arn, message_id: str | None, now: float) -> Outcome | None:
        """Judge by the policy of the key that a queue is encrypted with; one that nobody stated is taken to admit."""
        key = self._key(name, demand.arn)
        if key is None:
            return None
        for action in _KEY_ACTIONS:
            use = _demand(action, key.arn, topic)
            decision = self._authorization.judge_delivery(use, key.policy, topic, now)
            if not decision.allowed:
                denial = _denial(use, demand, decision, topic, message_id)
                return self._report(denial, demand, "KMS.AccessDeniedException", now)
        return None

    def _key(self, name: str, queue: Arn) -> Key | None:
        if name.endswith(OF_AWS):
            return Key(Arn("kms", queue.region, queue.account, OF_AWS), frozenset(), "{}")
        return next((key for key in self._keys if name in key.names), None)

    def _report(self, denial: Denial, demand: Demand, code: str, now: float) -> Outcome | None:
        """Report what SNS may not do, as part of a delivery. Returns the outcome if it is refused here too."""
        if not self._authorization.report_delivery(denial, demand, now):
            return None
        response = {"ErrorCode": code, "ErrorMessage": str(denial), "sqsRequestId": "Unrecoverable"}
        return Outcome(str(denial), status=FORBIDDEN, response=json.dumps(response))


def _denial(
    wanted: Demand,
    delivery: Demand,
    decision: Decision,
    topic: Arn,
    message_id: str | None,
    remedy: str | None = None,
) -> Denial:
    """Returns the denial of what SNS `wanted` to do as part of a delivery."""
    missing = json.dumps(admitting(wanted.action, wanted.resource, topic)) if decision.statement is None else None
    denial = deny(SNS, wanted, decision)
    return replace(denial, arn=delivery.arn, missing=missing, remedy=remedy, topic=str(topic), message_id=message_id)


@lru_cache(maxsize=4096)
def _demand(action: str, arn: Arn, topic: Arn) -> Demand:
    """Returns the demand for a topic's deliveries, the same each time: decisions are kept by it."""
    return Demand(action, action.lower() if arn.service == "sqs" else action, arn, str(arn), has_policy=True)


def admitting(action: str, resource: str, topic: Arn) -> dict[str, Any]:
    """Returns the statement that lets SNS in for one topic, as AWS's guide has it."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": SNS.arn},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": str(topic)}},
    }


def read_keys(tables: Iterable[Mapping[str, Any]]) -> list[Key]:
    """Returns the keys of the setting `kms_keys`: `key` is an ARN, `alias` without `alias/`, `policy` a document or its
    JSON. Raises BadSetting.
    """
    return [_read_key(table) for table in tables]


def _read_key(table: Mapping[str, Any]) -> Key:
    unknown = sorted(table.keys() - _KEY_FIELDS)
    text, alias, policy = table.get("key"), table.get("alias"), table.get("policy")
    arn = read_arn(text) if isinstance(text, str) else None
    if unknown:
        raise BadSetting(f"kms_keys: unknown member {unknown[0]}")
    if arn is None or arn.service != "kms" or not arn.resource.startswith("key/"):
        raise BadSetting(f"kms_keys: {text!r} is not the ARN of a key")
    try:
        document = read(policy) if isinstance(policy, str) else policy
        if not isinstance(document, dict):
            raise BadPolicy
        compile_document(document)
    except BadPolicy:
        raise BadSetting(f"kms_keys: {text} has no policy that can be read") from None
    names = {str(arn), arn.resource.removeprefix("key/")}
    if isinstance(alias, str):
        names |= {f"alias/{alias}", str(Arn("kms", arn.region, arn.account, f"alias/{alias}"))}
    return Key(arn, frozenset(names), json.dumps(document))
