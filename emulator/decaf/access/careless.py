"""Policies that let in more than their authors may think: AWS accepts them, so they are only pointed out.

Source: IAM User Guide, "The confused deputy problem"; Amazon SQS Developer Guide, "Security best practices".
"""

from __future__ import annotations

from collections.abc import Iterator

from decaf.access.statements import Policy

_LIMITS = ("aws:source", "aws:principal")  # how the names begin of keys that say who may call, or for what


def careless(policy: Policy) -> Iterator[str]:
    """Yields a sentence about each statement of a resource's policy that lets in everybody, or a service for all."""
    for statement in policy.statements:
        principals = statement.principals
        if not statement.allows or principals is None or any(key.startswith(_LIMITS) for key in statement.keys):
            continue
        if principals.everybody or principals.negated:
            yield f"{statement.name} lets in everybody, without a signature too: it has no condition on the caller"
        elif principals.services:
            services = " and ".join(sorted(principals.services))
            yield f"{statement.name} lets in {services} on behalf of any account: it has no condition on aws:SourceArn"
