"""Data protection policies: the documents, and the messages that they are applied to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.sns.data_protection import DataProtectionError, Finding, Verdict, apply, read_policy
from decaf.sns.data_protection.policy import Direction

USER = "arn:aws:iam::123456789012:user/Publisher"
EMAIL = "arn:aws:dataprotection::aws:data-identifier/EmailAddress"
SSN = "arn:aws:dataprotection::aws:data-identifier/Ssn-US"
AUDIT = {"Audit": {"SampleRate": "99", "FindingsDestination": {"CloudWatchLogs": {"LogGroup": "/aws/vendedlogs/x"}}}}
MASK = {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}}
REDACT: dict[str, Any] = {"Deidentify": {"RedactConfig": {}}}
DENY: dict[str, Any] = {"Deny": {}}


def statement(operation: Any, **changes: Any) -> dict[str, Any]:
    whole = {"DataDirection": "Inbound", "Principal": ["*"], "DataIdentifier": [EMAIL], "Operation": operation}
    return whole | changes


def document(*statements: Any, **changes: Any) -> str:
    return json.dumps({"Name": "pii", "Version": "2021-06-01", "Statement": list(statements)} | changes)


def verdict(text: str, *statements: Any, direction: Direction = "Inbound", principal: str = USER) -> Verdict:
    return apply(read_policy(document(*statements)), direction, principal, text)


def test_masking_keeps_the_length() -> None:
    assert verdict("to a@b.com now", statement(MASK)).text == "to ####### now"


def test_redaction_removes() -> None:
    assert verdict("ssn: 123-45-6789", statement(REDACT, DataIdentifier=[SSN])).text == "ssn: "


def test_a_message_of_which_redaction_leaves_nothing_is_denied() -> None:
    assert verdict("a@b.com", statement(REDACT)).denied
    assert not verdict("a@b.com", statement(MASK)).denied


def test_deny_denies_and_leaves_other_messages_alone() -> None:
    assert verdict("to a@b.com", statement(DENY)).denied
    assert verdict("to nobody", statement(DENY)) == Verdict("to nobody", denied=False, findings=())


def test_audit_reports_the_original_and_changes_nothing() -> None:
    told = verdict("a@b.com, c@d.com", statement(AUDIT))
    assert told == Verdict("a@b.com, c@d.com", False, (Finding("Audit", "EmailAddress", ((0, 7), (9, 16))),))


def test_all_statements_look_at_the_message_as_it_came() -> None:
    told = verdict("to a@b.com", statement(MASK), statement(AUDIT), statement(DENY))
    assert [finding.operation for finding in told.findings] == ["Deidentify", "Audit", "Deny"]
    assert told.text == "to #######"
    assert told.denied


def test_a_statement_is_for_one_direction_and_its_principals() -> None:
    one = statement(DENY, DataDirection="Outbound", Principal=[USER])
    assert verdict("a@b.com", one, direction="Outbound").denied
    assert not verdict("a@b.com", one, direction="Inbound").denied
    assert not verdict("a@b.com", one, direction="Outbound", principal="arn:aws:iam::123456789012:user/Other").denied


def test_overlapping_data_is_masked_once() -> None:
    both = [EMAIL, "Part"]
    configuration = {"CustomDataIdentifier": [{"Name": "Part", "Regex": "b.com!"}]}
    policy = read_policy(document(statement(MASK, DataIdentifier=both), Configuration=configuration))
    assert apply(policy, "Inbound", USER, "to a@b.com! now").text == "to ######## now"


def test_a_custom_identifier_is_a_regular_expression() -> None:
    configuration = {"CustomDataIdentifier": [{"Name": "EmployeeId", "Regex": r"EID-\d{9}-US"}]}
    policy = read_policy(document(statement(MASK, DataIdentifier=["EmployeeId"]), Configuration=configuration))
    assert apply(policy, "Inbound", USER, "id EID-123456789-US.").text == "id ################."


def custom(**changes: str) -> str:
    identifier = {"Name": "Id", "Regex": "x+"} | changes
    return document(statement(MASK), Configuration={"CustomDataIdentifier": [identifier]})


def audit(**changes: Any) -> str:
    return document(statement({"Audit": AUDIT["Audit"] | changes}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "The policy must be an object"),
        (document(), "Statement must be a list"),
        (document(statement(MASK), Name=""), "Name must be"),
        (document(statement(MASK), Version="2012-10-17"), "Version must be 2021-06-01"),
        (document(statement(MASK), Extra=1), "The policy cannot have Extra"),
        (document(statement(MASK, Effect="Deny")), "A statement cannot have Effect"),
        (document(statement(MASK, DataDirection="Both")), "Inbound or Outbound"),
        (document(statement(MASK, Principal=[])), "Principal must be a list"),
        (document(statement(MASK, Principal="*")), "Principal must be a list"),
        (document(statement(MASK, DataIdentifier=[])), "DataIdentifier must be a list"),
        (document(statement(MASK | DENY)), "one of Audit, Deidentify and Deny"),
        (document(statement({"Block": {}})), "Operation cannot have Block"),
        (document(statement({"Deny": {"a": 1}})), "Deny cannot have a"),
        (document(statement({"Deidentify": {}})), "either MaskConfig or RedactConfig"),
        (document(statement({"Deidentify": {"MaskConfig": {"MaskWithCharacter": "##"}}})), "one printable"),
        (document(statement(AUDIT), statement(AUDIT)), "only one Audit"),
        (document(statement(AUDIT, DataDirection="Outbound")), "Inbound messages only"),
        (audit(SampleRate=100), "from 0 to 99"),
        (audit(SampleRate="x"), "from 0 to 99"),
        (document(statement({"Audit": {"SampleRate": 1}})), "must have a FindingsDestination"),
        (audit(FindingsDestination={"Email": {}}), "cannot have Email"),
        (custom(Name="EmailAddress"), "cannot be the name"),
        (custom(Name="a b"), "cannot be the name"),
        (custom(Regex="("), "not a regular expression"),
        (custom(Regex="x*"), "matches the empty string"),
        (custom(Regex="(a+)+$"), "too complicated: its repeats must have limits"),
        (custom(Regex=r"\w+@corp"), "too complicated: its repeats must have limits"),
        (custom(Regex="x" * 201), "longer than 200"),
        ('{"Name": "' + "x" * 30_720 + '"}', "longer than 30720"),
    ],
)
def test_a_document_that_is_no_policy_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(DataProtectionError, match=reason):
        read_policy(text)


@pytest.mark.parametrize("name", ["Name", "Address", "DriversLicense-GB"])
def test_a_managed_identifier_that_cannot_be_recognised_is_kept(name: str) -> None:
    """AWS keeps what it is given by an ARN, as recorded."""
    arn = f"arn:aws:dataprotection::aws:data-identifier/{name}"
    (read,) = read_policy(document(statement(MASK, DataIdentifier=[arn, EMAIL]))).statements
    assert (read.unsearched, [known for known, _ in read.identifiers]) == ((name,), ["EmailAddress"])


@pytest.mark.parametrize("identifier", ["EmailAddress", "NoSuchThing", "arn:aws:dataprotection::aws:data-identifier/"])
def test_what_is_no_identifier_is_refused(identifier: str) -> None:
    with pytest.raises(DataProtectionError, match="is neither the ARN of a managed data identifier nor"):
        read_policy(document(statement(MASK, DataIdentifier=[identifier])))
