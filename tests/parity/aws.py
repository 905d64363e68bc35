"""The third server that scenarios are played on: AWS itself, with an account of whoever has one.

Rule: nothing of the account is touched but what a run makes. Each scenario has a prefix of its own, which every name of
a queue or topic gets before the call, and is taken away from the answers; what has the prefix is deleted afterwards. A
scenario that would reach a person, a phone or a setting of the whole account is not played.
"""

from __future__ import annotations

import inspect
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config

from .normalise import normalised
from .scenarios import Scenario
from .trace import Client, Trace

REGION = "us-east-1"  # the scenarios' own
PREFIX = "decaf-parity-"  # of all that runs make
FAMILIES = ("fan_out", "sns_filters", "sns_permissions", "sns_tags", "sqs_")
_CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1}, region_name=REGION)
_NAMES = ("QueueName", "QueueNamePrefix", "Name")


class Refused(Exception):
    """The run is not started, or a call not made; the text says why."""


def is_playable(name: str) -> bool:
    """Returns whether a scenario, by its name, keeps to queues and topics of its own."""
    return name.startswith(FAMILIES)


def check(asked: bool, environment: Mapping[str, str], session: botocore.session.Session) -> None:
    """Raises Refused unless a run on AWS is asked for, outside of CI, with credentials."""
    if not asked:
        raise Refused("a run on AWS has to be asked for: --aws")
    if environment.get("CI"):
        raise Refused("CI is set: no run on AWS by a machine")
    if session.get_credentials() is None:
        raise Refused("there are no AWS credentials")


@dataclass(frozen=True, slots=True)
class Aws:
    """An account of AWS."""

    session: botocore.session.Session
    account: str

    @classmethod
    def of(cls, session: botocore.session.Session) -> Aws:
        """The account of the session's credentials, as STS names it."""
        sts = session.create_client("sts", config=_CONFIG)
        return cls(session, sts.get_caller_identity()["Account"])

    def play(self, scenario: Scenario) -> Trace:
        """The scenario's trace, normalised; all that it made is deleted."""
        prefix = f"{PREFIX}{uuid.uuid4().hex[:8]}-"
        clients = {service: self._client(service, prefix) for service in inspect.signature(scenario).parameters}
        try:
            trace = json.loads(json.dumps(scenario(**clients)).replace(prefix, ""))
        finally:
            self.clean_up(prefix)
        return normalised(trace, f"https://sqs.{REGION}.amazonaws.com", self.account)

    def clean_up(self, prefix: str = PREFIX) -> None:
        """Delete what runs made; once more at the end, since AWS lists a new queue only after a while."""
        clean_up(self._plain("sqs"), self._plain("sns"), prefix)

    def _client(self, service: str, prefix: str) -> Client:
        client = self._plain(service)

        def give_prefix(params: dict[str, Any], model: Any, **_: object) -> None:
            prefixed(model.name, params, prefix)

        client.meta.events.register("provide-client-params", give_prefix)
        return client

    def _plain(self, service: str) -> Client:
        return self.session.create_client(service, config=_CONFIG)


def prefixed(operation: str, params: dict[str, Any], prefix: str) -> None:
    """Put `prefix` before the names in a call's parameters. Raises Refused for a call that would reach somebody."""
    if operation == "Subscribe" and params.get("Protocol") != "sqs":
        raise Refused(f"a subscription of protocol {params.get('Protocol')} could reach somebody")
    if operation == "ListQueues":
        params.setdefault("QueueNamePrefix", "")
    for name in _NAMES:
        if isinstance(params.get(name), str):
            params[name] = prefix + params[name]


def clean_up(sqs: Client, sns: Client, prefix: str) -> None:
    """Delete the queues and topics whose names begin with `prefix`, and nothing else."""
    for url in sqs.list_queues(QueueNamePrefix=prefix).get("QueueUrls", []):
        if url.rpartition("/")[2].startswith(prefix):
            sqs.delete_queue(QueueUrl=url)
    for arn in _topics(sns):
        if arn.rpartition(":")[2].startswith(prefix):
            sns.delete_topic(TopicArn=arn)


def _topics(sns: Client) -> Iterator[str]:
    for page in sns.get_paginator("list_topics").paginate():
        yield from (topic["TopicArn"] for topic in page["Topics"])
