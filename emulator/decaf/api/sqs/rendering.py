"""Messages as a consumer receives them: with the requested attributes alone, and their digest.

Source: the SQS API Reference, ReceiveMessage.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from decaf.sqs import digest, receipt
from decaf.sqs.attributes import NAMES as QUEUE_ATTRIBUTE_NAMES
from decaf.sqs.errors import invalid_attribute_name
from decaf.sqs.message import Message
from decaf.sqs.queue import Queue
from decaf.sqs.system_attributes import SYSTEM_ATTRIBUTES, system_attributes
from decaf_protocol import Params, Result

_ALL_NAMES = frozenset({"All", ".*", "*"})


class Selection(msgspec.Struct, frozen=True):
    """The system attributes and the user attributes that a consumer requested."""

    system: tuple[str, ...]
    user: tuple[str, ...]

    @classmethod
    def of(cls, params: Params) -> Selection:
        """Returns the selection of a call. Raises InvalidAttributeName for a system attribute that does not exist.

        AttributeNames is the older name of MessageSystemAttributeNames; names of queue attributes are
        accepted there, without effect.
        """
        older, newer = params.get("AttributeNames"), params.get("MessageSystemAttributeNames")
        user = params.get("MessageAttributeNames")
        if not (older or newer or user):
            return NOTHING
        return cls(_system_names((*(newer or ()), *(older or ()))), tuple(user or ()))


NOTHING = Selection((), ())


@lru_cache(maxsize=64)  # consumers repeat the same few requests
def _system_names(requested: tuple[str, ...]) -> tuple[str, ...]:
    for name in requested:
        if name not in SYSTEM_ATTRIBUTES and name not in QUEUE_ATTRIBUTE_NAMES:
            raise invalid_attribute_name(name)
    return tuple(SYSTEM_ATTRIBUTES if "All" in requested else (n for n in SYSTEM_ATTRIBUTES if n in requested))


def render(queue: Queue, messages: Sequence[Message], selection: Selection) -> Result:
    """Returns the result of a receive that took `messages`."""
    return {"Messages": [_render(queue.tag, message, selection) for message in messages]}


def _render(queue_tag: bytes, message: Message, selection: Selection) -> Result:
    message_id, body_md5, body = message.texts()
    rendered: Result = {
        "MessageId": message_id,
        "ReceiptHandle": receipt.handle(queue_tag, message),
        "MD5OfBody": body_md5,
        "Body": body,
    }
    if selection.system:
        rendered["Attributes"] = system_attributes(message, selection.system)
    if selection.user and (attributes := message.metadata.attributes):
        chosen = {n: v for n, v in attributes.items() if _is_requested(n, selection.user)}
        if chosen:
            rendered["MessageAttributes"] = chosen
            rendered["MD5OfMessageAttributes"] = (
                message.metadata.attributes_md5 if len(chosen) == len(attributes) else digest.of_attributes(chosen)
            )
    return rendered


def _is_requested(name: str, requested: Sequence[str]) -> bool:
    """Returns whether one of the requested names is `name`, all, or a prefix (`foo.*`) of it."""
    return any(n == name or n in _ALL_NAMES or (n.endswith(".*") and name.startswith(n[:-2])) for n in requested)
