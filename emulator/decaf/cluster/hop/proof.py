"""How two nodes prove to each other that they know the cluster's secret, without sending it.

Each side sends a random number, and the other returns a keyed hash of both numbers and both nodes' ids. The hash names
its side, so that neither can be answered with its own.

Source: RFC 2104 (HMAC), with SHA-256.
"""

from __future__ import annotations

import hmac
import secrets

NONCE_SIZE = 32  # bytes


def make_nonce() -> bytes:
    """Returns a random number for the other side."""
    return secrets.token_bytes(NONCE_SIZE)


def prove(secret: bytes, side: str, nodes: tuple[str, str], nonces: tuple[bytes, bytes]) -> bytes:
    """Returns the proof of `side`, "dialling" or "answering". `nodes` and `nonces` are those of the dialling side, then
    those of the answering side."""
    fields = (b"decaf hop", side.encode(), *(node.encode() for node in nodes), *nonces)
    return hmac.digest(secret, b"".join(len(field).to_bytes(4) + field for field in fields), "sha256")


def is_proof(proof: bytes, expected: bytes) -> bool:
    """Returns whether `proof` is the one expected, in a time that says nothing of it."""
    return hmac.compare_digest(proof, expected)
