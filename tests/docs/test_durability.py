"""The page on durability says what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decaf.base.settings import BadSetting, load
from decaf.cli import NAMES
from decaf.control.routes import ROUTES
from tests.docs.shell import pasted

PAGE = (Path(__file__).parent.parent.parent / "docs" / "durability.md").read_text(encoding="utf-8")


def test_it_names_every_durability_and_no_other() -> None:
    named = re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)
    with pytest.raises(BadSetting, match=f"is not one of {', '.join(named)}$"):
        load({"durability": "some"}, {})


def test_a_backup_is_made_and_started_from_as_pasted(tmp_path: Path) -> None:
    start, backup, restore = re.findall(
        r"^    (decaf serve --data-dir data|decaf backup .*|mkdir .*\n    cp .*\n    decaf serve .*)$",
        PAGE,
        re.MULTILINE,
    )
    server, again = (text.replace("decaf serve", "decaf start --detach") for text in (start, restore))
    filled = "decaf create-queue orders\ndecaf send orders latte"
    printed = pasted(
        "\n".join([server, filled, backup, "decaf stop", again, "decaf peek orders", "decaf stop"]), tmp_path
    )
    assert re.search(r"visible .* latte$", printed, re.MULTILINE)


def test_its_calls_and_commands_exist() -> None:
    assert set(re.findall(r"GET /_decaf(/\w+)", PAGE)) <= {route.path for route in ROUTES if route.method == "GET"}
    assert set(re.findall(r"^    decaf (\w+)", PAGE, re.MULTILINE)) <= NAMES
