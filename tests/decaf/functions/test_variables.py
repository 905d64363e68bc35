"""The environment variables of functions."""

from __future__ import annotations

import re

from decaf.functions.function import Function
from decaf.functions.variables import log_stream, variables_of

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:brew:live"
STREAM = "2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef"
BREW = Function(
    "brew", "coffee.brew", "/functions", environment={"CUP": "large"}, memory_size=256, runtime="python3.12"
)


def test_they_are_lambdas_and_those_of_the_function() -> None:
    assert variables_of(BREW, ARN, "http://127.0.0.1:4566", "", STREAM, {}) == {
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "brew",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/brew",
        "AWS_LAMBDA_LOG_STREAM_NAME": STREAM,
        "AWS_REGION": "eu-west-1",
        "AWS_SECRET_ACCESS_KEY": "decaf",
        "AWS_SESSION_TOKEN": "decaf",
        "CUP": "large",
        "TZ": ":UTC",
        "_HANDLER": "coffee.brew",
    }


def test_of_the_servers_own_no_settings_and_no_credentials_are_passed_on() -> None:
    server = {"PATH": "/bin", "AWS_PROFILE": "x", "DECAF_CONTROL_TOKEN": "x", "LAMBDA_RUNTIME_DIR": "x", "CUP": "small"}
    found = variables_of(BREW, ARN, "http://127.0.0.1:4566", "", STREAM, server)
    assert (found["PATH"], found["CUP"]) == ("/bin", "large")
    assert not {"AWS_PROFILE", "DECAF_CONTROL_TOKEN", "LAMBDA_RUNTIME_DIR"} & found.keys()


def test_clients_trust_the_servers_authority() -> None:
    assert variables_of(BREW, ARN, "https://127.0.0.1:1", "/ca.pem", STREAM, {})["AWS_CA_BUNDLE"] == "/ca.pem"


def test_each_process_has_a_log_with_a_name_of_its_own() -> None:
    first, second = log_stream(1_767_323_045), log_stream(1_767_323_045)
    assert re.fullmatch(r"2026/01/02/\[\$LATEST\][0-9a-f]{32}", first)
    assert first != second
