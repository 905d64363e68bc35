"""The MD5 digests by which SQS clients check that a message arrived as it was sent.

Source: Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_STRING, _BINARY = b"\x01", b"\x02"
_length = struct.Struct(">I").pack


def of_body(body: str) -> bytes:
    """Return the MD5 of a body's UTF-8 bytes."""
    return hashlib.md5(body.encode(), usedforsecurity=False).digest()


def of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the MD5 of message attributes (name -> MessageAttributeValue), in hexadecimal."""
    parts: list[bytes] = []
    for name in sorted(attributes):
        value = attributes[name]
        data: bytes | None = value.get("BinaryValue")
        kind = _BINARY if data else _STRING
        data = data or value["StringValue"].encode()
        parts += (_before_value(name, value["DataType"], kind), _length(len(data)), data)
    return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=1024)  # messages repeat the same few names and types
def _before_value(name: str, data_type: str, kind: bytes) -> bytes:
    name_bytes, type_bytes = name.encode(), data_type.encode()
    return b"".join((_length(len(name_bytes)), name_bytes, _length(len(type_bytes)), type_bytes, kind))
