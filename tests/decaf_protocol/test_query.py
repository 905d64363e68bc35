"""The standard Query form, as SNS has it."""

from typing import Any

import pytest

from decaf_protocol import decode
from decaf_protocol.form import parse_form
from tests.decaf_protocol.requests import post, refusal


def params(form: str) -> dict[str, Any]:
    return decode(post(form)).params


def test_lists_are_members_and_maps_are_entries() -> None:
    form = (
        "Action=CreateTopic&Name=t&Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=c&Tags.member.2.Value="
        "&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=My+topic"
    )
    assert params(form) == {
        "Name": "t",
        "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": ""}],
        "Attributes": {"DisplayName": "My topic"},
    }


def test_message_attributes_have_capital_names() -> None:
    form = (
        "Action=Publish&Message=m&MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.DataType=Binary"
        "&MessageAttributes.entry.1.Value.BinaryValue=AP8%3D"
    )
    assert params(form)["MessageAttributes"] == {"n": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}


def test_lower_case_members_stay_lower_case() -> None:
    assert params("Action=SetSMSAttributes&attributes.entry.1.key=a&attributes.entry.1.value=b") == {
        "attributes": {"a": "b"}
    }
    assert params("Action=GetSMSAttributes&attributes.member.1=a") == {"attributes": ["a"]}


def test_an_empty_list_or_map_is_sent_as_an_empty_parameter() -> None:
    assert params("Action=PublishBatch&TopicArn=t&PublishBatchRequestEntries=")["PublishBatchRequestEntries"] == []
    assert params("Action=SetSMSAttributes&attributes=") == {"attributes": {}}


def test_elements_are_in_the_order_of_their_numbers_and_numbers_may_have_gaps() -> None:
    form = "Action=UntagResource&ResourceArn=r&TagKeys.member.10=c&TagKeys.member.2=b&TagKeys.member.1=a"
    assert params(form)["TagKeys"] == ["a", "b", "c"]


def test_a_huge_number_costs_nothing_and_names_nothing_more() -> None:
    keys = {"999999999": "b", "9" * 5000: "c", "1": "a"}
    form = "&".join(f"TagKeys.member.{number}={key}" for number, key in keys.items())
    assert params(f"Action=UntagResource&ResourceArn=r&{form}")["TagKeys"] == ["a", "b"]


def test_too_deep_names_are_ignored() -> None:
    assert params("Action=ListTopics&" + "a." * 100_000 + "b=c&NextToken=n") == {"NextToken": "n"}


def test_more_parameters_than_any_call_has_are_refused_unread() -> None:
    form = "Action=ListTopics&" + "&".join(f"a{number}.1.2=x" for number in range(170_000))
    assert refusal(post(form)).args == ("MalformedInput", "The request has more than 4096 parameters.")


def test_as_many_parameters_as_a_call_can_have_are_read() -> None:
    keys = [f"k{number}" for number in range(4_000)]
    form = "".join(f"&TagKeys.member.{number}={key}" for number, key in enumerate(keys, 1))
    assert params(f"Action=UntagResource&ResourceArn=r{form}")["TagKeys"] == keys


def test_plus_is_space_and_percent_is_utf8() -> None:
    assert params("Action=Publish&Message=a+b%2B%C3%BC%F0%9F%98%80%0D%0A%26%3D")["Message"] == "a b+ü😀\r\n&="


def test_utf8_may_be_sent_as_it_is() -> None:
    assert params("Action=Publish&Message=ü😀")["Message"] == "ü😀"


@pytest.mark.parametrize("text", ["Message=%ff", "%c3=a", "Message=%ed%a0%80"])
def test_percent_encoding_that_is_not_utf8_is_refused(text: str) -> None:
    assert refusal(post(f"Action=Publish&{text}")).shape == "MalformedQueryString"


def test_of_a_name_given_twice_the_first_is_taken() -> None:
    assert parse_form("a=1&a=2&b=3").get("a") == "1"


def test_empty_pairs_are_skipped() -> None:
    assert parse_form("&&=x&a=1&") == {"a": "1"}


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_booleans_may_have_capitals(text: str, value: bool) -> None:
    assert (
        params(f"Action=Subscribe&TopicArn=t&Protocol=sqs&ReturnSubscriptionArn={text}")["ReturnSubscriptionArn"]
        is value
    )


@pytest.mark.parametrize(
    "form",
    [
        "Action=Subscribe&TopicArn=t&Protocol=sqs&ReturnSubscriptionArn=yes",
        "Action=ListOriginationNumbers&MaxResults=1_0",
        "Action=ListOriginationNumbers&MaxResults=",
        "Action=ListOriginationNumbers&MaxResults=99999999999",
        f"Action=ListOriginationNumbers&MaxResults={'9' * 5000}",
        "Action=Publish&Message=m&MessageAttributes.entry.1.Value.BinaryValue=%21",
        "Action=UntagResource&ResourceArn=r&TagKeys=a",
    ],
)
def test_text_that_is_no_such_value_is_malformed(form: str) -> None:
    assert refusal(post(form)).shape == "MalformedInput"


TOPIC = "arn:aws:sns:us-east-1:111111111111:t"


def test_a_missing_parameter_is_null_and_named_with_a_small_letter() -> None:
    error = refusal(post(f"Action=Publish&TopicArn={TOPIC}"))
    assert error.shape == "ValidationError"
    assert error.message == (
        "1 validation error detected: Value null at 'message' failed to satisfy constraint: Member must not be null"
    )


def test_a_list_spelled_as_sqs_would_is_no_list() -> None:
    assert "Value null at 'tagKeys'" in refusal(post(f"Action=UntagResource&ResourceArn={TOPIC}&TagKeys.1=a")).message


def test_what_an_element_lacks_is_named_by_its_path() -> None:
    form = f"Action=PublishBatch&TopicArn={TOPIC}&PublishBatchRequestEntries.member.7.Message=m"
    assert "Value null at 'publishBatchRequestEntries.1.member.id'" in refusal(post(form)).message
    form = "Action=Publish&Message=m&MessageAttributes.entry.1.Name=colour"
    assert "Value null at 'messageAttributes.colour.member.dataType'" in refusal(post(form)).message


def test_complaints_are_in_the_models_order_whatever_order_members_were_sent_in() -> None:
    complaints = refusal(post("Action=CreateSMSSandboxPhoneNumber&LanguageCode=a&PhoneNumber=All")).message
    assert 0 < complaints.index("'phoneNumber'") < complaints.index("'languageCode'")
