"""Why an HTTP request got no response, in words: the host and the reason, and never a password."""

from __future__ import annotations

import os
import socket
import ssl
from urllib.parse import urlsplit

import aiohttp


def reason_of(error: Exception, url: str) -> str:
    """Returns the reason why a request to `url` failed with `error`, such as
    "cannot connect to example.com:8080: Connection refused".
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"cannot connect to {host}: {_cause(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {host}: {_cause(error.os_error)}"
    return f"no response from {host}: {_cause(error)}"


def _cause(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "the certificate is not trusted"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
