"""Lists of Lambda in pages, each with the marker of the next.

Source: Lambda API Reference, ListFunctions and ListEventSourceMappings: MaxItems and Marker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from decaf.api import paging
from decaf.functions.errors import invalid_value
from decaf_protocol import Params, Result

T = TypeVar("T")


def page(entries: Mapping[str, T], params: Params, most: int) -> tuple[list[T], Result]:
    """Returns the requested page of `entries`, of at most `most`, in order of their keys, and NextMarker, if any.

    Raises InvalidParameterValueException for a marker that is none.
    """
    try:
        after = paging.read_token(params["Marker"]) if "Marker" in params else None
    except ValueError:
        raise invalid_value("Invalid Marker") from None
    listed, last = paging.page(entries.items(), after, min(params.get("MaxItems", most), most))
    return listed, {} if last is None else {"NextMarker": paging.write_token(last)}
