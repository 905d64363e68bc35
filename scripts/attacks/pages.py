"""Web pages of other sites and ports, in a real browser: what they send has no effect, and they read nothing."""

from __future__ import annotations

import itertools
from urllib.parse import urlencode

from playwright.sync_api import Browser

from decaf.testing.control import Control
from scripts.attacks.attack import NotTried, Scale, check
from tests.browser.pages import SITES, WAYS, attempt, empty_pages, installed, opened_browser
from tests.durable.calls import Calls

_DELETE = f"/000000000000/orders?{urlencode({'Action': 'DeleteQueue', 'Version': '2012-11-05'})}"
_PATHS = (_DELETE, "/_decaf/reset?a=b", "/moto-api/reset?a=b")


def attack(scale: Scale) -> str:
    if installed() is None:
        raise NotTried("Chromium or Chrome is needed")
    with scale.server() as server, empty_pages() as port, opened_browser() as browser:
        with Calls(server.port) as calls:
            calls.sqs("CreateQueue", QueueName="orders")
        everything = list(itertools.product((SITES[0], "127.0.0.1"), _PATHS, WAYS))
        tried = everything if scale.long else everything[::4]
        for site, path, way in tried:
            _try(browser, f"http://{site}:{port}/", way, server.url + path)
            check(_is_there(server.control), f"{way} of a page of {site} had an effect by {path}")
        _rebind(browser, server.port)
    return f"{len(tried)} requests of pages, in all ways, changed nothing; a rebound name reads nothing"


def _try(browser: Browser, page_url: str, way: str, url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(page_url)
    status = attempt(page, way, url)
    check(status in (403, None), f"{way} of {page_url} to {url} is answered with status {status}")
    context.close()


def _rebind(browser: Browser, port: int) -> None:
    """A page's own name leads to the server: then the browser lets it read what is answered."""
    context = browser.new_context()
    page = context.new_page()
    for path in ("/?Action=ListQueues", "/_decaf/queues"):
        response = page.goto(f"http://{SITES[0]}:{port}{path}")
        check(response is not None and response.status == 403, f"a page read {path} by a name of its own")
    context.close()


def _is_there(control: Control) -> bool:
    return [queue.name for queue in control.queues()] == ["orders"]
