"""Whose certificates are believed when something is delivered over TLS: what the setting `https_trust` says.

Rule: a transport makes its own context when it first needs one. The one that aiohttp makes for itself is not used.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from decaf.base.settings import BadSetting


def tls_context(trust: str) -> ssl.SSLContext:
    """TLS that believes whom the `system` trusts, `any` certificate, or those of a file. Raises BadSetting."""
    try:
        context = ssl.create_default_context(cafile=None if trust in ("system", "any") else trust)
    except OSError as error:
        raise BadSetting(f"https_trust: {trust}: {error}") from error
    if trust == "any":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def no_certificates() -> Iterator[None]:
    """While this lasts, contexts come without the system's certificates, for a program that is starting.

    aiohttp makes two as it is imported; reading some 150 certificates for each takes a sixth of Decaf's start.
    """
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
