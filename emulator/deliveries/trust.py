"""Whose certificates are believed when something is delivered over TLS: what the setting `https_trust` says."""

from __future__ import annotations

import ssl

from emulator.settings import BadSetting


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
