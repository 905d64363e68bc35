"""What a package index shows: a README without links into a checkout, and the addresses of the project."""

from __future__ import annotations

import re
import tomllib

import pytest

from scripts.package_page import ROOT, absolute, with_urls

REPOSITORY = "https://git.example/coffee/decaf"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> str:
    return absolute(README, REPOSITORY, "v0.1.0")


def test_every_link_is_a_whole_url_of_a_file_in_the_repository(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page)
    within = [target.removeprefix(f"{REPOSITORY}/blob/v0.1.0/") for target in targets if "/blob/" in target]
    assert len(within) > 20
    assert all((ROOT / target).is_file() for target in within)
    assert all(target.startswith("https://") for target in targets)


def test_pictures_are_linked_as_their_bytes(page: str) -> None:
    assert re.findall(r"!\[[^\]]+\]\((\S+)\)", page) == [
        f"{REPOSITORY}/raw/v0.1.0/docs/page.png",
        f"{REPOSITORY}/raw/v0.1.0/docs/trace.png",
        f"{REPOSITORY}/raw/v0.1.0/docs/terminal.svg",
    ]


def test_it_says_from_where_to_install(page: str) -> None:
    assert f'pip install "decaf-aws[fast] @ git+{REPOSITORY}"\n' in page
    assert "127.0.0.1:4566:4566 ghcr.io/coffee/decaf`" in page
    assert not {"HOST", "OWNER"} & set(re.findall(r"\w+", page))


def test_the_project_has_its_addresses() -> None:
    project = tomllib.loads(with_urls(PROJECT, REPOSITORY, "v0.1.0"))["project"]
    assert project["urls"]["Repository"] == REPOSITORY
    assert project["urls"]["Changelog"] == f"{REPOSITORY}/blob/v0.1.0/CHANGELOG.md"
    assert {name: value for name, value in project.items() if name != "urls"} == tomllib.loads(PROJECT)["project"]
