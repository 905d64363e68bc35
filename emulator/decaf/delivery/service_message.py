"""What a service sends by itself, for which nobody has subscribed: the outcome of an asynchronous invocation, or an
event of a mobile app.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from decaf.base.arn import Arn, read_arn

Attributes = Mapping[str, dict[str, str]]


class ServiceMessage(msgspec.Struct, frozen=True):
    """A message for the queue, topic or function with the ARN `target`. `source` is the ARN of the function or platform
    application that it is about.

    `id` is that of the notification which a topic gets, `base_url` the URL by which its subscribers reach this server.
    `depth` counts the functions before one that it is for, each the destination of another.
    """

    id: str
    source: str
    target: str
    body: str
    base_url: str
    subject: str | None = None
    attributes: Attributes | None = None
    trace_header: str | None = None
    depth: int = 0

    @property
    def account(self) -> str:
        """The account of `source`."""
        return self.source.split(":")[4]

    @property
    def to(self) -> Arn:
        """The parts of `target`."""
        arn = read_arn(self.target)
        assert arn is not None
        return arn
