"""Reserved concurrency and the quotas of an account, by boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.decaf.api.lambda_.conftest import zipped
from tests.refusals import refusal


def test_reserved_concurrency_is_put_read_and_deleted(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName="brew")
    lambda_.put_function_concurrency(FunctionName="brew", ReservedConcurrentExecutions=20)
    assert lambda_.get_function_concurrency(FunctionName="brew")["ReservedConcurrentExecutions"] == 20
    lambda_.delete_function_concurrency(FunctionName="brew")
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName="brew")


def test_a_hundred_invocations_stay_unreserved(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    create("pour")
    lambda_.put_function_concurrency(FunctionName="pour", ReservedConcurrentExecutions=100)
    code, _ = refusal(lambda_.put_function_concurrency, FunctionName="brew", ReservedConcurrentExecutions=801)
    assert code == "InvalidParameterValueException"
    lambda_.put_function_concurrency(FunctionName="brew", ReservedConcurrentExecutions=800)
    lambda_.put_function_concurrency(FunctionName="brew", ReservedConcurrentExecutions=800)


def test_account_settings_count_functions_and_code(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    lambda_.put_function_concurrency(FunctionName="brew", ReservedConcurrentExecutions=20)
    settings = lambda_.get_account_settings()
    assert settings["AccountUsage"] == {"TotalCodeSize": len(zipped()), "FunctionCount": 1}
    assert settings["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 980
