"""POST, GET and DELETE /_decaf/faults: setting faults, looking at them, taking them out."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError

import pytest

from decaf.control.faults import MAX_FAULTS
from tests.decaf.conftest import FaultsOverHttp
from tests.decaf.control.bench import Bench


def _refusal(faults: FaultsOverHttp, method: str, body: Any) -> tuple[int, str]:
    with pytest.raises(HTTPError) as raised:
        faults.ask(method, body)
    with raised.value as error:
        return error.code, json.load(error)["error"]


def _found(faults: FaultsOverHttp, fault: str) -> Any:
    return next((found for found in faults.ask("GET")["faults"] if found["id"] == fault), None)


def test_a_fault_is_shown_as_it_was_set(faults: FaultsOverHttp, account: str, sqs: Any) -> None:
    match = {"operation": ["CreateQueue", "ListQueues"], "account": account}
    effect, when = {"type": "latency", "seconds": 0.0}, {"nth": [1, 3]}
    fault = faults.ask("POST", {"match": match, "effect": effect, "when": when})["id"]
    sqs.list_queues()
    sqs.list_queues()
    assert _found(faults, fault) == {
        "id": fault,
        "match": match,
        "effect": effect,
        "when": when,
        "matched": 2,
        "fired": 1,
        "expires_at": None,
    }


def test_a_fault_that_ends_shows_when(faults: FaultsOverHttp, endpoint: str) -> None:
    first, second = (_found(faults, faults.set("throttle", when={"expires_in": end})) for end in (100, 1_000))
    assert second["expires_at"] - first["expires_at"] == pytest.approx(900, abs=30)


def test_a_fault_can_be_given_an_id_that_no_other_has(faults: FaultsOverHttp) -> None:
    number = 1 + max((int(found["id"].removeprefix("fault-")) for found in faults.ask("GET")["faults"]), default=1_000)
    fault = {"effect": {"type": "throttle"}, "match": {"operation": "AddPermission"}, "id": f"fault-{number}"}
    assert faults.ask("POST", fault)["id"] == f"fault-{number}"
    assert faults.set("throttle", {"operation": "AddPermission"}) == f"fault-{number + 1}"
    assert _refusal(faults, "POST", fault) == (400, f"there is a fault fault-{number} already")
    for each in (number, number + 1):
        faults.ask("DELETE", {"id": f"fault-{each}"})


def test_one_fault_is_removed(faults: FaultsOverHttp, sqs: Any) -> None:
    first, second = faults.set("throttle"), faults.set("throttle", {"operation": "CreateQueue"})
    assert faults.ask("DELETE", {"id": first}) == {}
    assert (_found(faults, first), _found(faults, second)["id"]) == (None, second)
    sqs.list_queues()


def test_one_that_is_not_there_is_not_found(faults: FaultsOverHttp) -> None:
    assert _refusal(faults, "DELETE", {"id": "fault-0"}) == (404, "there is no fault fault-0")


def test_all_faults_are_removed_at_once(faults: FaultsOverHttp, sqs: Any) -> None:
    faults.set("throttle")
    faults.set("drop")
    assert faults.ask("DELETE") == {}
    assert faults.ask("GET") == {"faults": []}
    sqs.list_queues()


def test_a_reset_of_an_account_takes_out_its_faults_alone(faults: FaultsOverHttp, sqs: Any) -> None:
    own, other = faults.set("throttle"), faults.set("throttle", {"account": "999999999999"})
    faults.reset()
    assert (_found(faults, own), _found(faults, other)["id"]) == (None, other)
    faults.ask("DELETE", {"id": other})
    sqs.list_queues()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "Object missing required field `effect`"),
        ({"effect": {"type": "sleep"}}, "Invalid value 'sleep' - at `$.effect.type`"),
        ({"effect": {"type": "latency"}}, "Object missing required field `seconds` - at `$.effect`"),
        ({"effect": {"type": "drop", "lost": "all"}}, "Invalid enum value 'all' - at `$.effect.lost`"),
        ({"effect": {"type": "throttle", "rate": 1}}, "Object contains unknown field `rate` - at `$.effect`"),
        (
            {"effect": {"type": "error", "code": "AccessDenied", "status": 499}},
            "499 is not an HTTP status - at `$.effect`",
        ),
        (
            {"effect": {"type": "throttle"}, "match": {"operations": []}},
            "Object contains unknown field `operations` - at `$.match`",
        ),
        ({"effect": {"type": "throttle"}, "match": {"operation": "SendMail"}}, "there is no operation SendMail"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(faults: FaultsOverHttp, body: Any, why: str) -> None:
    assert _refusal(faults, "POST", body) == (400, why)


def test_their_number_is_limited() -> None:
    bench = Bench()
    for _ in range(MAX_FAULTS):
        bench.post("/faults", effect={"type": "throttle"}, match={"account": "999999999999"})
    assert bench.post("/faults", effect={"type": "throttle"}) == (409, "there are 1000 faults already: remove some")
    bench.delete("/faults", id="fault-1")
    assert bench.post("/faults", effect={"type": "throttle"}) == {"id": "fault-1001"}
