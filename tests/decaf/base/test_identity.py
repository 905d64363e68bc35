"""The user that whoever calls in an account is."""

from __future__ import annotations

import re

from decaf.base.identity import default_user


def test_its_id_has_the_form_of_aws_and_its_arn_names_the_account() -> None:
    user = default_user("123456789012")
    assert re.fullmatch("AIDA[A-Z2-7]{17}", user.id)
    assert user.arn == "arn:aws:iam::123456789012:user/decaf"


def test_every_account_has_a_user_of_its_own_and_always_the_same() -> None:
    before = default_user("123456789012")
    default_user.cache_clear()
    assert default_user("123456789012") == before
    assert default_user("210987654321").id != before.id
