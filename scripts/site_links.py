"""A hook of MkDocs: links of a page to files that are not pages, such as the code, become the names of those files.

In a checkout such a link opens the file. On the site there is none, and which repository it is from is not known here.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Returns the page with links to files outside the site replaced by their text."""
    folder = PurePosixPath(page.file.src_uri).parent

    def link(match: re.Match[str]) -> str:
        target = normpath(folder / match[2])
        return match[0] if files.get_file_from_path(target) else f"`{match[1]}`" if "/" in match[1] else match[1]

    return _LINK.sub(link, markdown)
