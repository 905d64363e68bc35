"""Data protection policies: which sensitive data a topic denies, and which it masks, removes or reports.

policy = read_policy(document)
verdict = apply(policy, "Inbound", "arn:aws:iam::123456789012:user/Publisher", message)
"""

from decaf.sns.data_protection.policy import DataProtectionError, DataProtectionPolicy, read_policy
from decaf.sns.data_protection.protection import NotSearched, Protected, Report, Views, protect, unsearched
from decaf.sns.data_protection.verdict import Finding, Verdict, apply

__all__ = [
    "DataProtectionError",
    "DataProtectionPolicy",
    "Finding",
    "NotSearched",
    "Protected",
    "Report",
    "Verdict",
    "Views",
    "apply",
    "protect",
    "read_policy",
    "unsearched",
]
