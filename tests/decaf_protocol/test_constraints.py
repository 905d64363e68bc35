"""The models' constraints, in AWS's words. Those of SNS; SQS's model has none."""

import pytest

from tests.decaf_protocol.requests import post, refusal

TOPIC = "arn:aws:sns:us-east-1:111111111111:t"


def detected(form: str) -> str:
    error = refusal(post(form))
    assert error.shape == "ValidationError"
    return error.message


@pytest.mark.parametrize(
    ("form", "violation"),
    [
        (
            "Action=ListOriginationNumbers&MaxResults=31",
            "Value '31' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 30",
        ),
        (
            "Action=ListOriginationNumbers&MaxResults=0",
            "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            f"Action=UntagResource&ResourceArn={TOPIC}&TagKeys.member.1=a&TagKeys.member.2=",
            "Value '' at 'tagKeys.2.member' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            f"Action=TagResource&ResourceArn={TOPIC}&Tags.member.1.Key=k&Tags.member.1.Value={'v' * 257}",
            f"Value '{'v' * 257}' at 'tags.1.member.value' failed to satisfy constraint: "
            "Member must have length less than or equal to 256",
        ),
        (
            "Action=CreateSMSSandboxPhoneNumber&PhoneNumber=%2B12345678&LanguageCode=nl-NL",
            "Value 'nl-NL' at 'languageCode' failed to satisfy constraint: "
            "Member must satisfy enum value set: "
            "[en-US, en-GB, es-419, es-ES, de-DE, fr-CA, fr-FR, it-IT, ja-JP, pt-BR, kr-KR, zh-CN, zh-TW]",
        ),
        (
            "Action=VerifySMSSandboxPhoneNumber&PhoneNumber=%2B12345678&OneTimePassword=12345%0A",
            "Value '12345\n' at 'oneTimePassword' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[0-9]+$",
        ),
    ],
)
def test_a_violation_is_worded_as_aws_does(form: str, violation: str) -> None:
    assert detected(form) == f"1 validation error detected: {violation}"


def test_a_sensitive_value_is_not_repeated() -> None:
    message = detected("Action=DeleteSMSSandboxPhoneNumber&PhoneNumber=call-me")
    assert message.startswith("1 validation error detected: Value at 'phoneNumber' failed to satisfy constraint: ")
    assert "call-me" not in message


def test_all_violations_are_reported_at_once() -> None:
    message = detected(f"Action=TagResource&ResourceArn={TOPIC}&Tags.member.1.Key=")
    assert message.startswith("2 validation errors detected: ")
    assert [part.split(" failed")[0] for part in message.split(": ", 1)[1].split("; ")] == [
        "Value '' at 'tags.1.member.key'",
        "Value null at 'tags.1.member.value'",
    ]
