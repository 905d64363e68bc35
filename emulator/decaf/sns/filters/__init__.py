"""Filter policies: which published messages a subscription gets. A policy is compiled once, when it is set.

policy = compile_policy('{"store": ["example_corp"]}', "MessageAttributes")
policy.matches(Candidates(message, attributes)) -> bool

PolicyIndex({holder: policy, ...}).matching(Candidates(message, attributes)) -> the holders whose policies match
"""

from decaf.sns.filters.candidates import Candidates
from decaf.sns.filters.index import PolicyIndex
from decaf.sns.filters.policy import FilterPolicy, Scope, clears, compile_pattern, compile_policy
from decaf.sns.filters.tokens import FilterPolicyError

__all__ = [
    "Candidates",
    "FilterPolicy",
    "FilterPolicyError",
    "PolicyIndex",
    "Scope",
    "clears",
    "compile_pattern",
    "compile_policy",
]
