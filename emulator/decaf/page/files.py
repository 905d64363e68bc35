"""The files of the page, and the headers that keep it safe.

Rule: what users store is only ever set as text. The browser holds us to it: no script but our own files runs, nothing
is loaded from elsewhere, and texts cannot become HTML (Trusted Types).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from decaf.page import PREFIX
from decaf_protocol import Reply, Request

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS = (
    ("Content-Security-Policy", _CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-cache"),
)
_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
_START = "index.html"


def answer(request: Request) -> Reply:
    """Returns a file of the page for a path that starts with PREFIX."""
    path = request.target.partition("?")[0]
    if path == PREFIX:
        return Reply(302, (("Location", "ui/"),), b"")
    if request.method not in ("GET", "HEAD"):
        return _text(405, "The page is only read.")
    content = _contents().get(path.removeprefix(f"{PREFIX}/") or _START)
    return missing() if content is None else content


def missing() -> Reply:
    """Returns the response to a request for a file that a page does not have."""
    return _text(404, "The page has no such file.")


def forbidden(reason: str) -> Reply:
    return _text(403, reason)


def as_file(name: str, content: bytes) -> Reply:
    """Returns a file of a page by the kind that its name ends with, with the headers that keep the page safe."""
    return Reply(200, (("Content-Type", _TYPES[name.rpartition(".")[2]]), *_HEADERS), content)


@cache
def _contents() -> dict[str, Reply]:
    folder = files("decaf.page") / "static"
    return {each.name: as_file(each.name, each.read_bytes()) for each in folder.iterdir() if each.is_file()}


def _text(status: int, text: str) -> Reply:
    return Reply(status, (("Content-Type", "text/plain; charset=utf-8"), *_HEADERS), f"{text}\n".encode())
