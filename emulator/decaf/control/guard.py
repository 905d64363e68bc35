"""Who may make Decaf's own calls: programs of this machine, and pages that we serve ourselves.

Rule: no web page of another site can read or change anything here. Its requests carry its Origin, or say that they
cross sites; and a page whose site's name was made to lead to this machine (DNS rebinding) carries that name as Host.
So a Host must be an address, a name without a dot, which nobody can have on the internet, or one of the settings'.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from decaf.base.settings import Settings
from decaf.control.route import Refused
from decaf_protocol import Request

_OUR_OWN = (None, "same-origin", "none")  # Sec-Fetch-Site: of our page, or of a person who typed the address


def check(request: Request, peer: str | None, settings: Settings) -> None:
    """Raises Refused for a request that must not be answered; `peer` is the address that it came from."""
    if settings.control_from != "anywhere" and not _is_loopback(peer):
        raise Refused("only this machine may call here, unless the setting control_from is anywhere", 403)
    host = request.headers.get("host")
    if host is not None and not _is_ours(host, settings):
        raise Refused(f"the setting control_hosts does not name {host}", 403)
    origin = request.headers.get("origin")
    foreign = origin is not None and origin.partition("://")[2] != host
    if foreign or request.headers.get("sec-fetch-site") not in _OUR_OWN:
        raise Refused("requests made for another site are refused", 403)


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
