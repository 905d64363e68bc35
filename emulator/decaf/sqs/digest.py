"""The MD5 digests by which SQS clients check that a message arrived as it was sent.

Source: Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

_STRING, _BINARY = b"\x01", b"\x02"


def of_body(body: str) -> str:
    """Return the MD5 of a body's UTF-8 bytes, in hexadecimal."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the MD5 of message attributes (name -> MessageAttributeValue), in hexadecimal."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        for part in _parts(name, attributes[name]):
            digest.update(part)
    return digest.hexdigest()


def _parts(name: str, value: Mapping[str, Any]) -> Iterator[bytes]:
    yield _measured(name.encode())
    yield _measured(value["DataType"].encode())
    if "BinaryValue" in value:
        yield _BINARY
        yield _measured(value["BinaryValue"])
    else:
        yield _STRING
        yield _measured(value["StringValue"].encode())


def _measured(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
