"""Writes the table of what Decaf has into the pages for those who come from other emulators.

Rule: each row is read from the tables that Decaf runs by, so that no page says otherwise for long.

    python -m scripts.features
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from decaf.api import sns, sqs, sts
from decaf.api.sns.endpoints import CHECKS
from decaf.base.settings import SETTINGS, limits_of
from decaf.compat.routes import ROUTES
from decaf.declared.resource import RESOURCE_KINDS
from decaf.faults.effects import Effect
from decaf_protocol import operations

PAGES = tuple(
    Path(__file__).parent.parent / "docs" / "from" / f"{name}.md" for name in ("localstack", "elasticmq", "goaws")
)

_START, _END = "<!-- made by python -m scripts.features -->", "<!-- end -->"
_TABLE = re.compile(f"{re.escape(_START)}.*{re.escape(_END)}", re.DOTALL)


def render() -> str:
    """Returns the table, in Markdown."""
    return "\n".join(["| | Decaf |", "|---|---|", *(f"| {name} | {text} |" for name, text in _rows())])


def put(page: str) -> str:
    """Returns a page with the present table between its marks. Raises ValueError for a page without them."""
    if not _TABLE.search(page):
        raise ValueError(f"the page has no {_START}")
    return _TABLE.sub(lambda _: f"{_START}\n{render()}\n{_END}", page)


def _rows() -> Iterator[tuple[str, str]]:
    yield "Operations", f"{_count('sqs', sqs.OPERATIONS)} of SQS, {_count('sns', sns.OPERATIONS)} of SNS"
    yield "Operations of STS", ", ".join(sorted(sts.OPERATIONS))
    yield "Subscriptions of SNS", ", ".join(sorted(CHECKS))
    kinds = ", ".join(kind.replace("_", " ") for kind in RESOURCE_KINDS)
    yield "Created at the start", f"{kinds}, from [decaf.toml, files and CloudFormation templates](../declared.md)"
    levels = ", ".join(SETTINGS["durability"].choices)
    yield "State", f"in memory, or on the disk: [`data_dir`, `durability`](../durability.md) ({levels}); `snapshot`"
    limits = len(limits_of("SQS")) + len(limits_of("SNS"))
    yield "Limits and cool-downs that are [settings](../compatibility.md)", str(limits)
    yield "[Faults](../faults.md)", ", ".join(f"`{effect.__struct_config__.tag}`" for effect in get_args(Effect))
    paths = sorted({route.path.rstrip("/") for route in ROUTES})
    yield "Paths of other emulators", ", ".join(f"`{path}`" for path in paths)


def _count(service: str, has: object) -> str:
    """Returns how many of the operations of a service there are, `all` if none is missing."""
    assert hasattr(has, "__contains__")
    names = list(operations(service))
    found = sum(name in has for name in names)
    return f"all {found}" if found == len(names) else f"{found} of {len(names)}"


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(put(path.read_text(encoding="utf-8")), encoding="utf-8")
