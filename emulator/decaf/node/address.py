"""Where nodes reach each other."""

from __future__ import annotations

from urllib.parse import urlsplit

from decaf.base.settings import BadSetting
from decaf.cluster.hop.dialling import Address
from decaf.persistence.postgres.ownership import Owned


def read_address(text: str) -> tuple[str, int]:
    """Returns the host and port of the setting `node_address`. Raises BadSetting."""
    try:
        parts = urlsplit(f"//{text or '127.0.0.1:0'}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None:
        raise BadSetting(f"node_address: {text!r} is not host:port")
    return host, port


def address_of(owned: Owned) -> Address:
    """Returns where the owner of a shard is reached."""
    host, port = read_address(owned.address or "")
    return Address(owned.owner or "", host, port)
