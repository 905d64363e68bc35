"""The MD5 digests by which SQS clients check that a message arrived as it was sent.

Source: Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from typing import Any

_STRING, _BINARY = b"\x01", b"\x02"
_length = struct.Struct(">I").pack


def of_body(body: str) -> str:
    """Return the MD5 of a body's UTF-8 bytes, in hexadecimal."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the MD5 of message attributes (name -> MessageAttributeValue), in hexadecimal."""
    parts: list[bytes] = []
    for name in sorted(attributes):
        value = attributes[name]
        name_bytes, data_type = name.encode(), value["DataType"].encode()
        binary: bytes | None = value.get("BinaryValue")
        data = value["StringValue"].encode() if binary is None else binary
        parts += (
            _length(len(name_bytes)),
            name_bytes,
            _length(len(data_type)),
            data_type,
            _STRING if binary is None else _BINARY,
            _length(len(data)),
            data,
        )
    return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
