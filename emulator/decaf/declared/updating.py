"""Applies a template to its stack, and says what became of each resource.

Rule: what a stack has made is remembered call by call, so that it stays true when AWS refuses one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Literal

import msgspec
from msgspec.structs import replace

from decaf.base.events import Events
from decaf.declared.resource import Origin, Resource, StackName, order_of
from decaf.declared.stacks import arn_of, key, remembered, removals, updates
from decaf.store import REGION_STATE, StackCall, Store

Change = Literal["created", "updated", "replaced", "unchanged", "deleted"]
_OF_LAMBDA = re.compile("Function|Mapping")
_SETS = ("SetQueueAttributes", "SetTopicAttributes")  # they change what another call has made


class Made(msgspec.Struct, frozen=True):
    """What became of the resource `what` by a call of this operation; `arn` is that of what the call is about."""

    what: str
    arn: str
    operation: str
    change: Change = "created"


class StackUpdate:
    """An update of a stack. `call` makes a call, and raises BadDeclaration."""

    def __init__(self, name: StackName, store: Store, call: Callable[[Resource], object]) -> None:
        self.name = name
        self._store = store
        self._call = call
        region = store.region(name.account, name.region)
        self._known = {key(one): one for one in region.stacks.get(name.name, ())}
        self._left = dict(self._known)  # what the template before had, as long as this one does not have it

    def apply(self, resource: Resource) -> Iterator[Made]:
        """Make a resource, or change what is there into it."""
        found = key(resource)
        before = self._left.pop(found, None)
        arn = arn_of(self._store, self.name.account, resource)
        change: Change = "created"
        if before is None or arn is None:
            self._call(resource)
            arn = arn_of(self._store, self.name.account, resource)
        else:
            steps = list(updates(arn, before, resource))
            for step in steps:
                self._call(step)
            change = "updated" if steps else "unchanged"
        self._known[found] = remembered(resource)
        if arn is not None:
            yield Made(resource.origin.what, arn, resource.operation, change)

    def remove_rest(self, declared: Set[str]) -> Iterator[Made]:
        """Delete what is no longer in the template, whose resources are `declared`, unless it is to be retained."""
        for found, left in sorted(self._left.items(), key=lambda each: order_of(each[1].operation), reverse=True):
            arn = arn_of(self._store, self.name.account, left)
            if arn is not None and not _stays(left, declared):
                steps = list(removals(self._store, arn, self._resource(left)))
                for step in steps:
                    self._call(step)
                if steps:
                    yield Made(left.what, arn, left.operation, "deleted")
            del self._known[found]

    def remember(self, events: Events) -> None:
        """Put what the stack has made into the state."""
        region = self._store.region(self.name.account, self.name.region)
        made = list(self._known.values())
        if made != region.stacks.get(self.name.name, []):
            region.stacks[self.name.name] = made
            events.mark_dirty(REGION_STATE, region)

    def _resource(self, call: StackCall) -> Resource:
        origin = Origin(f"stack {self.name.name}", None, call.what)
        service = "sqs" if "Queue" in call.operation else "lambda" if _OF_LAMBDA.search(call.operation) else "sns"
        return Resource(origin, self.name.account, call.region, service, call.operation, call.params)


def _stays(call: StackCall, declared: Set[str]) -> bool:
    if call.what not in declared:
        return "Deleted" in call.retained
    return "Replaced" in call.retained and call.operation not in _SETS


def summed_up(made: Iterable[Made]) -> list[Made]:
    """Return what became of each resource, once for each of its ARNs, deleted ones last.

    Calls that only set attributes count for the resource that they belong to; where they are all of it, as of a policy,
    only their changes count.
    """
    found: dict[tuple[str, str], Made] = {}
    for one in _with_replaced(list(made)):
        known = found.get((one.what, one.arn))
        if known is None:
            found[one.what, one.arn] = one
        elif known.operation not in _SETS and known.change == "unchanged" != one.change:
            found[one.what, one.arn] = replace(known, change="updated")
        elif known.operation in _SETS:
            found[one.what, one.arn] = one
    reported = [one for one in found.values() if one.operation not in _SETS or one.change in ("updated", "deleted")]
    return sorted(reported, key=lambda one: one.change == "deleted")


def _with_replaced(made: list[Made]) -> Iterator[Made]:
    """Yield what was made, with a created resource in the place of a deleted one as a replacement."""
    deleted = {(one.what, one.operation) for one in made if one.change == "deleted"}
    created = {(one.what, one.operation) for one in made if one.change == "created"}
    replaced = {each for each in deleted & created if each[1] not in _SETS}
    for one in made:
        if (one.what, one.operation) not in replaced:
            yield one
        elif one.change != "deleted":
            yield replace(one, change="replaced") if one.change == "created" else one
