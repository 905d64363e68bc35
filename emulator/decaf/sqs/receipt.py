"""Receipt handles, by which a consumer deletes a message or changes its visibility.

Rule: a handle names its queue, the message and the receive it came from. So a handle of another queue, a handle of an
earlier receive and a text that is no handle can be distinguished, without any memory of the handles given out.
Source: Amazon SQS Developer Guide, "Queue and message identifiers".
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib

import msgspec

from decaf.sqs.message import Message

_HEAD = b"\x01\x01\x01"  # so that a handle starts with "AQEB", as AWS's do
_FORM = struct.Struct(">3s8sQII")


class Receipt(msgspec.Struct, frozen=True):
    """One receive of one message: the message's number in its queue, and which receive it was."""

    number: int
    receive_count: int


def handle(queue_tag: bytes, message: Message) -> str:
    """Return the receipt handle of `message`'s latest receive from the queue whose tag is `queue_tag` (8 bytes)."""
    form = _FORM.pack(_HEAD, queue_tag, message.number, message.receive_count, 0)
    check = zlib.crc32(form)
    return binascii.b2a_base64(form[:-4] + check.to_bytes(4, "big"), newline=False).decode("ascii")


def read(queue_tag: bytes, text: str) -> Receipt | None:
    """Return the receipt of the handle `text`, None if it is not a handle of the queue whose tag is `queue_tag`."""
    try:
        raw = base64.b64decode(text, validate=True)
        head, tag, number, receive_count, check = _FORM.unpack(raw)
    except (binascii.Error, ValueError, struct.error):
        return None
    if head != _HEAD or tag != queue_tag or check != zlib.crc32(raw[:-4] + b"\0\0\0\0"):
        return None
    return Receipt(number, receive_count)
