"""Functions registered over HTTP."""

from __future__ import annotations

from decaf.control.functions import MAX_FUNCTIONS
from tests.decaf.control.bench import Bench


def test_functions_are_registered_listed_and_forgotten(bench: Bench) -> None:
    assert bench.post("/functions", name="brew", handler="coffee:brew", timeout=5) == {}
    brew = {"name": "brew", "handler": "coffee:brew", "path": ".", "url": None, "timeout": 5.0, "policy": None}
    assert bench.get("/functions") == {"functions": [brew]}
    assert bench.delete("/functions", name="brew") == {}
    assert bench.get("/functions") == {"functions": []}


def test_a_bad_function_is_refused(bench: Bench) -> None:
    assert bench.post("/functions", name="brew") == (400, "brew needs either a handler, a command or a url")
    assert bench.delete("/functions", name="brew") == (404, "there is no function brew")


def test_their_number_is_limited(bench: Bench) -> None:
    for number in range(MAX_FUNCTIONS):
        bench.post("/functions", name=f"brew{number}", handler="coffee:brew")
    full = (409, "there are 1000 functions already: remove some")
    assert bench.post("/functions", name="grind", handler="coffee:grind") == full
    assert bench.post("/functions", name="brew7", handler="coffee:other") == {}
