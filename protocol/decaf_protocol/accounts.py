"""Accounts and regions, as credentials, hosts, ARNs and queue URLs name them.

Rule: this is the one definition of both, for the protocol and for all that is built on it. The digits are ASCII's:
`\\d` also matches those of other scripts, which name no account.
"""

from __future__ import annotations

import re

ACCOUNT = "[0-9]{12}"  # as part of patterns, such as an ARN's
REGION = "[a-z]{2,}(-[a-z]+)+-[0-9]+"
NO_ACCOUNT = "000000000000"  # that of requests whose access key is no account

_ACCOUNT = re.compile(ACCOUNT)
_REGION = re.compile(REGION)


def is_account(text: str) -> bool:
    """Returns whether `text` is an account id: 12 digits."""
    return _ACCOUNT.fullmatch(text) is not None


def is_region(text: str) -> bool:
    """Returns whether `text` has the form of AWS's names of regions, `us-east-1` or `us-gov-west-1`."""
    return _REGION.fullmatch(text) is not None


def account_of(access_key: str | None) -> str:
    """Returns the access key when it is an account id, else 000000000000."""
    return access_key if access_key is not None and is_account(access_key) else NO_ACCOUNT
