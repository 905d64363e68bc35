"""ARNs and queue URLs, written and read.

Rule: account, region and name identify a queue. Its URL has the host that the client used, so that it works from
inside and outside a container, and the region where that is not the default one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated
from urllib.parse import unquote

import msgspec

from decaf_protocol import ACCOUNT, REGION, is_account, is_region

# Both as control API requests name them; a pattern alone would let a line end follow.
Account = Annotated[str, msgspec.Meta(pattern=f"^{ACCOUNT}$", max_length=12)]
RegionName = Annotated[str, msgspec.Meta(pattern=f"^{REGION}$")]

_SHORT = 256  # characters; longer texts are seldom read again

DEFAULT_REGION_OF_OLD_HOST = "us-east-1"  # https://queue.amazonaws.com/


class Arn(msgspec.Struct, frozen=True, order=True):
    """An Amazon Resource Name in its parts; `resource` is all that follows the account."""

    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{self.resource}"


def read_arn(text: str) -> Arn | None:
    """Returns the parts of an ARN of at least six elements, None if `text` is none."""
    return _known_arn(text) if len(text) < _SHORT else _read_arn(text)


def _read_arn(text: str) -> Arn | None:
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return None
    return Arn(parts[2], parts[3], parts[4], parts[5])


_known_arn = lru_cache(maxsize=4096)(_read_arn)  # requests repeat the same few ARNs


def is_of_service(arn: str, service: str) -> bool:
    """Returns whether the text of an ARN names something of `service`, such as "sqs"."""
    return arn.startswith(f"arn:aws:{service}:")


class QueueAddress(msgspec.Struct, frozen=True):
    """The parts of a queue URL; `account` and `region` are None where it leaves them open."""

    account: str | None
    region: str | None
    name: str


def queue_url(base: str, default_region: str, queue: Arn) -> str:
    """Returns the URL of a queue under `base`, such as `http://127.0.0.1:4566`."""
    return queue_urls(base, default_region, queue.region, queue.account) + queue.resource


def queue_urls(base: str, default_region: str, region: str, account: str) -> str:
    """Returns what the URLs of all queues of an account in a region begin with; their names follow."""
    return f"{base}/{account}/" if region == default_region else f"{base}/{region}/{account}/"


@lru_cache(maxsize=4096)  # requests repeat the same few URLs
def read_queue_url(url: str) -> QueueAddress:
    """Read a queue URL in any usual form.

    These are Decaf's own, AWS's own (`https://sqs.<region>.amazonaws.com/<account>/<name>`, the older
    `<region>.queue.` and `queue.` hosts), a path with or without a region, and a bare queue name.
    """
    scheme, separator, rest = url.partition("://")
    host, _, path = rest.partition("/") if separator else ("", "", scheme)
    parts = [unquote(part) for part in path.split("/") if part]
    name = parts.pop() if parts else ""
    account = parts.pop() if parts and is_account(parts[-1]) else None
    region = parts.pop() if parts and is_region(parts[-1]) else _region_of(host)
    return QueueAddress(account, region, name)


def _region_of(host: str) -> str | None:
    labels = host.partition(":")[0].split(".")
    if labels[0] == "sqs" and len(labels) > 1 and is_region(labels[1]):
        return labels[1]
    if len(labels) > 1 and labels[1] == "queue" and is_region(labels[0]):
        return labels[0]
    if host == "queue.amazonaws.com":
        return DEFAULT_REGION_OF_OLD_HOST
    return None
