"""What suites written for other emulators ask beside AWS's own calls: LocalStack's and moto's, in their own forms.

Rule: nothing of this is loaded before the first of these calls; most servers never get one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decaf.world import World
    from decaf_protocol import Reply, Request

PREFIXES = ("/_aws/", "/_localstack/", "/moto-api/")


def handle(world: World, request: Request, peer: str | None = "127.0.0.1") -> Reply:
    """Answer a request whose path starts with one of PREFIXES, and which came from the address `peer`."""
    from decaf.compat.routes import handle

    return handle(world, request, peer)
