"""A real browser, pages of other sites that it opens, and the ways in which a page can send a request.

scripts/test installs Debian's Chromium where it can.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NAMES = ("chromium", "chromium-browser", "google-chrome", MACOS)
SITES = ("evil.example", "app.example")  # names that lead to this machine, as an attacker's do after DNS rebinding
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--host-resolver-rules="
    + ",".join(f"MAP {site} 127.0.0.1" for site in SITES)
    + ",MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
)

# Ways in which a page can send a request without the server's leave; each is given the URL of a call.
WAYS = {
    "fetch POST": "url => fetch(url.split('?')[0], {method: 'POST', mode: 'no-cors', "
    "body: new URLSearchParams(url.split('?')[1])})",
    "fetch GET": "url => fetch(url, {mode: 'no-cors'})",
    "image": "url => { document.body.innerHTML = '<img>'; document.querySelector('img').src = url }",
    "form into a frame": """url => {
        document.body.innerHTML = '<iframe name=inner></iframe><form method=post target=inner></form>'
        document.forms[0].action = url.split('?')[0]
        for (const [name, value] of new URLSearchParams(url.split('?')[1])) {
            const field = document.createElement('input')
            Object.assign(field, {name, value})
            document.forms[0].append(field)
        }
        document.forms[0].submit()
    }""",
    "form at the top": """url => {
        document.body.innerHTML = '<form method=post></form>'
        document.forms[0].action = url.split('?')[0]
        for (const [name, value] of new URLSearchParams(url.split('?')[1])) {
            const field = document.createElement('input')
            Object.assign(field, {name, value})
            document.forms[0].append(field)
        }
        document.forms[0].submit()
    }""",
    "link": "url => { document.body.innerHTML = '<a>open</a>'; document.querySelector('a').href = url; "
    "document.querySelector('a').click() }",
    "window.open": "url => { window.open(url) }",
}


class _EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>another site</title><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class _Pages(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is nothing to print."""


@contextmanager
def empty_pages() -> Iterator[int]:
    """The port of a web server with an empty page, at every path and under every name."""
    with _Pages(("127.0.0.1", 0), _EmptyPage) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def installed() -> str | None:
    """The program of a browser, None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """A browser; while it lives, an event loop runs in this thread, and others cannot."""
    program = installed()
    assert program is not None, f"install one of {', '.join(NAMES)}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])
        yield browser
        browser.close()


def attempt(page: Page, way: str, url: str) -> int | None:
    """Let the page send a request to `url`. Returns the status of the response, None where the browser hides it."""
    with page.context.expect_event("request", lambda request: request.url.startswith(url.split("?")[0])) as sent:
        page.evaluate(WAYS[way], url)
    response = sent.value.response()
    return None if response is None else int(response.status)
