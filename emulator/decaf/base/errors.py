"""Errors that every service has: "Common Errors" of the API References. A service's own are in its errors.py."""

from __future__ import annotations

from decaf_protocol import AWSError


def service_unavailable() -> AWSError:
    """Returns the error of a request that was not carried out, since its effects cannot be stored."""
    return AWSError("ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
