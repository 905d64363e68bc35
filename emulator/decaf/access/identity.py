"""Declared identities: users, sessions of roles and root users, by the access key that they sign with.

Rule: an access key has one identity. Keys that nobody declared stand for the user of their account, who may do
everything there (base/identity.py).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from decaf.access import caller
from decaf.access.caller import Caller
from decaf.access.statements import Policy, compile_document
from decaf.base import policy
from decaf.base.policy import BadPolicy
from decaf.base.settings import BadSetting
from decaf_protocol import NO_ACCOUNT, is_account

_NAME = re.compile(r"(?:[\w+=,.@-]{1,128}/){0,8}[\w+=,.@-]{1,64}", re.ASCII)  # with the path before it
_KEY = re.compile(r"\w{3,128}", re.ASCII)
_FIELDS = frozenset(
    {
        "access_key",
        "secret",
        "account",
        "user",
        "role",
        "session",
        "root",
        "session_token",
        "expires",
        "tags",
        "policies",
    }
)
_ID_LENGTH = 17  # characters after AIDA or AROA


class BadIdentity(Exception):
    """An identity that cannot be declared; the text is the reason."""


class Identity(msgspec.Struct, frozen=True, eq=False):
    """Who signs with `access_key`, until `expires` (epoch seconds; None: for ever). Secret and token are not shown."""

    access_key: str
    secret: str
    caller: Caller
    token: str | None = None
    policies: tuple[Policy, ...] = ()
    expires: float | None = None

    def __repr__(self) -> str:
        return f"Identity({self.access_key!r}, {self.caller!r})"


class Identities:
    """The declared identities, by access key."""

    __slots__ = ("_by_key",)

    def __init__(self, declared: Iterable[Identity] = ()) -> None:
        self._by_key = {identity.access_key: identity for identity in declared}

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def add(self, identity: Identity) -> None:
        """Add an identity; it replaces the one with the same access key."""
        self._by_key[identity.access_key] = identity

    def find(self, access_key: str) -> Identity | None:
        return self._by_key.get(access_key)

    def named(self, name: str) -> Identity | None:
        """Returns the identity with an ARN, an access key, or the name of a user or role; None if there is none."""
        return next((each for each in self._by_key.values() if name in _names(each)), None)

    def remove(self, access_key: str) -> bool:
        """Remove an identity. Returns whether there was one."""
        return self._by_key.pop(access_key, None) is not None

    def forget(self, account: str | None) -> None:
        """Remove the identities of an account, or all."""
        for identity in self.all():
            if account in (None, identity.caller.account):
                del self._by_key[identity.access_key]

    def all(self) -> list[Identity]:
        return list(self._by_key.values())


def _names(identity: Identity) -> tuple[str, ...]:
    who = identity.caller
    return identity.access_key, who.arn, who.principal, who.arn.rpartition("/")[2], who.principal.rpartition("/")[2]


def read_identities(tables: Iterable[Mapping[str, Any]]) -> list[Identity]:
    """Returns the identities of the setting `identities`. Raises BadSetting."""
    try:
        return [read_identity(table) for table in tables]
    except BadIdentity as error:
        raise BadSetting(f"identities: {error}") from error


def read_identity(table: Mapping[str, Any]) -> Identity:
    """Returns an identity from its fields: `access_key`, `secret` and either `user`, `role` or `root`.

    Others are `account`, `session` (the name of the role's session), `session_token`, `expires`, `tags` and `policies`:
    documents, JSON texts, or paths of files with one. Raises BadIdentity.
    """
    unknown = sorted(table.keys() - _FIELDS)
    if unknown:
        raise BadIdentity(f"unknown member {unknown[0]}")
    access_key, secret = table.get("access_key"), table.get("secret")
    if not isinstance(access_key, str) or not _KEY.fullmatch(access_key) or is_account(access_key):
        raise BadIdentity("each needs an access_key of 3 to 128 letters and digits, which is not an account")
    if not isinstance(secret, str) or not secret:
        raise BadIdentity(f"{access_key} needs a secret")
    token = table.get("session_token")
    if not isinstance(token, str | None):
        raise BadIdentity(f"{access_key}: the session_token is not a text")
    documents = table.get("policies", ())
    if not isinstance(documents, list | tuple):
        raise BadIdentity(f"{access_key}: policies is not a list")
    policies = tuple(_read_policy(access_key, each) for each in documents)
    expires = None if "expires" not in table else _read_time(access_key, table["expires"])
    return Identity(access_key, secret, _read_caller(access_key, table), token, policies, expires)


def _read_time(access_key: str, given: Any) -> float:
    """Returns a time in epoch seconds: TOML's own, the text of one in ISO 8601, or a number of seconds."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return float(moment)
    except (TypeError, ValueError):
        raise BadIdentity(f"{access_key}: expires is no time") from None


def _read_caller(access_key: str, table: Mapping[str, Any]) -> Caller:
    account = table.get("account", NO_ACCOUNT)
    if not isinstance(account, str) or not is_account(account):
        raise BadIdentity(f"{access_key}: the account is not 12 digits")
    tags = table.get("tags", {})
    if not isinstance(tags, Mapping) or not all(isinstance(value, str) for value in tags.values()):
        raise BadIdentity(f"{access_key}: tags is not a table of texts")
    kinds = [kind for kind in ("user", "role", "root") if table.get(kind)]
    if len(kinds) != 1:
        raise BadIdentity(f"{access_key} needs either a user, a role or root = true")
    if kinds == ["root"]:
        return caller.root(account)
    name = table[kinds[0]]
    session = table.get("session", "local")
    for text in (name, session):
        if not isinstance(text, str) or not _NAME.fullmatch(text):
            raise BadIdentity(f"{access_key}: {text!r} is not a name of IAM")
    if kinds == ["user"]:
        return caller.user(account, name, _unique_id("AIDA", account, name), tags)
    return caller.session(account, name, session, _unique_id("AROA", account, name), tags)


def _unique_id(prefix: str, account: str, name: str) -> str:
    digest = hashlib.sha256(f"{account}/{prefix}/{name}".encode()).digest()
    return prefix + base64.b32encode(digest).decode()[:_ID_LENGTH]


def _read_policy(access_key: str, given: Any) -> Policy:
    """Returns a compiled policy: `given` is the document, its JSON, or the path of a file with it."""
    where = "a policy"
    try:
        if isinstance(given, str) and not given.lstrip().startswith("{"):
            where = given
            given = Path(given).read_text(encoding="utf-8")
        document = policy.read(given) if isinstance(given, str) else given
        policy.check_form(document, of_resource=False)
        return compile_document(document)
    except BadPolicy:
        raise BadIdentity(f"{access_key}: {where} is not an identity's policy") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadIdentity(f"{access_key}: {where}: {getattr(error, 'strerror', None) or error}") from error
