"""Why a request got no response, in words."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from decaf.delivery.transports.failures import reason_of

URL = "https://ada:secret@shop.test:8443/hook"
_KEY: Any = ConnectionKey("shop.test", 8443, True, True, None, None, None)


def _certificate(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_message = message
    return error


def _tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "OpenSSL has failed")
    error.reason = reason  # type: ignore[assignment]  # None where OpenSSL has no name for it
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            aiohttp.ClientConnectorError(_KEY, OSError(errno.ECONNREFUSED, "aiohttp's own text")),
            "cannot connect to shop.test:8443: Connection refused",
        ),
        (
            aiohttp.ClientConnectorError(_KEY, socket.gaierror(socket.EAI_NONAME, "Name or service not known")),
            "cannot connect to shop.test:8443: Name or service not known",
        ),
        (
            aiohttp.ClientConnectorCertificateError(_KEY, _certificate("self-signed certificate")),
            "cannot connect to shop.test:8443: self-signed certificate",
        ),
        (
            aiohttp.ClientConnectorCertificateError(_KEY, _certificate("")),
            "cannot connect to shop.test:8443: the certificate is not trusted",
        ),
        (
            aiohttp.ClientConnectorError(_KEY, _tls("WRONG_VERSION_NUMBER")),
            "cannot connect to shop.test:8443: TLS failed: wrong version number",
        ),
        (
            aiohttp.ClientConnectorError(_KEY, _tls(None)),
            "cannot connect to shop.test:8443: TLS failed: openssl has failed",
        ),
        (aiohttp.ServerDisconnectedError(), "no response from shop.test:8443: Server disconnected"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "no response from shop.test:8443: Connection reset by peer"),
        (OSError("out of milk"), "no response from shop.test:8443: out of milk"),
        (OSError(), "no response from shop.test:8443: OSError"),
    ],
)
def test_the_reason_has_the_host_and_what_went_wrong_and_never_the_password(error: Exception, reason: str) -> None:
    assert reason_of(error, URL) == reason
