"""The live page: files for a browser. All that it shows and does goes through the control API and AWS's operations."""

from __future__ import annotations

from decaf_protocol import Reply, Request

PREFIX = "/_decaf/ui"


def at_root(request: Request) -> Reply | None:
    """Returns the way to the page for a browser that has opened the root; None for a client of AWS, which never accepts
    HTML. The redirection is relative, so that it holds behind a proxy with a path of its own.
    """
    if request.method != "GET" or request.target != "/" or "text/html" not in request.headers.get("accept", ""):
        return None
    return Reply(302, (("Location", f".{PREFIX}/"),), b"")
