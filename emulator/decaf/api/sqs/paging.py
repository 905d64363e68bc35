"""Lists in pages: MaxResults and NextToken.

Source: the SQS API Reference, ListQueues: without MaxResults a list has at most 1,000 entries and no token.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from decaf.base.errors import invalid_parameter, invalid_value


def page(names: Sequence[str], params: Mapping[str, Any], most: int) -> tuple[list[str], dict[str, str]]:
    """The page of the sorted `names` that a call asks for, and the result's NextToken if there is more.

    Raises InvalidParameterValue for a MaxResults out of 1 to `most` or a token we did not give.
    """
    size = params.get("MaxResults")
    if size is not None and not 1 <= size <= most:
        raise invalid_parameter(size, "MaxResults", f"MaxResults must be an integer between 1 and {most}.")
    last = _read(params["NextToken"]) if params.get("NextToken") else ""
    found = list(islice((name for name in names if name > last), (size or most) + 1))
    listed = found[: size or most]
    if size is None or len(found) <= size:
        return listed, {}
    return listed, {"NextToken": base64.b64encode(listed[-1].encode()).decode()}


def _read(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_value("Invalid or expired next token.") from None
