"""The digests of bodies and attributes, byte for byte as SQS's clients calculate them to compare."""

from __future__ import annotations

from hashlib import md5
from typing import Any

from decaf.sqs import digest


def test_a_body_is_digested_as_utf_8() -> None:
    assert digest.of_body("café") == md5(b"caf\xc3\xa9").digest()


def test_attributes_are_digested_by_name_with_lengths_and_the_kind_of_their_value() -> None:
    attributes: dict[str, dict[str, Any]] = {
        "size": {"DataType": "Number.int", "StringValue": "3"},
        "Cup": {"DataType": "String", "StringValue": "é"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\xff\x00"},
    }
    spelled = (
        b"\0\0\0\x03Cup" b"\0\0\0\x06String" b"\x01" b"\0\0\0\x02\xc3\xa9"
        b"\0\0\0\x03raw" b"\0\0\0\x06Binary" b"\x02" b"\0\0\0\x02\xff\x00"
        b"\0\0\0\x04size" b"\0\0\0\x0aNumber.int" b"\x01" b"\0\0\0\x013"
    )  # fmt: skip
    assert digest.of_attributes(attributes) == md5(spelled).hexdigest()
