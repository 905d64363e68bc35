"""Query answers: their elements, and that an XML parser reads the stored texts unchanged."""

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol import AWSError, Codec, Dialect, decode, encode_error, encode_result
from decaf_protocol.xml import find_plain
from tests.decaf_protocol.requests import post

SQS = "http://queue.amazonaws.com/doc/2012-11-05/"
SNS = "http://sns.amazonaws.com/doc/2010-03-31/"


def answer(form: str, result: dict[str, Any]) -> str:
    text = encode_result(decode(post(form)), result, "rid").body.decode()
    return text.split("?>\n", 1)[1]


def error_document(service: str, shape: str, message: str) -> str:
    text = encode_error(Dialect(service, Codec.QUERY), AWSError(shape, message), "rid").body.decode()
    return text.split("?>\n", 1)[1]


METADATA = "<ResponseMetadata><RequestId>rid</RequestId></ResponseMetadata>"


def test_an_sqs_answer_is_flat() -> None:
    message = {
        "MessageId": "m",
        "Body": "b",
        "Attributes": {"SenderId": "s", "SentTimestamp": "1"},
        "MD5OfMessageAttributes": "5",
        "MessageAttributes": {"n": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }
    assert answer("Action=ReceiveMessage&QueueUrl=q", {"Messages": [message, {"Body": "c"}]}) == (
        f'<ReceiveMessageResponse xmlns="{SQS}"><ReceiveMessageResult>'
        "<Message><MessageId>m</MessageId><Body>b</Body>"
        "<Attribute><Name>SenderId</Name><Value>s</Value></Attribute>"
        "<Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute>"
        "<MD5OfMessageAttributes>5</MD5OfMessageAttributes>"
        "<MessageAttribute><Name>n</Name><Value><BinaryValue>AP8=</BinaryValue><DataType>Binary</DataType></Value>"
        "</MessageAttribute></Message><Message><Body>c</Body></Message>"
        f"</ReceiveMessageResult>{METADATA}</ReceiveMessageResponse>"
    )


@pytest.mark.parametrize(
    ("form", "result", "inside"),
    [
        ("Action=ListQueues", {"QueueUrls": ["a", "b"]}, "<QueueUrl>a</QueueUrl><QueueUrl>b</QueueUrl>"),
        (
            "Action=ListDeadLetterSourceQueues&QueueUrl=q",
            {"queueUrls": ["a"], "NextToken": "n"},
            "<QueueUrl>a</QueueUrl><NextToken>n</NextToken>",
        ),
        ("Action=ListQueueTags&QueueUrl=q", {"Tags": {"a": "b"}}, "<Tag><Key>a</Key><Value>b</Value></Tag>"),
        (
            "Action=GetQueueAttributes&QueueUrl=q",
            {"Attributes": {"DelaySeconds": "0"}},
            "<Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>",
        ),
        (
            "Action=SendMessageBatch&QueueUrl=q",
            {"Successful": [{"Id": "1"}], "Failed": [{"Id": "2", "SenderFault": True, "Code": "C"}]},
            "<SendMessageBatchResultEntry><Id>1</Id></SendMessageBatchResultEntry>"
            "<BatchResultErrorEntry><Id>2</Id><SenderFault>true</SenderFault><Code>C</Code></BatchResultErrorEntry>",
        ),
        (
            "Action=ListMessageMoveTasks&SourceArn=a",
            {"Results": [{"Status": "RUNNING", "StartedTimestamp": 1442428276921}]},
            "<ListMessageMoveTasksResultEntry><Status>RUNNING</Status><StartedTimestamp>1442428276921</StartedTimestamp>"
            "</ListMessageMoveTasksResultEntry>",
        ),
    ],
)
def test_elements_of_sqs_are_named_after_their_shapes(form: str, result: dict[str, Any], inside: str) -> None:
    assert f"Result>{inside}</" in answer(form, result)


def test_an_empty_sqs_result_is_an_empty_element() -> None:
    assert answer("Action=ReceiveMessage&QueueUrl=q", {"Messages": []}) == (
        f'<ReceiveMessageResponse xmlns="{SQS}"><ReceiveMessageResult/>{METADATA}</ReceiveMessageResponse>'
    )


def test_an_operation_without_output_has_no_result() -> None:
    assert answer("Action=DeleteQueue&QueueUrl=q", {}) == (
        f'<DeleteQueueResponse xmlns="{SQS}">{METADATA}</DeleteQueueResponse>'
    )
    assert answer("Action=DeleteTopic&TopicArn=t", {}) == (
        f'<DeleteTopicResponse xmlns="{SNS}">{METADATA}</DeleteTopicResponse>'
    )


def test_an_sns_operation_with_an_empty_output_has_an_empty_result() -> None:
    assert answer("Action=UntagResource&ResourceArn=r&TagKeys.member.1=a", {}) == (
        f'<UntagResourceResponse xmlns="{SNS}"><UntagResourceResult/>{METADATA}</UntagResourceResponse>'
    )


def test_an_sns_answer_wraps_lists_and_maps() -> None:
    endpoint = {"EndpointArn": "e", "Attributes": {"Enabled": "true"}}
    assert (
        "<Endpoints><member><EndpointArn>e</EndpointArn><Attributes><entry><key>Enabled</key><value>true</value></entry>"
        "</Attributes></member></Endpoints>"
    ) in answer("Action=ListEndpointsByPlatformApplication&PlatformApplicationArn=p", {"Endpoints": [endpoint]})


def test_empty_lists_and_maps_of_sns_are_empty_elements() -> None:
    assert "<ListTopicsResult><Topics/></ListTopicsResult>" in answer("Action=ListTopics", {"Topics": []})
    assert "<Attributes/>" in answer("Action=GetTopicAttributes&TopicArn=t", {"Attributes": {}})


def test_timestamps_are_iso_8601() -> None:
    result = {"PhoneNumbers": [{"CreatedAt": 1335920046.655}]}
    assert "<CreatedAt>2012-05-02T00:54:06.655Z</CreatedAt>" in answer("Action=ListOriginationNumbers", result)


TEXT = "\r\n\t \r <a href='x'>&amp;</a> ]]> \"q\" ü 😀 \ue000 \ufffd \x85\u2028 "


def test_text_survives_an_xml_parser() -> None:
    document = answer("Action=ReceiveMessage&QueueUrl=q", {"Messages": [{"Body": TEXT, "Attributes": {TEXT: TEXT}}]})
    parsed = ET.fromstring(document)
    assert [parsed.findtext(f".//{{{SQS}}}{name}") for name in ("Body", "Name", "Value")] == [TEXT] * 3


def test_text_no_xml_can_hold_is_replaced() -> None:
    document = error_document("sqs", "InvalidMessageContents", "a\x00\x0b\ud800\uffffb\r")
    parsed = ET.fromstring(document)
    assert parsed.findtext(f".//{{{SQS}}}Message") == "a\ufffd\ufffd\ufffd\ufffdb\r"


@pytest.fixture(scope="module")
def native() -> Callable[[str], bool]:
    """The form in C of `find_plain`."""
    is_plain: Callable[[str], bool] = pytest.importorskip("decaf_protocol._query", reason="no leaf in C").is_plain
    return is_plain


@given(st.text(), st.integers(0, 40))
def test_both_forms_find_plain_text(native: Callable[[str], bool], text: str, length: int) -> None:
    for each in (text, "x" * length + text, text + "x" * length):
        assert native(each) is find_plain(each)


def test_both_forms_find_what_is_not_plain(native: Callable[[str], bool]) -> None:
    assert "".join(map(chr, filter(lambda code: not find_plain(chr(code)), range(128)))) == (
        "".join(map(chr, [*range(9), *range(11, 32)])) + "&<>"
    )
    for code in [*range(0x3000), *range(0xD700, 0xE100), 0xFFFF, 0x1F600]:
        assert native(chr(code)) is find_plain(chr(code))
    assert native("")
    assert find_plain("")


def test_the_native_form_keeps_nothing(native: Callable[[str], bool]) -> None:
    def blocks() -> int:
        for text in ["a", "ü", "\ud83d", "<", "x" * 5_000] * 200:
            native(text)
        return sys.getallocatedblocks()

    blocks()
    assert abs(blocks() - blocks()) < 100
    with pytest.raises(TypeError):
        native(b"a")  # type: ignore[arg-type]


def test_an_sqs_error_has_an_empty_detail_and_an_sns_error_none() -> None:
    assert error_document("sqs", "InvalidAttributeName", "Unknown Attribute X.") == (
        f'<ErrorResponse xmlns="{SQS}"><Error><Type>Sender</Type><Code>InvalidAttributeName</Code>'
        "<Message>Unknown Attribute X.</Message><Detail/></Error><RequestId>rid</RequestId></ErrorResponse>"
    )
    assert error_document("sns", "NotFoundException", "Topic does not exist") == (
        f'<ErrorResponse xmlns="{SNS}"><Error><Type>Sender</Type><Code>NotFound</Code>'
        "<Message>Topic does not exist</Message></Error><RequestId>rid</RequestId></ErrorResponse>"
    )


def test_a_missing_queue_is_worded_for_query() -> None:
    message = "The specified queue does not exist."
    assert "<Message>The specified queue does not exist for this wsdl version.</Message>" in error_document(
        "sqs", "QueueDoesNotExist", message
    )
    assert f"<Message>{message}</Message>" in error_document("sns", "NotFoundException", message)


def test_the_request_id_is_in_header_and_body() -> None:
    reply = encode_error(Dialect("sns", Codec.QUERY), AWSError("InternalErrorException", "oops"), "rid")
    assert reply.status == 500
    assert reply.headers == (("Content-Type", "text/xml"), ("x-amzn-RequestId", "rid"))
    assert b"<Type>Receiver</Type>" in reply.body
