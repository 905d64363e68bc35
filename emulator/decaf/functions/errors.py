"""The errors of Lambda: one constructor per situation, worded as the service words them.

The status of each is in the service's model; errors.toml has how it is known that AWS words a text so.
"""

from __future__ import annotations

from decaf_protocol import AWSError


def not_implemented(operation: str) -> AWSError:
    return AWSError("NotImplementedException", f"Decaf does not implement {operation} of Lambda.")
