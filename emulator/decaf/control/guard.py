"""Which requests to the control API are allowed: those of programs on this machine and of Decaf's own pages.

Rule: no web page of another site can read or change anything. Its requests have its Origin, or a Sec-Fetch-Site that is
not the same site; and a page whose host name was made to resolve to this machine (DNS rebinding) has that name as Host.
So a Host must be an address, a name without a dot, which cannot exist on the internet, or one of the settings'.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from decaf.base.settings import Settings
from decaf.control.route import Refused
from decaf_protocol import Request

_SAME_SITE = (None, "same-origin", "none")  # Sec-Fetch-Site of our own page, and of an address that a person typed


def check(request: Request, peer: str | None, settings: Settings) -> None:
    """Raises Refused for a request that is not allowed; `peer` is the IP address of the client."""
    if settings.control_from != "anywhere" and not _is_loopback(peer):
        raise Refused(
            "only programs on this machine may call the control API, unless the setting control_from is anywhere", 403
        )
    host = request.headers.get("host")
    if host is not None and not _is_ours(host, settings):
        raise Refused(f"the host {host} is not one of the setting control_hosts", 403)
    origin = request.headers.get("origin")
    foreign = origin is not None and origin.partition("://")[2] != host
    if foreign or request.headers.get("sec-fetch-site") not in _SAME_SITE:
        raise Refused("requests from web pages of another site are refused", 403)


def _is_loopback(peer: str | None) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_ours(host: str, settings: Settings) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if "." not in name or name.endswith(".localhost"):
        return True
    named = {settings.host, *(known.strip() for known in settings.control_hosts.split(","))}
    return name in {known.lower() for known in named} or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
