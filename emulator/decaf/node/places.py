"""In which account and region a request is carried out: that is in the world of one shard."""

from __future__ import annotations

from collections.abc import Callable

from decaf.access.identity import Identities
from decaf.access.signature import read_signature
from decaf.api.places import place_named
from decaf_protocol import NO_ACCOUNT, AWSError, Call, Request, decode


def decoded(request: Request) -> Call | None:
    """Returns the call that a request makes, None for one that is no call."""
    try:
        return decode(request)
    except AWSError:
        return None


def place_of(request: Request, call: Call, identities: Callable[[], Identities], own_region: str) -> tuple[str, str]:
    """Returns the account and the region that a call, which a request was decoded to, is carried out in.

    `identities` returns those that are declared; `own_region` is that of a server, for calls that name none.
    """
    account, region = place_named(call.dialect.service, call.operation, call.params)
    return account or _of_caller(request, call, identities), region or call.region or own_region


def _of_caller(request: Request, call: Call, identities: Callable[[], Identities]) -> str:
    """Returns the account of who signed: that of a declared identity, whose key is no account itself."""
    if call.account != NO_ACCOUNT:
        return call.account
    declared = identities()
    key = _key(request) if declared else None
    identity = None if key is None else declared.find(key)
    return call.account if identity is None else identity.caller.account


def _key(request: Request) -> str | None:
    try:
        signature = read_signature(request)
    except AWSError:
        return None
    return None if signature is None else signature.access_key
