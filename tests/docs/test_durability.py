"""The page on durability says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from emulator.cli import main
from emulator.control.routes import ROUTES
from emulator.settings import BadSetting, load

PAGE = (Path(__file__).parent.parent.parent / "docs" / "durability.md").read_text(encoding="utf-8")


def test_it_names_every_durability_and_no_other() -> None:
    named = re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)
    assert [load({"durability": word}, {}).durability for word in named] == named
    try:
        load({"durability": "some"}, {})
    except BadSetting as error:
        assert all(word in str(error) for word in named)
        assert str(error).partition("one of ")[2].count(",") == len(named)


def test_its_calls_and_commands_exist() -> None:
    assert set(re.findall(r"GET /_decaf(/\w+)", PAGE)) <= {route.path for route in ROUTES if route.method == "GET"}
    assert set(re.findall(r"^    decaf (\w+)", PAGE, re.MULTILINE)) <= set(main.commands)
