"""Users of a test's account, each with a client of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from decaf.control.route import Refused

if TYPE_CHECKING:
    from decaf.testing.control import Control
    from decaf.testing.decaf import Decaf

Policy = Mapping[str, Any] | Sequence[Mapping[str, Any]]  # a document, a statement, or several statements


class Users:
    """Declares users, and makes boto3 clients that sign as them."""

    def __init__(self, decaf: Decaf, control: Control) -> None:
        self._decaf = decaf
        self._control = control
        self._clients: list[Any] = []
        self._keys: list[str] = []

    def client(self, policy: Policy | None = None, service: str = "sqs", **fields: Any) -> Any:
        """Returns a client of a new user with `policy`, or of a role or another name as `fields` say."""
        policies = [] if policy is None else [_document(policy)]
        made = self._control.declare_identity(policies=policies, **fields)
        self._keys.append(made.access_key)
        client = self._decaf.client(
            service,
            aws_access_key_id=made.access_key,
            aws_secret_access_key=made.secret,
            aws_session_token=made.session_token,
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close the clients, and remove the users."""
        for client in self._clients:
            client.close()
        for key in self._keys:
            with suppress(Refused):  # of a user that a reset has removed
                self._control.remove_identity(key)


def _document(policy: Policy) -> dict[str, Any]:
    if isinstance(policy, Mapping) and "Statement" in policy:
        return dict(policy)
    statements = [policy] if isinstance(policy, Mapping) else list(policy)
    return {"Version": "2012-10-17", "Statement": statements}
