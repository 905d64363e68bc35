"""Requests of the Query protocol written out by hand, as AWS's documentation spells them.

Rule: one exchange, one test, both sides in plain sight: the form as it crosses the wire, what it means.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest

from decaf_protocol import decode, dialect, encode_error
from decaf_protocol.wire import AWSError, Codec, Dialect, Request
from tests.conformance.pair import HOST, REQUEST_ID

QUEUE = f"http://{HOST}/123456789012/orders"
FORM = "application/x-www-form-urlencoded"


def get(target: str, **headers: str) -> Request:
    return Request("GET", target, {"host": HOST} | headers, b"")


def post(*pairs: str, target: str = "/", **headers: str) -> Request:
    return Request("POST", target, {"host": HOST, "content-type": FORM} | headers, "&".join(pairs).encode())


def read(request: Request) -> tuple[str, dict[str, Any]]:
    call = decode(request)
    return call.operation, call.params


def refusal(request: Request) -> tuple[int, str, str]:
    """Status, code and message of the error answer to a Query request."""
    with pytest.raises(AWSError) as raised:
        decode(request)
    reply = encode_error(dialect(request), raised.value, REQUEST_ID)
    text = reply.body.decode()
    code, message = (text.split(f"<{name}>")[1].split(f"</{name}>")[0] for name in ("Code", "Message"))
    return reply.status, code, message


class TestRequests:
    def test_a_message_with_attributes(self) -> None:
        request = post(
            "Action=SendMessage",
            "QueueUrl=http%3A%2F%2F127.0.0.1%3A4566%2F123456789012%2Forders",
            "MessageBody=two+flat+whites%0D%0Aand+a+100%25+oat+%E2%98%95",
            "DelaySeconds=45",
            "MessageAttribute.1.Name=size",
            "MessageAttribute.1.Value.DataType=Number.ml",
            "MessageAttribute.1.Value.StringValue=240",
            "MessageAttribute.2.Name=art",
            "MessageAttribute.2.Value.DataType=Binary",
            "MessageAttribute.2.Value.BinaryValue=AP%2F%2B",
            "MessageSystemAttribute.1.Name=AWSTraceHeader",
            "MessageSystemAttribute.1.Value.DataType=String",
            "MessageSystemAttribute.1.Value.StringValue=Root%3D1-5759e988-bd862e3fe1be46a994272793",
            "Version=2012-11-05",
            "Expires=2030-05-05T22%3A52%3A43PST",
        )
        trace = "Root=1-5759e988-bd862e3fe1be46a994272793"
        assert read(request) == (
            "SendMessage",
            {
                "QueueUrl": QUEUE,
                "MessageBody": "two flat whites\r\nand a 100% oat ☕",
                "DelaySeconds": 45,
                "MessageAttributes": {
                    "size": {"DataType": "Number.ml", "StringValue": "240"},
                    "art": {"DataType": "Binary", "BinaryValue": b"\x00\xff\xfe"},
                },
                "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}},
            },
        )

    def test_a_batch_with_attributes_in_its_entries(self) -> None:
        request = post(
            "Action=SendMessageBatch",
            f"QueueUrl={QUEUE}",
            "SendMessageBatchRequestEntry.1.Id=a",
            "SendMessageBatchRequestEntry.1.MessageBody=first",
            "SendMessageBatchRequestEntry.2.Id=b",
            "SendMessageBatchRequestEntry.2.MessageBody=second",
            "SendMessageBatchRequestEntry.2.DelaySeconds=0",
            "SendMessageBatchRequestEntry.2.MessageGroupId=g",
            "SendMessageBatchRequestEntry.2.MessageDeduplicationId=d",
            "SendMessageBatchRequestEntry.2.MessageAttribute.1.Name=n",
            "SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.StringValue=v",
            "SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType=String",
            "SendMessageBatchRequestEntry.2.MessageAttribute.2.Name=m",
            "SendMessageBatchRequestEntry.2.MessageAttribute.2.Value.StringValue=1",
            "SendMessageBatchRequestEntry.2.MessageAttribute.2.Value.DataType=Number",
        )
        assert read(request) == (
            "SendMessageBatch",
            {
                "QueueUrl": QUEUE,
                "Entries": [
                    {"Id": "a", "MessageBody": "first"},
                    {
                        "Id": "b",
                        "MessageBody": "second",
                        "DelaySeconds": 0,
                        "MessageGroupId": "g",
                        "MessageDeduplicationId": "d",
                        "MessageAttributes": {
                            "n": {"StringValue": "v", "DataType": "String"},
                            "m": {"StringValue": "1", "DataType": "Number"},
                        },
                    },
                ],
            },
        )

    def test_the_other_batches(self) -> None:
        deleting = post(
            "Action=DeleteMessageBatch",
            f"QueueUrl={QUEUE}",
            "DeleteMessageBatchRequestEntry.1.Id=a",
            "DeleteMessageBatchRequestEntry.1.ReceiptHandle=AQEB%2B%3D%3D",
        )
        assert read(deleting)[1]["Entries"] == [{"Id": "a", "ReceiptHandle": "AQEB+=="}]
        changing = post(
            "Action=ChangeMessageVisibilityBatch",
            f"QueueUrl={QUEUE}",
            "ChangeMessageVisibilityBatchRequestEntry.1.Id=a",
            "ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=h",
            "ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=45",
        )
        assert read(changing)[1]["Entries"] == [{"Id": "a", "ReceiptHandle": "h", "VisibilityTimeout": 45}]

    def test_the_attributes_and_tags_of_a_new_queue(self) -> None:
        request = post(
            "Action=CreateQueue",
            "QueueName=orders",
            "Attribute.1.Name=VisibilityTimeout",
            "Attribute.1.Value=40",
            "Attribute.2.Name=DelaySeconds",
            "Attribute.2.Value=5",
            "Tag.1.Key=QueueType",
            "Tag.1.Value=Production",
            "Tag.2.Key=empty",
            "Tag.2.Value=",
        )
        assert read(request) == (
            "CreateQueue",
            {
                "QueueName": "orders",
                "Attributes": {"VisibilityTimeout": "40", "DelaySeconds": "5"},
                "tags": {"QueueType": "Production", "empty": ""},
            },
        )

    def test_tags(self) -> None:
        tagging = post("Action=TagQueue", f"QueueUrl={QUEUE}", "Tag.1.Key=k", "Tag.1.Value=v")
        assert read(tagging)[1]["Tags"] == {"k": "v"}
        untagging = post("Action=UntagQueue", f"QueueUrl={QUEUE}", "TagKey.1=k", "TagKey.2=l")
        assert read(untagging)[1]["TagKeys"] == ["k", "l"]

    def test_a_single_attribute_needs_no_number(self) -> None:
        request = post(
            "Action=SetQueueAttributes",
            f"QueueUrl={QUEUE}",
            "Attribute.Name=VisibilityTimeout",
            "Attribute.Value=35",
        )
        assert read(request)[1]["Attributes"] == {"VisibilityTimeout": "35"}

    def test_system_attributes_are_requested_as_attribute_names(self) -> None:
        request = post(
            "Action=ReceiveMessage",
            f"QueueUrl={QUEUE}",
            "MaxNumberOfMessages=5",
            "VisibilityTimeout=15",
            "WaitTimeSeconds=0",
            "AttributeName.1=SenderId",
            "AttributeName.2=SentTimestamp",
            "MessageAttributeName.1=size",
            "MessageAttributeName.2=bar.*",
        )
        assert read(request) == (
            "ReceiveMessage",
            {
                "QueueUrl": QUEUE,
                "MaxNumberOfMessages": 5,
                "VisibilityTimeout": 15,
                "WaitTimeSeconds": 0,
                "AttributeNames": ["SenderId", "SentTimestamp"],
                "MessageAttributeNames": ["size", "bar.*"],
            },
        )

    def test_a_single_attribute_name_needs_no_number(self) -> None:
        request = post("Action=GetQueueAttributes", f"QueueUrl={QUEUE}", "AttributeName=All")
        assert read(request)[1]["AttributeNames"] == ["All"]

    def test_the_numbers_decide_the_order_not_the_position_in_the_form(self) -> None:
        accounts = [f"{number:012}" for number in range(1, 12)]
        pairs = [f"AWSAccountId.{number}={account}" for number, account in enumerate(accounts, 1)]
        request = post(
            "Action=AddPermission",
            f"QueueUrl={QUEUE}",
            "Label=l",
            *reversed(pairs),
            "ActionName.1=SendMessage",
        )
        assert read(request)[1] == {
            "QueueUrl": QUEUE,
            "Label": "l",
            "AWSAccountIds": accounts,
            "Actions": ["SendMessage"],
        }

    @pytest.mark.parametrize("text", ["", "one", "1.0", "1e1", "0x1", "1_0", "%201", "1%20", "%D9%A3", "2147483648"])
    def test_what_is_no_integer(self, text: str) -> None:
        with pytest.raises(AWSError):
            decode(post("Action=ReceiveMessage", f"QueueUrl={QUEUE}", f"MaxNumberOfMessages={text}"))

    @pytest.mark.parametrize("text", ["%25", "AA", "A%3D%3D%3D", "%C3%A9", "AA==%0A", "A-_A"])
    def test_what_is_no_base64(self, text: str) -> None:
        with pytest.raises(AWSError):
            decode(
                post(
                    "Action=SendMessage",
                    f"QueueUrl={QUEUE}",
                    "MessageBody=b",
                    "MessageAttribute.1.Name=a",
                    "MessageAttribute.1.Value.DataType=Binary",
                    f"MessageAttribute.1.Value.BinaryValue={text}",
                )
            )


class TestWhereTheQueueIsNamed:
    @pytest.mark.parametrize("target", ["/123456789012/orders", "/123456789012/orders/"])
    def test_the_path_names_the_queue(self, target: str) -> None:
        operation, params = read(post("Action=SendMessage", "MessageBody=hello", target=target))
        assert (operation, params["MessageBody"]) == ("SendMessage", "hello")
        assert params["QueueUrl"].rstrip("/").endswith("/123456789012/orders")

    def test_a_queue_url_wins_over_the_path(self) -> None:
        request = post("Action=PurgeQueue", f"QueueUrl={QUEUE}", target="/123456789012/returns")
        assert read(request) == ("PurgeQueue", {"QueueUrl": QUEUE})

    def test_a_get_on_the_queue(self) -> None:
        request = get("/123456789012/orders/?Action=SendMessage&MessageBody=a+%2B%20b&Version=2012-11-05")
        assert read(request)[1]["MessageBody"] == "a + b"

    def test_the_json_protocol_works_on_the_queues_path_too(self) -> None:
        headers = {
            "host": HOST,
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": "AmazonSQS.PurgeQueue",
        }
        request = Request("POST", "/123456789012/orders", headers, json.dumps({"QueueUrl": QUEUE}).encode())
        assert read(request) == ("PurgeQueue", {"QueueUrl": QUEUE})

    @pytest.mark.parametrize("operation", ["CreateQueue", "ListQueues"])
    def test_a_queue_has_no_operations_of_the_account(self, operation: str) -> None:
        request = post(f"Action={operation}", "QueueName=orders", target="/123456789012/orders")
        message = f"The action {operation} is not valid for this endpoint."
        assert refusal(request) == (400, "InvalidAction", message)


class TestWhoAndWhere:
    @pytest.mark.parametrize(
        ("host", "region"),
        [
            ("sqs.eu-west-3.amazonaws.com", "eu-west-3"),
            ("eu-west-3.queue.amazonaws.com", "eu-west-3"),
            ("sqs.eu-west-3.api.aws", "eu-west-3"),
            ("sqs.eu-west-3.localhost:4566", "eu-west-3"),
            ("localhost:4566", None),
        ],
    )
    def test_the_host_names_the_region_of_an_unsigned_call(self, host: str, region: str | None) -> None:
        assert decode(post("Action=ListQueues", host=host)).region == region

    def test_the_signature_names_account_and_region(self) -> None:
        authorization = (
            "AWS4-HMAC-SHA256 Credential=210987654321/20260102/ap-south-1/sqs/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, Signature=0123456789abcdef"
        )
        call = decode(post("Action=ListQueues", host="sqs.eu-west-3.amazonaws.com", authorization=authorization))
        assert (call.account, call.region) == ("210987654321", "ap-south-1")


class TestWhatIsMissing:
    def test_a_get_without_an_action(self) -> None:
        request = get("/")
        with pytest.raises(AWSError) as raised:
            decode(request)
        reply = encode_error(dialect(request), raised.value, REQUEST_ID)
        assert (reply.status, canonicalize(reply.body.decode())) == (
            404,
            "<UnknownOperationException></UnknownOperationException>",
        )

    def test_an_unknown_action(self) -> None:
        status, code, _ = refusal(post("Action=MakeCoffee", f"QueueUrl={QUEUE}"))
        assert (status, code) == (400, "InvalidAction")

    @pytest.mark.parametrize("missing", ["QueueUrl", "MessageBody"])
    def test_a_parameter_of_sqs(self, missing: str) -> None:
        pairs = {"QueueUrl": QUEUE, "MessageBody": "hello"}
        given = [f"{name}={value}" for name, value in pairs.items() if name != missing]
        message = f"The request must contain the parameter {missing}."
        assert refusal(post("Action=SendMessage", *given)) == (400, "MissingParameter", message)

    def test_a_parameter_of_sns(self) -> None:
        message = (
            "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: "
            "Member must not be null"
        )
        assert refusal(post("Action=SetSMSAttributes", "Version=2010-03-31")) == (
            400,
            "ValidationError",
            message,
        )


TOPIC = "arn:aws:sns:us-east-1:111111111111:t"


class TestWhatTheModelForbids:
    """SNS's model has lengths, ranges, patterns and enums; a violation is a ValidationError."""

    @pytest.mark.parametrize(
        "pairs",
        [
            pytest.param(("Action=ListOriginationNumbers", "MaxResults=0"), id="less than the minimum"),
            pytest.param(("Action=ListOriginationNumbers", "MaxResults=31"), id="more than the maximum"),
            pytest.param(
                ("Action=TagResource", f"ResourceArn={TOPIC}", "Tags.member.1.Key=", "Tags.member.1.Value=v"),
                id="too short",
            ),
            pytest.param(("Action=ListTagsForResource", f"ResourceArn={TOPIC}{'a' * 1012}"), id="too long"),
            pytest.param(("Action=DeleteSMSSandboxPhoneNumber", "PhoneNumber=0800-REVERSE"), id="no match"),
            pytest.param(("Action=DeleteSMSSandboxPhoneNumber", "PhoneNumber=0800%0A"), id="match and a newline"),
            pytest.param(
                ("Action=CreateSMSSandboxPhoneNumber", "PhoneNumber=0800", "LanguageCode=tlh"),
                id="not in the enum",
            ),
            pytest.param(
                ("Action=UntagResource", f"ResourceArn={TOPIC}", "TagKeys.member.1=k", "TagKeys.member.2="),
                id="in a list",
            ),
        ],
    )
    def test_it_is_refused(self, pairs: tuple[str, ...]) -> None:
        status, code, message = refusal(post(*pairs, "Version=2010-03-31"))
        assert (status, code) == (400, "ValidationError")
        assert message.startswith("1 validation error detected: ")

    def test_all_violations_are_in_one_error(self) -> None:
        number = ("PhoneNumber=0800-REVERSE", "OneTimePassword=1")
        message = refusal(post("Action=VerifySMSSandboxPhoneNumber", *number))[2]
        assert message.startswith("2 validation errors detected: ")


def test_a_client_may_ask_for_json() -> None:
    request = get(f"/?Action=ReceiveMessage&QueueUrl={QUEUE}", accept="application/json")
    assert decode(request).dialect == Dialect("sqs", Codec.QUERY_AS_JSON)
