"""Sessions share what is the same for all, and nothing else."""

from __future__ import annotations

import pytest
from botocore.exceptions import ParamValidationError

from decaf.testing.sessions import new_session, shared_session


def test_handlers_registered_with_a_session_are_its_own() -> None:
    one, other = new_session(), new_session()
    heard: list[str] = []
    one.events.register("cafe.open", lambda **_: heard.append("one"))
    for session in (one, other, shared_session(), new_session()):
        session.events.emit("cafe.open")
    assert heard == ["one"]


def test_a_session_has_botocores_own_handlers() -> None:
    """One of them knows what the name of a bucket can be."""
    s3 = new_session().client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with pytest.raises(ParamValidationError, match="Invalid bucket name"):
        s3.list_objects(Bucket="a b")
    s3.close()


def test_credentials_are_read_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    session = new_session()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert session.get_credentials().access_key == "111122223333"
