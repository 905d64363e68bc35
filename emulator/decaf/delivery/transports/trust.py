"""TLS of deliveries: which certificates are trusted, by the setting `https_trust`.

Rule: a transport makes its own context when it first needs one. The one that aiohttp makes for itself is not used.
"""

from __future__ import annotations

import ssl

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
