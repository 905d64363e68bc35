"""An open café for each test, in an account of its own."""

from __future__ import annotations

from typing import Any

import pytest
from cafe import services
from cafe.barista import Barista
from cafe.cashier import Cashier
from cafe.newsletter import Newsletter
from cafe.opening import open_cafe
from cafe.screen import Screen, hang_up
from cafe.settings import Settings, read
from machine import Machine


@pytest.fixture
def cafe(decaf_account: str, sqs: Any, sns: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An open café. Its variables are set, so that its services find it by themselves."""
    variables = open_cafe(f"cafe-{decaf_account}", sqs, sns)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read(variables)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def cashier(cafe: Settings) -> Cashier:
    return services.cashier()


@pytest.fixture
def barista(cafe: Settings, machine: Machine) -> Barista:
    return services.barista(machine.make)


@pytest.fixture
def newsletter(cafe: Settings) -> Newsletter:
    return services.newsletter()


@pytest.fixture
def screen(cafe: Settings, decaf_account: str, sqs: Any, sns: Any) -> Screen:
    """A screen that shows drinks of all sizes."""
    return Screen(sqs, hang_up(f"cafe-{decaf_account}", cafe.ready, sqs, sns))


@pytest.fixture
def large_screen(cafe: Settings, decaf_account: str, sqs: Any, sns: Any) -> Screen:
    """A screen that shows large drinks only."""
    return Screen(sqs, hang_up(f"cafe-{decaf_account}", cafe.ready, sqs, sns, size="large"))


@pytest.fixture
def dead_orders(cafe: Settings, sqs: Any) -> Screen:
    """The dead-letter queue, read like a screen."""
    return Screen(sqs, cafe.dead_orders)
