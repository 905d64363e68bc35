"""Functions registered over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decaf.control.functions import MAX_FUNCTIONS
from decaf.functions.function import Function
from tests.decaf.control.bench import Bench


def test_functions_are_registered_listed_and_forgotten(bench: Bench) -> None:
    assert bench.post("/functions", name="brew", handler="coffee.brew", timeout=5, environment={"CUP": "large"}) == {}
    (brew,) = bench.get("/functions")["functions"]
    stated = {"name": "brew", "handler": "coffee.brew", "path": ".", "timeout": 5.0, "environment": {"CUP": "large"}}
    assert brew == brew | stated
    assert (brew["url"], brew["command"], brew["in_process"], brew["memory_size"]) == (None, [], False, 128)
    assert bench.delete("/functions", name="brew") == {}
    assert bench.get("/functions") == {"functions": []}


def test_the_password_in_the_url_of_a_function_is_masked(bench: Bench) -> None:
    bench.post("/functions", name="brew", url="http://barista:secret@127.0.0.1:9000/brew")
    (brew,) = bench.get("/functions")["functions"]
    assert brew["url"] == "http://barista:****@127.0.0.1:9000/brew"


def test_a_bad_function_is_refused(bench: Bench) -> None:
    assert bench.post("/functions", name="brew") == (400, "brew needs either a handler, a command or a url")
    assert bench.delete("/functions", name="brew") == (404, "there is no function brew")


def test_their_number_is_limited(bench: Bench) -> None:
    for number in range(MAX_FUNCTIONS):
        bench.post("/functions", name=f"brew{number}", handler="coffee:brew")
    full = (409, "there are 1000 functions already: remove some")
    assert bench.post("/functions", name="grind", handler="coffee:grind") == full
    assert bench.post("/functions", name="brew7", handler="coffee:other") == {}


def _register(bench: Bench, handler: Callable[[Any, Any], Any]) -> None:
    bench.world.functions.register(Function("brew", in_process=handler))


def test_a_function_is_invoked_and_its_log_is_found(bench: Bench) -> None:
    _register(bench, lambda event, context: [event["drink"], context.invoked_function_arn])
    invoked = bench.post("/functions/invoke", name="brew", event={"drink": "latte"}, account="111111111111")
    arn = "arn:aws:lambda:us-east-1:111111111111:function:brew"
    assert (invoked["result"], invoked["error"]) == (["latte", arn], None)
    (entry,) = bench.get("/functions/logs", name="brew")["entries"]
    assert (entry["arn"], entry["request_id"], entry["number"]) == (arn, invoked["request_id"], 1)
    assert entry["text"].startswith(f"START RequestId: {invoked['request_id']} ")
    assert bench.get("/functions/logs", name="grind") == {"entries": []}
    assert bench.get("/functions/logs", after=1) == {"entries": []}


def test_logs_are_the_latest_or_those_that_follow_an_entry(bench: Bench) -> None:
    _register(bench, lambda event, context: None)
    for _ in range(4):
        bench.post("/functions/invoke", name="brew")
    for query, numbers in (({"limit": 2}, [3, 4]), ({"limit": 2, "after": 1}, [2, 3]), ({}, [1, 2, 3, 4])):
        assert [entry["number"] for entry in bench.get("/functions/logs", **query)["entries"]] == numbers


def test_a_function_that_fails_is_reported(bench: Bench) -> None:
    def fail(event: Any, context: Any) -> None:
        raise ValueError("out of milk")

    _register(bench, fail)
    invoked = bench.post("/functions/invoke", name="brew")
    assert (invoked["error"], invoked["reason"]) == ("Unhandled", "ValueError: out of milk")
    assert invoked["result"]["errorType"] == "ValueError"


def test_a_function_that_is_not_there_is_not_invoked(bench: Bench) -> None:
    assert bench.post("/functions/invoke", name="brew") == (404, "there is no function brew")
    assert bench.post("/functions/invoke", name="no:arn") == (404, "there is no function no:arn")
    assert bench.post("/functions/invoke", name="brew", account="mine")[0] == 400
