"""Receipt handles, by which a consumer deletes a message or changes its visibility.

Rule: a handle names its queue, the message and the receive it came from. So a handle of another queue, a handle of an
earlier receive and a text that is not a handle can be distinguished, without any memory of the handles given out.

A handle looks like AWS's: 344 characters of base64, beginning with AQEB. Most of them are padding, chosen by the rest,
so that a handle with any character changed is not a handle.
Source: Amazon SQS Developer Guide, "Queue and message identifiers"; handles in public reports.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import zlib

import msgspec

from decaf.sqs.message import Message

_HEAD = b"\x01\x01\x01"  # in base64 AQEB
_FORM = struct.Struct(">8sQI")
_NAMED = struct.Struct(">3sI20s")  # the head, a check, and the form
_NAMING = 36  # characters of base64 that these take; the others fill the handle up
_SIZE = 344
_RANDOM = base64.b64encode(hashlib.shake_128(_HEAD).digest(64 * (_SIZE - _NAMING) * 3 // 4)).decode()
_FILLINGS = tuple(_RANDOM[at : at + _SIZE - _NAMING] for at in range(0, len(_RANDOM), _SIZE - _NAMING))  # 64


class Receipt(msgspec.Struct, frozen=True):
    """One receive of one message: the message's number in its queue, and which receive it was."""

    number: int
    receive_count: int


class OtherQueue(Exception):
    """A handle is one of another queue."""


def handle(queue_tag: bytes, message: Message) -> str:
    """Return the receipt handle of `message`'s latest receive from the queue whose tag is `queue_tag` (8 bytes)."""
    form = _FORM.pack(queue_tag, message.number, message.receives.count)
    check = zlib.crc32(form)
    naming = binascii.b2a_base64(_NAMED.pack(_HEAD, check, form), newline=False)
    return naming.decode() + _FILLINGS[check & 63]


def read(queue_tag: bytes, text: str) -> Receipt | None:
    """Return the receipt of the handle `text`, None if it is not a handle.

    Raises OtherQueue if it is a handle of another queue than the one whose tag is `queue_tag`.
    """
    try:
        raw = binascii.a2b_base64(text[:_NAMING], strict_mode=True)
        head, check, form = _NAMED.unpack(raw)
    except (binascii.Error, ValueError, struct.error):
        return None
    if check != zlib.crc32(form) or head != _HEAD or len(text) != _SIZE or not text.endswith(_FILLINGS[check & 63]):
        return None
    tag, number, receive_count = _FORM.unpack(form)
    if tag != queue_tag:
        raise OtherQueue
    return Receipt(number, receive_count)
