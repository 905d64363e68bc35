"""Who makes a request: a user, a session of a role, an account's root, nobody known, or a service of AWS.

Rule: a caller has the names by which a policy can mean it, and the condition keys that are about it.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from decaf.base.identity import default_user, root_arn


class Kind(Enum):
    USER = "User"
    SESSION = "AssumedRole"
    ROOT = "Account"
    ANONYMOUS = "Anonymous"
    SERVICE = "Service"


class Caller(msgspec.Struct, frozen=True, eq=False):
    """Who makes a request. `account` is "" for nobody known and for services.

    `arn` is how errors name the caller, `id` its unique id (`AIDA...`, `AROA...:session`), `principal` the ARN that
    condition keys have: of a session that of its role. `names` are the principals of a policy that mean it and no other
    caller of its account.
    """

    kind: Kind
    account: str
    arn: str
    id: str
    principal: str = ""
    names: frozenset[str] = frozenset()
    keys: Mapping[str, str] = msgspec.field(default_factory=dict)  # condition keys, by name in lower case

    @property
    def root(self) -> str:
        """The principal that stands for the caller's account, "" without one."""
        return root_arn(self.account) if self.account else ""


ANONYMOUS = Caller(
    Kind.ANONYMOUS,
    "",
    "anonymous",
    "anonymous",
    keys={"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous"},
)


def user(account: str, name: str, unique_id: str, tags: Mapping[str, str] | None = None) -> Caller:
    """Returns the IAM user `name`, which may have a path: `team/alice`."""
    arn = f"arn:aws:iam::{account}:user/{name}"
    keys = {"aws:username": name.rpartition("/")[2], "aws:userid": unique_id}
    return _caller(Kind.USER, account, arn, unique_id, arn, (arn, unique_id), keys, tags or {})


def session(account: str, role: str, name: str, role_id: str, tags: Mapping[str, str] | None = None) -> Caller:
    """Returns the session `name` of a role, which may have a path."""
    principal = f"arn:aws:iam::{account}:role/{role}"
    arn = f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}"
    unique_id = f"{role_id}:{name}"
    names = (principal, arn, role_id, unique_id)
    return _caller(Kind.SESSION, account, arn, unique_id, principal, names, {"aws:userid": unique_id}, tags or {})


def root(account: str) -> Caller:
    """Returns the root user of an account."""
    arn = root_arn(account)
    return _caller(Kind.ROOT, account, arn, account, arn, (arn, account), {"aws:userid": account}, {})


def service(name: str) -> Caller:
    """Returns a service of AWS by its principal, such as `sns.amazonaws.com`."""
    keys = {"aws:principalisawsservice": "true", "aws:principalservicename": name}
    return Caller(Kind.SERVICE, "", name, name, names=frozenset({name}), keys=keys)


def default_caller(account: str) -> Caller:
    """Returns the user that whoever calls in `account` is, where nobody is declared."""
    known = default_user(account)
    return user(account, known.name, known.id)


def _caller(
    kind: Kind,
    account: str,
    arn: str,
    unique_id: str,
    principal: str,
    names: tuple[str, ...],
    keys: Mapping[str, str],
    tags: Mapping[str, str],
) -> Caller:
    known = {
        "aws:principalarn": principal,
        "aws:principalaccount": account,
        "aws:principaltype": kind.value,
        "aws:principalisawsservice": "false",
        **keys,
        **{f"aws:principaltag/{key.lower()}": value for key, value in tags.items()},
    }
    return Caller(kind, account, arn, unique_id, principal, frozenset(names), known)
