"""Credential scopes: who calls, in which region, for which service.

Rule: a scope is only read here, never believed or refused: a malformed or missing one is no scope.

Source: "Create a signed AWS API request", `<access key>/<date>/<region>/<service>/aws4_request`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from decaf_protocol.accounts import NO_ACCOUNT, account_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What a credential scope says: whose the access key is, and None for what it leaves open."""

    account: str = NO_ACCOUNT
    region: str | None = None
    service: str | None = None


UNSIGNED = Scope()


def from_authorization(header: str) -> Scope:
    """The scope in an Authorization header: `AWS4-HMAC-SHA256 Credential=<scope>, SignedHeaders=...`."""
    start = header.find("Credential=")
    if start < 0:
        return UNSIGNED
    end = header.find(",", start)
    return from_credential(header[start + 11 : end if end >= 0 else None].strip())


@lru_cache(maxsize=1024)  # a client's scope is the same all day
def from_credential(credential: str) -> Scope:
    """The scope itself, as X-Amz-Credential carries it too. Without a region it is that of SigV4A."""
    parts = credential.rsplit("/", 4)
    if len(parts) < 4 or parts[-1] != "aws4_request":
        return UNSIGNED
    if len(parts) == 4:
        return Scope(account_of(parts[0]), None, parts[2])
    return Scope(account_of(parts[0]), parts[2] if _can_name_a_region(parts[2]) else None, parts[3])


def _can_name_a_region(text: str) -> bool:
    """More than AWS's regions: a client may be set up for `local`, and gets a region of that name."""
    return len(text) <= 32 and text.isascii() and text.replace("-", "").isalnum()
