"""Who calls: the IAM identity behind a call.

Rule: each account has one user, and whoever calls in the account is that user. Its id is made from the account, so
that it is the same in every run, and in every copy of the account's state.

Source: IAM User Guide, "IAM identifiers"; answers of the service, whose callers are users and not an account's root.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

import msgspec

DEFAULT_NAME = "decaf"
_ID_LENGTH = 17  # characters after AIDA


class User(msgspec.Struct, frozen=True):
    """An IAM user; `id` is its unique id, `AIDA...`."""

    account: str
    name: str
    id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:user/{self.name}"


@lru_cache(maxsize=1024)  # asked with every message that is sent
def default_user(account: str) -> User:
    """Returns the user that whoever calls in `account` is."""
    digest = hashlib.sha256(f"{account}/{DEFAULT_NAME}".encode()).digest()
    return User(account, DEFAULT_NAME, "AIDA" + base64.b32encode(digest).decode()[:_ID_LENGTH])


def root_arn(account: str) -> str:
    """Returns the ARN that stands, as a policy's principal, for an account and everybody in it."""
    return f"arn:aws:iam::{account}:root"
