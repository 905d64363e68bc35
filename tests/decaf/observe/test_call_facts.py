"""Who made a call, by the headers that AWS's SDKs send."""

from __future__ import annotations

import pytest

from decaf.observe.call_facts import caller_of, resource_of

BOTO3 = (
    "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.2 m/b cfg/retry-mode#legacy"
)


@pytest.mark.parametrize(
    ("agent", "caller"),
    [
        (BOTO3, "boto3"),
        (f"{BOTO3} app/barista", "barista"),
        ("aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.1", "aws-cli"),
        ("aws-sdk-js/3.1174.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#22.1 app/till", "till"),
        ("aws-sdk-go-v2/1.39.0 ua/2.1 os/linux lang/go#1.24", "aws-sdk-go-v2"),
        ("curl/8.5.0", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "browser"),
        ("", ""),
        (" ", ""),
    ],
)
def test_the_caller_is_the_name_that_a_program_has_set_else_its_sdk(agent: str, caller: str) -> None:
    assert caller_of({"user-agent": agent}) == caller


def test_a_web_page_names_itself_in_a_header_of_its_own() -> None:
    agents = {"user-agent": "Mozilla/5.0", "x-amz-user-agent": "aws-sdk-js/3.1174.0 app/shop"}
    assert caller_of(agents) == "shop"
    assert caller_of({**agents, "x-amz-user-agent": "aws-sdk-js/3.1174.0"}) == "aws-sdk-js"


def test_a_long_name_is_cut() -> None:
    assert caller_of({"user-agent": "app/" + "x" * 100}) == "x" * 50


def test_a_permission_is_about_the_function_and_not_about_who_may_call_it() -> None:
    params = {"FunctionName": "brew", "SourceArn": "arn:aws:sns:us-east-1:111122223333:news"}
    assert resource_of(params) == "brew"
