"""Which requests are answered, on every path: those of programs, and of web pages only where a setting names them.

Rule: no web page of another site reads or changes anything. A browser marks its requests with Origin or
Sec-Fetch-Site, which no SDK sends; and a page whose host name was made to resolve to this machine (DNS rebinding) has
that name as Host. So a Host must be an address, or a name that cannot lead to this machine by somebody else's will.

Source: Fetch Standard, "Origin header"; Fetch Metadata Request Headers, "Sec-Fetch-Site".
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from decaf.base.loopback import is_loopback
from decaf.base.settings import Settings
from decaf.delivery.transports.http import USER_AGENT
from decaf.http.cors import named_origins
from decaf_protocol import Request
from decaf_protocol.detect import host_names

_OUR_PAGES = ("same-origin", "none")  # Sec-Fetch-Site of our own page, and of an address that a person typed
_LINKS = ("ConfirmSubscription", "Unsubscribe")  # of SNS's mails and notifications: people open them in a web mailer
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws", ".api.amazonwebservices.com.cn")
# By these names containers reach their machine; no public name ends in .internal (ICANN's resolution of 2024-07-29).
_CONTAINER_HOSTS = frozenset({"host.docker.internal", "host.containers.internal"})

_LONGEST_HOST = 260  # characters: a name of DNS and a port
_MOST_MET = 256  # clients use a few


class Forbidden(Exception):
    """A request is not answered; the text says why, for people."""


class Guard:
    """Checks each request before anything else does. Raises BadSetting for an origin in the settings that is none."""

    __slots__ = ("_control_from", "_met", "_names", "_origins", "_token")

    def __init__(self, settings: Settings) -> None:
        self._origins = named_origins(settings.cors_origin)
        self._control_from = settings.control_from
        self._token = settings.control_token
        self._names = _names(settings)
        self._met = {"localhost"}  # values of Host that were found to be ours

    def check_call(self, request: Request) -> str | None:
        """Returns the web origin that an AWS call comes from, None if it comes from no page. Raises Forbidden."""
        headers = request.headers
        names_no_page = "origin" not in headers and "sec-fetch-site" not in headers
        if names_no_page and request.method == "POST" and headers.get("host", "localhost") in self._met:
            return None  # an SDK's
        self._check_host(headers)
        if (origin := headers.get("origin")) in self._origins:
            return origin
        is_ours = not _hides_its_page(request) if names_no_page else _is_own_page(headers)
        if not is_ours and not _is_link(request):
            raise Forbidden("Requests from web pages are refused, unless cors_origin names their origin.")
        return None

    def check(self, request: Request) -> None:
        """Raises Forbidden for a request from a page of another site."""
        self._check_host(request.headers)
        if not _is_own_page(request.headers):
            raise Forbidden("requests from web pages of another site are refused")

    def check_page(self, request: Request) -> None:
        """Raises Forbidden for a request for a file of our own page from a page of another site.

        A person may follow a link from another port of this host, as a class has one: the files have nothing to read.
        """
        self._check_host(request.headers)
        if not _is_own_page(request.headers) and not _is_link_of_this_host(request):
            raise Forbidden("requests from web pages of another site are refused")

    def check_control(self, request: Request, peer: str | None, is_open: bool) -> None:
        """Raises Forbidden for a request to the control API that is not allowed.

        `peer` is the IP address of the client; `is_open` is whether clients of other machines need no token.
        """
        self.check(request)
        headers = request.headers
        if "x-amz-sns-message-type" in headers or headers.get("user-agent") == USER_AGENT:
            raise Forbidden("deliveries of SNS cannot call the control API")
        if not is_open and not self._may_control(headers.get("authorization", ""), peer):
            raise Forbidden(
                "this program may call the control API with its token only: set DECAF_CONTROL_TOKEN to the "
                "setting control_token, which the server prints when it starts"
            )

    def check_code(self, request: Request, peer: str | None) -> None:
        """Raises Forbidden for an AWS call that registers code to be run, and that is not allowed.

        Clients of other machines need the token of the control API, as the session token of their credentials.
        """
        self.check(request)
        if request.headers.get("user-agent") == USER_AGENT:
            raise Forbidden("Deliveries of SNS cannot register functions.")
        if not self._may_control(request.headers.get("x-amz-security-token", ""), peer):
            raise Forbidden(
                "This program may register the code of functions with the token of the control API only: "
                "set AWS_SESSION_TOKEN to the setting control_token, which the server prints when it starts."
            )

    def _check_host(self, headers: Mapping[str, str]) -> None:
        host = headers.get("host")
        if host is None or host in self._met:
            return
        if len(host) > _LONGEST_HOST or not _is_known(self._names, host):
            raise Forbidden(f"The host {host[:_LONGEST_HOST]} is not known: name it in the setting allowed_host.")
        if len(self._met) < _MOST_MET:
            self._met.add(host)

    def _may_control(self, authorization: str, peer: str | None) -> bool:
        if self._control_from == "anywhere" or (self._control_from == "loopback" and is_loopback(peer)):
            return True
        given = authorization.removeprefix("Bearer ").encode("utf-8", "surrogateescape")
        return bool(self._token) and hmac.compare_digest(given, self._token.encode())


def _is_own_page(headers: Mapping[str, str]) -> bool:
    """Returns whether a request comes from our own page, or from no page at all."""
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        return False
    return headers.get("sec-fetch-site", "none") in _OUR_PAGES


def _hides_its_page(request: Request) -> bool:
    """Returns whether a browser does not say which page a request is from: a GET by HTTP to another machine, or an
    old browser's."""
    return request.method != "POST" and request.headers.get("user-agent", "").startswith("Mozilla/")


def _is_link(request: Request) -> bool:
    """Returns whether a person opened a link of SNS, in a window of its own: a page cannot read what it answers."""
    if not _opens_a_window(request):
        return False
    query = parse_qsl(request.target.partition("?")[2])
    return [value for name, value in query if name == "Action"] in [[link] for link in _LINKS] and not request.body


def _is_link_of_this_host(request: Request) -> bool:
    """Returns whether a person followed a link from another port of the same host, or a name of the same site."""
    return request.headers.get("sec-fetch-site") == "same-site" and _opens_a_window(request)


def _opens_a_window(request: Request) -> bool:
    """Returns whether a person opened an address in a window of its own."""
    headers = request.headers
    how = headers.get("sec-fetch-mode", "navigate"), headers.get("sec-fetch-dest", "document")
    return request.method == "GET" and "origin" not in headers and how == ("navigate", "document")


def _names(settings: Settings) -> frozenset[str]:
    """Returns the host names of the settings; one that starts with a dot stands for all below it."""
    base = urlsplit(settings.base_url).hostname or ""
    return frozenset(name.strip().lower() for name in (settings.host, base, *settings.allowed_host)) - {""}


def _is_known(names: frozenset[str], host: str) -> bool:
    """Returns whether a Host is ours, by the names of the settings and by those that lead nowhere else."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in names | _CONTAINER_HOSTS or _is_address(name):
        return True
    above = name.split(".")
    if any("." + ".".join(above[depth:]) in names for depth in range(1, len(above))):
        return True
    return name.endswith(_AWS_DOMAINS) and host_names(name)[0] is not None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
