"""An index of many filter policies: it finds those that match a message without trying each.

Rule: a policy is filed under the values of one key per alternative, of which a message must have one to match. What is
not found under the message's values is ruled out; what is found has still to be matched, unless these values are all
that it asks for. A policy without such values is always matched.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from decaf.sns.filters.candidates import Candidates, Fields, Value
from decaf.sns.filters.policy import FilterPolicy

Holder = TypeVar("Holder", bound=Hashable)


class PolicyIndex(Generic[Holder]):
    """Holders and their policies, None for no policy, which matches everything. `policies` must not change later.

    `match_all` is whether there are no policies.
    """

    __slots__ = ("_always", "_attributes", "_body", "_order", "match_all", "policies")

    def __init__(self, policies: Mapping[Holder, FilterPolicy | None]) -> None:
        self.policies = policies
        self.match_all = all(policy is None for policy in policies.values())
        self._order = {holder: number for number, holder in enumerate(policies)}
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

    def matching(self, message: Candidates) -> list[Holder]:
        """Returns the holders whose policies match, in the order of `policies`."""
        policies = self.policies
        return [
            holder
            for holder in self.possible(message)
            if (policy := policies[holder]) is None or policy.needs_no_more or policy.matches(message)
        ]

    def possible(self, message: Candidates) -> Iterable[Holder]:
        """Returns the holders whose policies may match, in the order of `policies`."""
        if len(self._always) == len(self.policies):
            return self.policies
        found = self._always.copy()
        if self._attributes:
            _find(self._attributes, message.attribute_fields, found)
        if self._body:
            _find(self._body, message.body_fields, found)
        return sorted(found, key=self._order.__getitem__) if len(found) > 1 else [*found]


_ByValue = dict[str, dict[Value, list[Holder]]]  # by path, then by value


def _find(by_value: _ByValue[Holder], fields: Fields | None, found: set[Holder]) -> None:
    """Add to `found` the holders whose policies need a value that is among the fields."""
    if fields is None:
        return
    for path, values in fields.values.items():
        holders = by_value.get(path)
        if holders is not None:
            for value in values:
                found.update(holders.get(value, ()))
