"""The site of the documentation: built without a warning and without a network; every page says whom it is for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.site_links import on_page_markdown
from tests.browser.pages import opened_browser

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if ".pytest_cache" not in page.parts)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as scripts/docs does; a broken link or a page that is not in the contents fails the build."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_on_the_site(site: Path) -> None:
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")} - {"404"}
    names = {path.relative_to(DOCS).with_suffix("").as_posix() for path in PAGES}
    assert built == {re.sub(r"(^|/)README$", r"\1index", name) for name in names}


def test_pages_load_nothing_from_other_sites(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=\"?(https?:[^\" >]+)", page.read_text())
        assert loaded == [], page


def test_the_search_has_its_index_on_the_site(site: Path) -> None:
    assert "visibility" in (site / "search" / "search_index.json").read_text()


@pytest.mark.parametrize("opened", ["index.html", "from/moto.html"])
def test_the_search_finds_pages_that_are_opened_from_the_disk(site: Path, opened: str) -> None:
    with opened_browser() as browser:
        page = browser.new_page()
        page.goto((site / opened).as_uri())
        page.keyboard.press("/")
        page.keyboard.type("redrive")
        page.locator(".md-search-result__link", has_text="Compatibility").first.wait_for()


class _Files:
    """The pages that a hook is told of."""

    def get_file_from_path(self, path: str) -> str | None:
        return path if path in ("testing.md", "from/moto.md") else None


class _Page:
    """A page in a folder, as MkDocs passes it."""

    class file:  # noqa: N801  MkDocs's own name
        src_uri = "from/moto.md"


def test_links_to_files_that_are_not_pages_become_their_names() -> None:
    text = (
        "[the code](../../emulator/decaf/world.py), [decaf/world.py](../../x.py), [tests](../testing.md#pytest), "
        "[moto](https://example.com/moto)"
    )
    assert on_page_markdown(text, page=_Page, config=None, files=_Files()) == (
        "the code, `decaf/world.py`, [tests](../testing.md#pytest), [moto](https://example.com/moto)"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_begins_with_whom_it_is_for(page: Path) -> None:
    title, first, *_ = page.read_text(encoding="utf-8").split("\n\n")
    assert title.startswith("# ")
    assert first.startswith("For ")
