"""The doctor: all checks of a running world."""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING

import msgspec

from decaf.base.arn import Account
from decaf.base.slices import gradually
from decaf.control import across, marks
from decaf.control.doctor import dead_letters, deletion, fifo, polling, subscriptions, view, visibility
from decaf.control.doctor.finding import Check, Finding
from decaf.control.route import Across, ControlRequest, ControlResponse, Route, Shards

if TYPE_CHECKING:
    from decaf.world import World

CHECKS: tuple[Check, ...] = (
    subscriptions.unconfirmed,
    subscriptions.not_let_in,
    subscriptions.never_matches,
    dead_letters.short_retention,
    dead_letters.one_receive,
    dead_letters.poison,
    visibility.too_short,
    visibility.late_deletions,
    deletion.before_work,
    polling.short_polls,
    fifo.one_group,
    fifo.dropped_duplicates,
)
MOST_FINDINGS = 1_000
_SEVERITIES = ("error", "warning", "hint")


class Examine(ControlRequest, frozen=True):
    """The `account` to examine; without it, all."""

    account: Account | None = None


class Examined(ControlResponse, frozen=True):
    """The findings, errors first, up to 1,000. `events` and `calls` are how many of the history and of the record of
    calls were looked at: what is not kept any more is not seen.
    """

    findings: list[Finding]
    events: int
    calls: int


def examine(seen: view.View) -> Generator[None, None, list[Finding]]:
    """Returns what all checks find, errors first, as work to be done in slices."""
    found: list[Finding] = []
    for check in CHECKS:
        for finding in check(seen):
            found.append(finding)
            yield
        yield
    return sorted(found, key=lambda finding: _SEVERITIES.index(finding.severity))


def _examine(world: World, request: Examine) -> Awaitable[Examined]:
    return gradually(_examined(view.take(world, request.account)))


def _examined(looking: Generator[None, None, view.View]) -> Generator[None, None, Examined]:
    seen = yield from looking
    findings = yield from examine(seen)
    return Examined(findings=findings[:MOST_FINDINGS], events=len(seen.events), calls=len(seen.calls))


async def _examine_all(shards: Shards, route: Route[Examine, Examined], request: Examine) -> Examined:
    from decaf.control.doctor import between_shards  # commands know the routes, and need no event loop

    found = await across.ask_all(shards, route, request)
    findings = [
        _of_shard(finding, shard, shards.count) for shard, each in enumerate(found) for finding in each.findings
    ]
    findings += await between_shards.not_let_in(shards, request.account)
    return Examined(
        findings=sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))[:MOST_FINDINGS],
        events=sum(each.events for each in found),
        calls=sum(each.calls for each in found),
    )


def _of_shard(finding: Finding, shard: int, count: int) -> Finding:
    return msgspec.structs.replace(
        finding,
        marks=[marks.of_one(mark, shard, count) for mark in finding.marks],
        calls=[marks.of_one(mark, shard, count) for mark in finding.calls],
    )


EXAMINE = Route(
    "GET",
    "/doctor",
    "Return what is wrong or unwise, by what happened: each with its evidence, and what mends it",
    _examine,
    Examine,
    Examined,
    command="doctor --account 123456789012",
    python='control.of("123456789012").doctor()',
    example={"account": "123456789012"},
    across=Across(_examine_all),
)

ROUTES = (EXAMINE,)
