"""Replies of the Query protocol written out by hand, as AWS's documentation and recorded answers spell them.

Rule: XML is compared as canonical XML: every element, text and namespace counts, the way of quoting does not.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import canonicalize

from decaf_protocol import encode_error, encode_result
from decaf_protocol.wire import AWSError, Call, Codec, Dialect, Reply
from tests.conformance.pair import HOST, REQUEST_ID


def answer(operation: str, result: dict[str, Any], codec: Codec = Codec.QUERY) -> Reply:
    call = Call(Dialect("sqs", codec), operation, {}, "123456789012", None, HOST, None)
    return encode_result(call, result, REQUEST_ID)


RECEIVED = {
    "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274",
    "ReceiptHandle": "AQEB+/x==",
    "MD5OfBody": "fafb00f5732ab283681e124bf8747ed1",
    "Body": "This is a test message",
    "Attributes": {"SenderId": "195004372649", "SentTimestamp": "1238099229000"},
    "MD5OfMessageAttributes": "b8e89563a83b6381835710c1e088e74f",
    "MessageAttributes": {"PostalCode": {"StringValue": "ABC123", "DataType": "String"}},
}


class TestReplies:
    def test_received_messages(self) -> None:
        second = {"MessageId": "2", "Body": "<a href='x'>\r\n & ]]> \"q\"</a> "}
        reply = answer("ReceiveMessage", {"Messages": [RECEIVED, second]})
        assert canonicalize(reply.body.decode()) == (
            '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
            "<ReceiveMessageResult>"
            "<Message>"
            "<MessageId>5fea7756-0ea4-451a-a703-a558b933e274</MessageId>"
            "<ReceiptHandle>AQEB+/x==</ReceiptHandle>"
            "<MD5OfBody>fafb00f5732ab283681e124bf8747ed1</MD5OfBody>"
            "<Body>This is a test message</Body>"
            "<Attribute><Name>SenderId</Name><Value>195004372649</Value></Attribute>"
            "<Attribute><Name>SentTimestamp</Name><Value>1238099229000</Value></Attribute>"
            "<MD5OfMessageAttributes>b8e89563a83b6381835710c1e088e74f</MD5OfMessageAttributes>"
            "<MessageAttribute><Name>PostalCode</Name>"
            "<Value><StringValue>ABC123</StringValue><DataType>String</DataType></Value></MessageAttribute>"
            "</Message>"
            "<Message><MessageId>2</MessageId>"
            "<Body>&lt;a href='x'&gt;&#xD;\n &amp; ]]&gt; \"q\"&lt;/a&gt; </Body></Message>"
            "</ReceiveMessageResult>"
            f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
            "</ReceiveMessageResponse>"
        )
        assert dict(reply.headers) == {"x-amzn-RequestId": REQUEST_ID, "Content-Type": "text/xml"}

    def test_nothing_received(self) -> None:
        assert canonicalize(answer("ReceiveMessage", {}).body.decode()) == (
            '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
            "<ReceiveMessageResult></ReceiveMessageResult>"
            f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
            "</ReceiveMessageResponse>"
        )

    def test_an_operation_without_a_result(self) -> None:
        assert canonicalize(answer("DeleteMessage", {}).body.decode()) == (
            '<DeleteMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
            f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
            "</DeleteMessageResponse>"
        )

    def test_a_batch_partly_failed(self) -> None:
        failed = {"Id": "b", "SenderFault": True, "Code": "InvalidParameterValue", "Message": "no"}
        result = {"Successful": [{"Id": "a", "MessageId": "1", "MD5OfMessageBody": "f"}], "Failed": [failed]}
        assert (
            "<SendMessageBatchResult>"
            "<SendMessageBatchResultEntry><Id>a</Id><MessageId>1</MessageId><MD5OfMessageBody>f</MD5OfMessageBody>"
            "</SendMessageBatchResultEntry>"
            "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>InvalidParameterValue</Code>"
            "<Message>no</Message></BatchResultErrorEntry>"
            "</SendMessageBatchResult>"
        ) in canonicalize(answer("SendMessageBatch", result).body.decode())

    def test_an_error(self) -> None:
        error = AWSError("QueueDoesNotExist", "The specified queue does not exist.")
        reply = encode_error(Dialect("sqs", Codec.QUERY), error, REQUEST_ID)
        assert (reply.status, canonicalize(reply.body.decode())) == (
            400,
            '<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
            "<Error>"
            "<Type>Sender</Type>"
            "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
            "<Message>The specified queue does not exist for this wsdl version.</Message>"
            "<Detail></Detail>"
            "</Error>"
            f"<RequestId>{REQUEST_ID}</RequestId>"
            "</ErrorResponse>",
        )

    def test_an_sns_error_has_no_detail(self) -> None:
        error = AWSError("NotFoundException", "Topic does not exist")
        reply = encode_error(Dialect("sns", Codec.QUERY), error, REQUEST_ID)
        assert (reply.status, canonicalize(reply.body.decode())) == (
            404,
            '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
            "<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error>"
            f"<RequestId>{REQUEST_ID}</RequestId>"
            "</ErrorResponse>",
        )


class TestQueryAnsweredInJson:
    """A Query request with `Accept: application/json`."""

    def test_received_messages(self) -> None:
        reply = answer("ReceiveMessage", {"Messages": [RECEIVED]}, Codec.QUERY_AS_JSON)
        response = json.loads(reply.body)["ReceiveMessageResponse"]
        assert response["ResponseMetadata"] == {"RequestId": REQUEST_ID}
        (message,) = response["ReceiveMessageResult"]["messages"]
        assert message["Body"] == "This is a test message"
        assert message["Attributes"] == [
            {"Name": "SenderId", "Value": "195004372649"},
            {"Name": "SentTimestamp", "Value": "1238099229000"},
        ]
        assert dict(reply.headers)["Content-Type"] == "application/json"

    def test_an_error(self) -> None:
        error = AWSError("QueueDoesNotExist", "The specified queue does not exist.")
        reply = encode_error(Dialect("sqs", Codec.QUERY_AS_JSON), error, REQUEST_ID)
        told = json.loads(reply.body)
        assert reply.status == 400
        assert told["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
        assert told["Error"]["Type"] == "Sender"
        assert told["RequestId"] == REQUEST_ID
