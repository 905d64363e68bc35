"""Lists of queues in pages: MaxResults and NextToken.

Source: the SQS API Reference, ListQueues and ListDeadLetterSourceQueues.
"""

from __future__ import annotations

from collections.abc import Sequence

from decaf.api import paging
from decaf.sqs.errors import invalid_parameter, invalid_value
from decaf_protocol import Params


def page(names: Sequence[str], params: Params, most: int) -> tuple[Sequence[str], dict[str, str]]:
    """Returns the requested page of `names`, which are in order, and the result's NextToken if more follow.

    Raises InvalidParameterValue for a MaxResults out of 1 to `most`, or a token that is none.
    """
    size: int | None = params.get("MaxResults")
    if size is not None and not 1 <= size <= most:
        raise invalid_parameter(size, "MaxResults", f"MaxResults must be an integer between 1 and {most}.")
    listed, last = paging.page_of_keys(names, _after(params.get("NextToken")), size or most)
    # ListQueues: without MaxResults there are at most 1,000 results, and no token
    return listed, {} if size is None or last is None else {"NextToken": paging.write_token(last)}


def _after(token: str | None) -> str | None:
    try:
        return paging.read_token(token) if token else None
    except ValueError:
        raise invalid_value("Invalid or expired next token.") from None
