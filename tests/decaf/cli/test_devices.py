"""Commands for what happens to phones and devices outside."""

from __future__ import annotations

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

PHONE = "+15555550142"


def test_a_phone_opts_out(run: Command, decaf: Decaf) -> None:
    assert run("sms", "opt-out", PHONE).exit_code == 0
    sns, other = decaf.client("sns"), decaf.client("sns", "111122223333")
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [PHONE]
    assert other.list_phone_numbers_opted_out()["phoneNumbers"] == []
    run("sms", "opt-out", PHONE, "--account", "111122223333")
    assert other.list_phone_numbers_opted_out()["phoneNumbers"] == [PHONE]


def test_a_text_that_is_no_number_ends_with_1(run: Command) -> None:
    result = run("sms", "opt-out", "home")
    assert (result.exit_code, result.stderr) == (1, "Error: home is not a phone number\n")


def test_a_token_expires(run: Command, decaf: Decaf) -> None:
    sns = decaf.client("sns")
    application = sns.create_platform_application(
        Name="shop", Platform="GCM", Attributes={"PlatformCredential": "any"}
    )["PlatformApplicationArn"]
    device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t" * 32)["EndpointArn"]
    assert run("push", "expire", device).exit_code == 0
    sns.publish(TargetArn=device, Message="ready")
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"]["Enabled"] == "false"
    assert run("push", "expire", "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/shop/none").exit_code == 1
