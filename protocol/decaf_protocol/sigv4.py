"""Credential scopes: who calls, in which region, for which service.

Rule: a scope is only read here, never believed or refused: a malformed or missing one is no scope.

Source: "Create a signed AWS API request", `<access key>/<date>/<region>/<service>/aws4_request`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

NO_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a credential scope says: whose the access key is, and None for what it leaves open."""

    account: str = NO_ACCOUNT
    region: str | None = None
    service: str | None = None


def account_of(access_key: str | None) -> str:
    """The access key when it is an account number (12 digits), else 000000000000."""
    is_account = access_key is not None and len(access_key) == 12 and access_key.isascii() and access_key.isdigit()
    return str(access_key) if is_account else NO_ACCOUNT


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
    return Scope(account_of(parts[0]), parts[2] if _is_region(parts[2]) else None, parts[3])


def _is_region(text: str) -> bool:
    return len(text) <= 32 and text.isascii() and text.replace("-", "").isalnum()
