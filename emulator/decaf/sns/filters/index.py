"""Who of many may want a message, without asking everyone's filter policy.

Rule: the index only leaves out; whoever it names is still to be asked. A policy is found by values, one of which a
message must have for it, under one key of each of its alternatives; a policy without such values is always named.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from decaf.sns.filters.candidates import Candidates, Fields, Value
from decaf.sns.filters.policy import FilterPolicy

Holder = TypeVar("Holder", bound=Hashable)


class PolicyIndex(Generic[Holder]):
    """Holders by their policies, None for one who wants everything. `policies` are not to be changed any more."""

    __slots__ = ("_always", "_attributes", "_body", "_places", "policies")

    def __init__(self, policies: Mapping[Holder, FilterPolicy | None]) -> None:
        self.policies = policies
        self._places = {holder: place for place, holder in enumerate(policies)}
        self._always: set[Holder] = set()
        self._attributes: _ByValue[Holder] = {}
        self._body: _ByValue[Holder] = {}
        for holder, policy in policies.items():
            if policy is None or policy.needed is None:
                self._always.add(holder)
            else:
                under = self._body if policy.scope == "MessageBody" else self._attributes
                for path, values in policy.needed:
                    for value in values:
                        under.setdefault(path, {}).setdefault(value, []).append(holder)

    def possible(self, message: Candidates) -> Iterable[Holder]:
        """Those who may want the message, in their order."""
        if len(self._always) == len(self.policies):
            return self.policies
        found = set(self._always)
        if self._attributes:
            _find(self._attributes, message.attribute_fields, found)
        if self._body:
            _find(self._body, message.body_fields, found)
        return sorted(found, key=self._places.__getitem__)


_ByValue = dict[str, dict[Value, list[Holder]]]  # by path, then by value


def _find(by_value: _ByValue[Holder], fields: Fields | None, found: set[Holder]) -> None:
    """Add to `found` those who need a value that is among the fields."""
    if fields is None:
        return
    for path, values in fields.values.items():
        holders = by_value.get(path)
        if holders is not None:
            for value in values:
                found.update(holders.get(value, ()))
