"""Authentication: who signed a request, and whether the signature is right.

Rule: a signature is verified where the secret is known, which is that of a declared identity. The time of a signature
is compared with the machine's own, which nobody moves. Nothing of a signature, a secret or a token is logged.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

import msgspec

from decaf.access import errors
from decaf.access.caller import ANONYMOUS, Caller, default_caller
from decaf.access.identity import Identities, Identity
from decaf.access.signature import Signature, check_scope, check_signature, check_time, read_signature
from decaf.access.statements import Policy, compile_document
from decaf.base.arn import read_queue_url
from decaf.base.clock import real_time
from decaf_protocol import AWSError, Call, Request, account_of, is_account

EVERYTHING = compile_document({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


class Authenticated(msgspec.Struct, frozen=True, eq=False):
    """Who makes a request, and the policies of its own. `failure` is the error of a signature that is not right."""

    caller: Caller
    policies: tuple[Policy, ...] = ()
    declared: bool = False
    failure: AWSError | None = None


_NOBODY = Authenticated(ANONYMOUS)


@lru_cache(maxsize=1024)
def _undeclared(account: str) -> Authenticated:
    """Returns the user who may do everything in an account, and stands for all keys that nobody declared."""
    return Authenticated(default_caller(account), (EVERYTHING,))


def authenticate(request: Request, call: Call, identities: Identities, refuses_unknown: bool) -> Authenticated:
    """Returns who makes a request. With `refuses_unknown`, a key is a failure that is neither declared nor an account.

    A failure comes with the identity that the signature claims, as far as that is known.
    """
    if not identities:  # then no secret is known, and there is nothing to verify
        return _undeclared(call.account) if _is_signed(request) else _NOBODY
    try:
        signature = read_signature(request)
    except AWSError as error:
        return Authenticated(default_caller(call.account), failure=error)
    if signature is None:
        return _NOBODY
    identity = identities.find(signature.access_key)
    if identity is None:
        return _of_unknown_key(signature.access_key, call.dialect.service, refuses_unknown)
    failure = _failure(signature, identity, request, call)
    return Authenticated(identity.caller, identity.policies, declared=True, failure=failure)


def _is_signed(request: Request) -> bool:
    header = request.headers.get("authorization")
    if header is not None:
        return header.startswith("AWS")  # of version 2 too: nothing is verified
    return "Credential=" in request.target or "AWSAccessKeyId=" in request.target or b"AWSAccessKeyId=" in request.body


def _of_unknown_key(access_key: str, service: str, refused: bool) -> Authenticated:
    known = _undeclared(account_of(access_key))
    if not refused or is_account(access_key):
        return known
    return Authenticated(known.caller, known.policies, failure=errors.unknown_key(service))


def _failure(signature: Signature, identity: Identity, request: Request, call: Call) -> AWSError | None:
    """Returns the first error of a signature that is not right, in AWS's order; None when it is."""
    try:
        check_scope(signature, call.dialect.service, _region_of_queue(call))
        now = real_time()
        check_time(signature, now)
        if not _same(signature.token, identity.token):
            raise errors.unknown_key(call.dialect.service)
        if identity.expires is not None and now >= identity.expires:
            raise errors.token_expired()
        check_signature(signature, request, identity.secret)
    except AWSError as error:
        return error
    return None


def _region_of_queue(call: Call) -> str | None:
    """Returns the region that a queue's URL names, None without one: each region has an endpoint of its own."""
    url: str | None = call.params.get("QueueUrl")
    return None if url is None else read_queue_url(url).region


def _same(token: str | None, own: str | None) -> bool:
    """Returns whether a request has the session token of its key, which it has not where the key has none."""
    return hmac.compare_digest((token or "").encode(errors="replace"), (own or "").encode())
