"""A scenario played on one server: a fresh account, real boto3 over HTTP, and the comparable trace.

Rule: both servers get the same scenario from the same client code; only the endpoint differs, and the header
that tells moto's server the account (others take it from the access key).
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.config import Config

from .normalise import normalised
from .scenarios import Scenario
from .trace import Client, Trace

_CONFIG = Config(
    parameter_validation=False,  # the service's own checks are what is compared
    retries={"total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=30,
)


@dataclass(slots=True)
class Server:
    """Where scenarios are played: its base URL, and the header that gives it the account, if it needs one."""

    endpoint: str
    account_header: str | None = None
    session: botocore.session.Session = field(default_factory=botocore.session.Session)
    accounts: Iterator[int] = field(default_factory=lambda: itertools.count(700_000_000_001))

    def play(self, scenario: Scenario) -> Trace:
        """The scenario's trace, normalised, from an account that nothing else has used."""
        account = str(next(self.accounts))
        services = inspect.signature(scenario).parameters
        clients = {service: self._client(service, account) for service in services}
        try:
            return normalised(scenario(**clients), self.endpoint, account)
        finally:
            for client in clients.values():
                client.close()

    def _client(self, service: str, account: str) -> Client:
        client = self.session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=_CONFIG,
        )
        if self.account_header:
            header = {self.account_header: account}

            def name_the_account(params: dict[str, Any], **_: object) -> None:
                params["headers"].update(header)

            client.meta.events.register("before-call", name_the_account)
        return client
