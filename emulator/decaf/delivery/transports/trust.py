"""TLS of deliveries: which certificates are trusted, by the setting `https_trust`.

Rule: a transport makes its own context when it first needs one. The one that aiohttp makes for itself is not used.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from decaf.base.settings import BadSetting


def tls_context(trust: str) -> ssl.SSLContext:
    """Returns a context that trusts the `system`'s certificates, `any`, or those in a file. Raises BadSetting."""
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
    """Within this, new contexts do not load the system's certificates: for the time of importing aiohttp.

    aiohttp makes two contexts when it is imported; reading some 150 certificates for each is a sixth of Decaf's start.
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
