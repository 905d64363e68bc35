"""The documents tell the truth: what they name exists, what they link to is there, what they show runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import fields

from decaf.base.settings import Settings
from decaf.control.routes import ROUTES
from decaf.faults.effects import Effect
from decaf.faults.match import Match
from decaf.faults.rules import When
from tests.live import Live

ROOT = Path(__file__).parent.parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
STOPS = [
    "protocol/decaf_protocol/wire.py",
    "emulator/decaf/http/edge.py",
    "emulator/decaf/http/server.py",
    "emulator/decaf/handling.py",
    "protocol/decaf_protocol/__init__.py",
    "protocol/decaf_protocol/json10.py",
    "emulator/decaf/world.py",
    "emulator/decaf/api/sqs/sending.py",
    "emulator/decaf/sqs/message.py",
    "emulator/decaf/sqs/queue.py",
    "emulator/decaf/base/clock.py",
    "emulator/decaf/http/rendering.py",
    "emulator/decaf/sns/topic.py",
    "emulator/decaf/delivery/courier.py",
]


def links(page: Path) -> list[str]:
    """The targets of all links to other files."""
    targets = re.findall(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    return [target for target in targets if "://" not in target]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).is_file()] == []


def test_the_tour_leads_past_its_stops_in_order() -> None:
    tour = ROOT / "docs" / "tour.md"
    linked = [(tour.parent / target).resolve().relative_to(ROOT).as_posix() for target in links(tour)]
    assert [target for target in linked if target in STOPS] == STOPS


def test_the_page_on_notifications_names_calls_and_settings_that_exist(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(GET|POST|DELETE) /_decaf(/[\w/-]+)", page)) <= {(r.method, r.path) for r in ROUTES}
    names = {"max_inbox", "sms_price", "sms_sandbox", "smtp_url", "https_trust", "firehose_dir", "origination_numbers"}
    assert names <= {setting.name for setting in fields(Settings)}
    assert all(name in page for name in names)
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(compile(example.replace("http://127.0.0.1:4566", endpoint), "notifications.md", "exec"), shown)
    shown["sns"].close()
    assert capsys.readouterr().out == "Your coffee is ready\n"


def test_the_page_on_limits_tells_settings_as_they_are() -> None:
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE))
    assert told
    assert {name: float(default) for name, default in told.items()} == {
        name: getattr(Settings(), name) for name in told
    }


def test_the_example_of_a_fault_runs_as_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    live = Live()
    names: dict[str, Any] = {}
    exec(compile(example.replace("http://127.0.0.1:4566", live.url), "faults.md", "exec"), names)
    names["sqs"].close()
    live.stop()
    printed = capsys.readouterr().out.splitlines()
    assert f"This prints `{printed[0]}` and `{printed[1]}`." in page


def test_the_page_on_faults_names_every_effect() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    effects = {effect.__struct_config__.tag for effect in get_args(Effect)}
    assert effects <= named
    assert {f"`{name}`" for name in Match.__struct_fields__} <= set(re.findall(r"`\w+`", page))
    assert {f"`{name}`" for name in When.__struct_fields__} <= set(re.findall(r"`\w+`", page))
