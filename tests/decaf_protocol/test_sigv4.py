"""Credential scopes, whole and broken."""

import pytest

from decaf_protocol.accounts import NO_ACCOUNT
from decaf_protocol.sigv4 import UNSIGNED, Scope, from_authorization, from_credential
from tests.decaf_protocol.requests import signed


def test_a_scope_names_key_region_and_service() -> None:
    assert from_authorization(signed("sns", "us-east-1", "123456789012")) == Scope("123456789012", "us-east-1", "sns")


def test_a_key_that_is_no_account_id_belongs_to_the_default_account() -> None:
    assert from_authorization(signed("sns", "us-east-1", "AKIA")) == Scope(NO_ACCOUNT, "us-east-1", "sns")


def test_spaces_after_commas_are_not_needed() -> None:
    header = "AWS4-HMAC-SHA256 SignedHeaders=host,Credential=K/20260101/eu-west-1/sqs/aws4_request,Signature=0"
    assert from_authorization(header) == Scope(NO_ACCOUNT, "eu-west-1", "sqs")


def test_sigv4a_has_no_region() -> None:
    assert from_credential("K/20260101/sqs/aws4_request") == Scope(NO_ACCOUNT, None, "sqs")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "AWS4-HMAC-SHA256",
        "Bearer abc",
        "AWS K:signature",
        "Credential=",
        "Credential=a/b/c",
        "Credential=a/b/c/d/e",
    ],
)
def test_a_broken_scope_is_none(header: str) -> None:
    assert from_authorization(header) == UNSIGNED


@pytest.mark.parametrize("region", ["", "us east 1", "ü", "r" * 33, "<b>"])
def test_a_region_that_can_be_none_is_none(region: str) -> None:
    assert from_credential(f"K/20260101/{region}/sqs/aws4_request") in (Scope(NO_ACCOUNT, None, "sqs"), UNSIGNED)
