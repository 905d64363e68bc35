"""Who calls, as STS answers it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import xmltodict
from botocore.exceptions import ClientError

from decaf.base.identity import default_user
from decaf_protocol import models
from tests.live import Live

ROOT = Path(__file__).parents[3]
AWS = ROOT / ".venv-legacy" / "bin" / "aws"


@pytest.fixture
def sts(live: Live, account: str) -> Iterator[Any]:
    """A boto3 STS client in the test's own account."""
    client = live.client("sts", account)
    yield client
    client.close()


def test_the_caller_is_a_user_of_the_account_that_its_access_key_is(sts: Any, account: str) -> None:
    identity = sts.get_caller_identity()
    del identity["ResponseMetadata"]
    user = default_user(account)
    assert identity == {"UserId": user.id, "Account": account, "Arn": f"arn:aws:iam::{account}:user/decaf"}


def test_any_other_access_key_is_account_000000000000(live: Live) -> None:
    client = live.client("sts", "AKIAIOSFODNN7EXAMPLE")
    assert client.get_caller_identity()["Account"] == "000000000000"
    client.close()


def test_get_access_key_info_returns_the_account_of_a_key(sts: Any) -> None:
    assert sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")["Account"] == "000000000000"


def test_an_access_key_has_16_characters_or_more(endpoint: str) -> None:
    form = b"Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIA"
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(endpoint, form), timeout=10)
    with refused.value as answer:
        error = xmltodict.parse(answer.read())["ErrorResponse"]["Error"]
    assert (refused.value.code, error["Code"]) == (400, "ValidationError")
    assert "greater than or equal to 16" in error["Message"]


def test_other_operations_are_refused_by_name(sts: Any) -> None:
    with pytest.raises(
        ClientError, match="Decaf does not implement AssumeRole: of STS it has GetAccessKeyInfo and GetCallerIdentity"
    ) as refused:
        sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/barista", RoleSessionName="shift")
    assert refused.value.response["Error"]["Code"] == "InvalidAction"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_presigned_request_has_the_identity_of_its_signer(sts: Any, account: str) -> None:
    with urlopen(sts.generate_presigned_url("get_caller_identity"), timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/xml"
        response = xmltodict.parse(answer.read())["GetCallerIdentityResponse"]
    assert response["@xmlns"] == "https://sts.amazonaws.com/doc/2011-06-15/"
    assert response["GetCallerIdentityResult"]["Account"] == account
    assert response["ResponseMetadata"]["RequestId"]


def test_the_aws_cli_finds_out_its_identity(live: Live, account: str) -> None:
    assert AWS.exists(), "there is no AWS CLI in .venv-legacy: scripts/legacy-venv puts it there"
    done = subprocess.run(
        [AWS, "sts", "get-caller-identity", "--endpoint-url", live.url, "--query", "Arn", "--output", "text"],
        env={"PATH": os.environ["PATH"], **live.environment(account)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"arn:aws:iam::{account}:user/decaf\n", "")


def test_its_model_is_not_read_before_its_first_call() -> None:
    calls = "from decaf.base.settings import Settings; from decaf.world import World; World(Settings())"
    read = f"{calls}; from decaf_protocol import models; print(models.service.cache_info().currsize)"
    everything = f"{calls}; from decaf_protocol import models, model_versions; model_versions(); "
    everything += "print(models.service.cache_info().currsize)"
    counts = [
        int(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=True).stdout)
        for code in (read, everything)
    ]
    assert counts[1] == len(models.VERSIONS)
    assert counts[0] < len(models.VERSIONS)
