"""Functions as they are registered: their names, what runs them, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.functions.function import BadFunction, Function, Functions, function_arn, short_name

ARN = "arn:aws:lambda:us-east-1:111111111111:function:brew"
FIFO_QUEUE = "arn:aws:sqs:us-east-1:111111111111:dead.fifo"


@pytest.mark.parametrize("handler", ["coffee.brew", "coffee:brew", "shop.coffee.brew", "src/coffee.brew", "a.b:c"])
def test_a_handler_is_written_as_lambda_has_it_or_with_a_colon(handler: str) -> None:
    assert Function("brew", handler).handler == handler


@pytest.mark.parametrize("name", [ARN, "brew"])
def test_a_function_is_found_by_its_arn_also_with_a_version_or_an_alias(name: str) -> None:
    functions = Functions()
    function = Function(name, "coffee.brew")
    functions.register(function)
    assert [functions.find(arn) for arn in (ARN, f"{ARN}:$LATEST", f"{ARN}:live")] == [function] * 3
    assert functions.find(ARN.replace("brew", "grind")) is None
    assert functions.named(name) is function


def test_a_function_of_one_account_is_found_before_one_of_all() -> None:
    functions = Functions()
    functions.register(Function("brew", "coffee.brew"))
    own = Function(ARN, "coffee.own")
    functions.register(own)
    assert functions.find(ARN) is own
    assert functions.find(f"{ARN}:live") is own


def test_a_name_and_an_arn_lead_to_each_other() -> None:
    assert function_arn("brew", "111111111111", "us-east-1") == ARN
    assert function_arn(ARN, "222222222222", "eu-west-1") == ARN
    assert (short_name(ARN), short_name("brew"), Function(ARN, "c.b").short_name) == ("brew", "brew", "brew")
    assert Functions().find("no:arn") is None


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"name": "a b", "handler": "m:f"}, "neither the name of a function nor an ARN"),
        ({"name": "brew"}, "needs either a handler, a command or a url"),
        (
            {"name": "brew", "handler": "m:f", "url": "http://x"},
            "brew has a handler and a url: only one of them can run",
        ),
        ({"name": "brew", "handler": "m:f", "command": ("cat",)}, "brew has a handler and a command: only one of them"),
        ({"name": "brew", "handler": "m:f", "on_failure": FIFO_QUEUE}, "on_failure cannot be a FIFO queue or topic"),
        ({"name": "brew", "handler": "m:f", "on_success": FIFO_QUEUE}, "on_success cannot be a FIFO queue or topic"),
        ({"name": "brew", "handler": "m:f", "dead_letter_queue": FIFO_QUEUE}, "dead_letter_queue cannot be a FIFO"),
        ({"name": "brew", "handler": "m"}, "not of the form module.function"),
        ({"name": "brew", "handler": "../m:f"}, "not of the form module.function"),
        ({"name": "brew", "handler": "../m.f"}, "not of the form module.function"),
        ({"name": "brew", "url": "file:///etc/passwd"}, "is not an HTTP URL"),
        ({"name": "brew", "handler": "m:f", "timeout": 0}, "more than 0 and at most 900 seconds"),
        ({"name": "brew", "handler": "m:f", "memory_size": 64}, "memory_size must be from 128 to 10240 megabytes"),
        ({"name": "brew", "handler": "m:f", "maximum_retry_attempts": 3}, "must be from 0 to 2 attempts"),
        ({"name": "brew", "handler": "m:f", "maximum_event_age": 59}, "must be from 60 to 21600 seconds"),
        ({"name": "brew", "handler": "m:f", "reserved_concurrency": -1}, "must not be negative"),
        ({"name": "brew", "handler": "m:f", "on_failure": "dead"}, "on_failure must be the ARN of a queue, a topic or"),
        ({"name": "brew", "handler": "m:f", "environment": {"1": "x"}}, "'1' is not the name of an environment"),
        ({"name": "brew", "handler": "m:f", "environment": {"AWS_REGION": "x"}}, "AWS_REGION is set by Lambda itself"),
        ({"name": "brew", "handler": "m:f", "environment": {"CUP": 1}}, "the environment variable CUP is not text"),
        ({"name": "brew", "handler": "m:f", "environment": {"CUP": "x" * 4_094}}, "more than 4096 bytes together"),
        ({"name": "brew", "handler": "m:f", "environment": ["CUP"]}, "must have the environment variables by name"),
    ],
)
def test_a_function_that_cannot_be_registered_is_refused(how: dict[str, Any], text: str) -> None:
    with pytest.raises(BadFunction, match=text):
        Function(**how)
