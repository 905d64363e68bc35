"""Prepares the checkout for building a package: the README's links and the project's URLs get the repository's address.

A package index shows README.md alone, so a link to another file has to be a whole URL there; and which repository a
release is made from, its workflow knows and this file does not.

    python -m scripts.package_page https://HOST/OWNER/REPOSITORY TAG
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACEHOLDER = "https://HOST/OWNER/decaf"  # in the README, where nobody knows its repository

_IMAGE = "ghcr.io/OWNER/"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+://|#)([^)\s]+)\)")
_NOTE = re.compile(r" +# HOST/OWNER: .*")


def absolute(readme: str, repository: str, tag: str) -> str:
    """Returns the README with whole URLs: of pages at `tag`, and of the bytes of pictures."""

    def link(match: re.Match[str]) -> str:
        picture, text, target = match.groups()
        return f"{picture}[{text}]({repository}/{'raw' if picture else 'blob'}/{tag}/{target})"

    owner = repository.split("/")[3].lower()  # names of images have no capital letters
    whole = _LINK.sub(link, _NOTE.sub("", readme))
    return whole.replace(PLACEHOLDER, repository).replace(_IMAGE, f"ghcr.io/{owner}/")


def with_urls(project: str, repository: str, tag: str) -> str:
    """Returns pyproject.toml with the addresses that a package index lists beside the package."""
    urls = {
        "Repository": repository,
        "Documentation": f"{repository}/tree/{tag}/docs",
        "Changelog": f"{repository}/blob/{tag}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }
    table = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    return project.replace("[project.scripts]", f"[project.urls]\n{table}\n[project.scripts]", 1)


if __name__ == "__main__":
    for file, change in ((ROOT / "README.md", absolute), (ROOT / "pyproject.toml", with_urls)):
        file.write_text(change(file.read_text(encoding="utf-8"), *sys.argv[1:3]), encoding="utf-8")
