"""Credential scopes: the account that calls, the region and the service.

Rule: signatures are not checked; a malformed scope, or none, leaves everything open.

Source: "Create a signed AWS API request", `<access key>/<date>/<region>/<service>/aws4_request`.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from decaf_protocol.accounts import NO_ACCOUNT, account_of


class Scope(msgspec.Struct, frozen=True):
    """A credential scope: the account of its access key, and region and service, None where it leaves them open."""

    account: str = NO_ACCOUNT
    region: str | None = None
    service: str | None = None


UNSIGNED = Scope()


def from_authorization(header: str) -> Scope:
    """Returns the scope in an Authorization header: `AWS4-HMAC-SHA256 Credential=<scope>, SignedHeaders=...`."""
    start = header.find("Credential=")
    if start < 0:
        return UNSIGNED
    end = header.find(",", start)
    return from_credential(header[start + 11 : end if end >= 0 else None].strip())


def complaint(header: str) -> str | None:
    """What AWS says of an Authorization header without a scope, None if it is none of signature version 4.

    Source: answers of AWS services quoted in public reports, IncompleteSignature.
    """
    if not header.startswith("AWS4-"):
        return None
    start = header.find("Credential=")
    if start < 0:
        return f"Authorization header requires 'Credential' parameter. Authorization={header}"
    credential = header[start + 11 :].partition(",")[0].strip()
    return (
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        f"got '{credential}'"
    )


@lru_cache(maxsize=1024)  # a client's scope is the same all day
def from_credential(credential: str) -> Scope:
    """Returns the scope in a Credential or X-Amz-Credential. One without a region is SigV4A's."""
    parts = credential.rsplit("/", 4)
    if len(parts) < 4 or parts[-1] != "aws4_request":
        return UNSIGNED
    if len(parts) == 4:
        return Scope(account_of(parts[0]), None, parts[2])
    return Scope(account_of(parts[0]), parts[2] if _can_name_a_region(parts[2]) else None, parts[3])


def _can_name_a_region(text: str) -> bool:
    """Any name, not only AWS's: clients are configured with regions such as `local`, which then exist here."""
    return len(text) <= 32 and text.isascii() and text.replace("-", "").isalnum()
