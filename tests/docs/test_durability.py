"""The page on durability says what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decaf.base.settings import BadSetting, load
from decaf.cli import NAMES
from decaf.control.routes import ROUTES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "durability.md").read_text(encoding="utf-8")


def test_it_names_every_durability_and_no_other() -> None:
    named = re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)
    with pytest.raises(BadSetting, match=f"is not one of {', '.join(named)}$"):
        load({"durability": "some"}, {})


def test_its_calls_and_commands_exist() -> None:
    assert set(re.findall(r"GET /_decaf(/\w+)", PAGE)) <= {route.path for route in ROUTES if route.method == "GET"}
    assert set(re.findall(r"^    decaf (\w+)", PAGE, re.MULTILINE)) <= NAMES
