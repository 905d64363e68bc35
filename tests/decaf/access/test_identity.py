"""Declared identities: what is one, and what is said of one that is not."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from decaf.access.caller import Kind
from decaf.access.identity import BadIdentity, Identities, read_identities, read_identity
from decaf.base.settings import BadSetting

ALICE: dict[str, Any] = {"access_key": "AKIAALICE", "secret": "s3cret", "account": "111122223333", "user": "alice"}
STATEMENT = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": STATEMENT}


def test_a_user() -> None:
    alice = read_identity({**ALICE, "tags": {"Team": "red"}}).caller
    assert (alice.kind, alice.account, alice.arn) == (
        Kind.USER,
        "111122223333",
        "arn:aws:iam::111122223333:user/alice",
    )
    assert alice.id.startswith("AIDA")
    assert len(alice.id) == 21
    assert alice.keys["aws:principaltag/team"] == "red"
    assert alice.id == read_identity(ALICE).caller.id


def test_a_role_is_a_session_of_it() -> None:
    worker = read_identity({"access_key": "ASIAW", "secret": "s", "role": "team/worker", "session": "one"}).caller
    assert worker.arn == "arn:aws:sts::000000000000:assumed-role/worker/one"
    assert worker.principal == "arn:aws:iam::000000000000:role/team/worker"
    assert worker.id.startswith("AROA")
    assert worker.id.endswith(":one")


def test_a_root_user() -> None:
    assert read_identity({"access_key": "AKIAR", "secret": "s", "root": True}).caller.kind is Kind.ROOT


def test_policies_are_documents_texts_or_files(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(POLICY))
    identity = read_identity({**ALICE, "policies": [POLICY, json.dumps(POLICY), str(file)]})
    assert identity.policies == (identity.policies[0],) * 3


@pytest.mark.parametrize("at", [1767225600, "2026-01-01", "2026-01-01T01:00:00+01:00", datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_identity_may_expire(at: Any) -> None:
    assert read_identity(ALICE | {"expires": at}).expires == 1767225600
    assert read_identity(ALICE).expires is None


def test_neither_secret_nor_token_is_shown() -> None:
    identity = read_identity({**ALICE, "session_token": "t0ken"})
    assert "s3cret" not in repr(identity)
    assert "t0ken" not in repr(identity)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"access_key": "111122223333"}, "an access_key of 3 to 128 letters and digits, which is not an account"),
        ({"access_key": "a/b"}, "an access_key of 3 to 128 letters"),
        ({"secret": None}, "needs a secret"),
        ({"account": "1"}, "the account is not 12 digits"),
        ({"user": None}, "needs either a user, a role or root"),
        ({"role": "worker"}, "needs either a user, a role or root"),
        ({"user": "a b"}, "'a b' is not a name of IAM"),
        ({"session_token": 5}, "the session_token is not a text"),
        ({"tags": {"a": 1}}, "tags is not a table of texts"),
        ({"expires": "soon"}, "expires is no time"),
        ({"expires": []}, "expires is no time"),
        ({"policies": "{}"}, "policies is not a list"),
        ({"policies": ["{}"]}, "a policy is not an identity's policy"),
        ({"policies": [{"Statement": {**STATEMENT, "Principal": "*"}}]}, "is not an identity's policy"),
        ({"policies": ["/no/such/file.json"]}, "/no/such/file.json: No such file or directory"),
        ({"colour": "red"}, "unknown member colour"),
    ],
)
def test_no_identity(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(BadIdentity, match=text):
        read_identity(ALICE | changes)
    with pytest.raises(BadSetting, match=r"^identities: "):
        read_identities([ALICE | changes])


def test_identities_are_found_by_key_and_by_name() -> None:
    alice = read_identity(ALICE)
    worker = read_identity({**ALICE, "access_key": "ASIAW", "user": None, "role": "worker"})
    identities = Identities([alice, worker])
    assert identities.find("AKIAALICE") is alice
    assert identities.find("AKIABOB") is None
    for name in ("alice", "arn:aws:iam::111122223333:user/alice", "AKIAALICE"):
        assert identities.named(name) is alice
    for name in ("worker", "arn:aws:iam::111122223333:role/worker", "local"):
        assert identities.named(name) is worker
    assert identities.remove("ASIAW")
    assert not identities.remove("ASIAW")
    identities.forget("444455556666")
    assert identities.all() == [alice]
    identities.forget("111122223333")
    assert not identities
