"""The page of a room in a real browser: a learner comes in, and the teacher sees the board."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

HOSTILE = "<img src=x onerror=alert(1)>"


class Room:
    """A room that another process holds open, and what it has printed."""

    def __init__(self, invitation: str) -> None:
        self.url = re.findall(r"(http://\S+/)    with", invitation)[0]
        self.code = re.findall(r"with the code (\S+)", invitation)[0]
        self.board = re.findall(r"for you alone: (\S+)", invitation)[0]


@pytest.fixture
def room() -> Iterator[Room]:
    command = [sys.executable, "-m", "decaf", "learn", "--class", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
        yield Room("".join(lines))
        process.terminate()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page; an error in it, and a rule of its policy that it breaks, fails the test."""
    context = browser.new_context()
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert [error for error in errors if "403" not in error and "409" not in error] == []


def _come_in(page: Page, room: Room, name: str, code: str | None = None) -> None:
    page.goto(room.url)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("The code that your teacher shows").fill(code or room.code)
    page.keyboard.press("Enter")


def test_a_learner_comes_in_and_gets_to_the_lessons(page: Page, room: Room) -> None:
    _come_in(page, room, "Ada", "WRNG-CODE")
    expect(page.get_by_role("alert")).to_have_text("This is not the code of the room.")
    _come_in(page, room, "Ada")
    expect(page.get_by_role("heading", name="Hello, Ada")).to_be_visible()
    expect(page.locator("tbody tr")).to_contain_text("Ada")
    page.reload()  # the page has kept the place
    page.get_by_role("link", name="Open your lessons").click()
    expect(page.locator(".link.live")).to_be_visible()
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible()
    assert "token" not in page.url


def test_the_teacher_sees_all_and_removes_and_lets_in(page: Page, browser: Browser, room: Room) -> None:
    page.goto(room.board)
    expect(page.locator(".invite")).to_contain_text(f"{room.url} with the code {room.code}")
    assert page.url == room.url
    learner = browser.new_context().new_page()
    _come_in(learner, room, HOSTILE)
    expect(page.locator("tbody th")).to_have_text(HOSTILE)
    assert page.locator("main img").count() == 0
    another = browser.new_context().new_page()
    _come_in(another, room, HOSTILE)
    expect(another.get_by_role("alert")).to_contain_text("Somebody of that name is in the room.")
    page.get_by_role("button", name=f"Let {HOSTILE} in again").click()
    expect(page.locator("#said")).to_contain_text("can come back by name once")
    another.keyboard.press("Enter")
    expect(another.get_by_role("heading", name=f"Hello, {HOSTILE}")).to_be_visible()
    page.get_by_role("button", name=f"Remove {HOSTILE}").click()
    page.get_by_label(f"Type {HOSTILE}").fill(HOSTILE)
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Nobody is here yet.")
    for each in (learner, another):
        each.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(browser: Browser, room: Room, scheme: Any, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(room.url)
    expect(page.get_by_label("Your name")).to_be_focused()
    found = [Axe().run(page)]
    _come_in(page, room, "Ada")
    expect(page.locator("tbody th")).to_have_text("Ada")
    page.get_by_text("Or in a terminal").click()
    found.append(Axe().run(page))
    page.goto(room.board)
    page.reload()
    expect(page.locator(".invite")).to_contain_text(room.code)
    expect(page.locator("tbody th")).to_have_text("Ada")
    found.append(Axe().run(page))
    for each in found:
        assert each.violations_count == 0, each.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
