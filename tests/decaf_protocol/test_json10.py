"""AWS JSON 1.0: which bodies are accepted, and how results and errors are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol import AWSError, Codec, Dialect, decode, dumps, encode_error, encode_result, operations
from decaf_protocol.models import service
from tests.decaf_protocol.requests import json_request, post, refusal, refused, signed
from tests.decaf_protocol.values import of_shape


def params(operation: str, body: str) -> dict[str, Any]:
    return decode(json_request(operation, body.encode())).params


def answer(operation: str, result: dict[str, Any]) -> bytes:
    return encode_result(
        decode(json_request(operation, b'{"QueueUrl":"q","MessageBody":"b","QueueName":"n"}')), result, "id"
    ).body


def test_members_keep_their_names_and_types() -> None:
    body = """{"QueueUrl": "q", "MessageBody": "hi", "DelaySeconds": 5, "MessageAttributes":
               {"a": {"DataType": "Binary", "BinaryValue": "AAH/"}}}"""
    assert params("SendMessage", body) == {
        "QueueUrl": "q",
        "MessageBody": "hi",
        "DelaySeconds": 5,
        "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xff"}},
    }


def test_null_is_absent_and_unknown_members_are_ignored() -> None:
    body = '{"QueueNamePrefix": null, "Colour": [1, {"a": null}]}'
    assert params("ListQueues", body) == {}


@given(st.data())
def test_what_is_sent_is_read_the_same_beside_nulls(data: st.DataObject) -> None:
    """Without a null, a body of the right types is decoded at once."""
    operation = data.draw(st.sampled_from(operations("sqs")))
    shape = service("sqs").operations[operation].input
    sent = data.draw(of_shape(shape))
    nulls = dict.fromkeys(shape.members)
    assert params(operation, dumps(sent).decode()) == params(operation, dumps(nulls | sent).decode()) == sent


def test_an_empty_body_is_an_empty_object() -> None:
    assert params("ListQueues", "") == {}


def test_attribute_names_are_for_the_operation_to_judge() -> None:
    assert params("GetQueueAttributes", '{"QueueUrl":"q","AttributeNames":["Colour"]}')["AttributeNames"] == ["Colour"]
    assert params("CreateQueue", '{"QueueName":"q","Attributes":{"Colour":"x"}}')["Attributes"] == {"Colour": "x"}


@pytest.mark.parametrize("entries", ['"Entries": [],', '"Entries": null,', ""])
def test_a_batch_without_entries_reaches_the_operation(entries: str) -> None:
    assert params("SendMessageBatch", f'{{{entries} "QueueUrl": "q"}}') == {"QueueUrl": "q", "Entries": []}


def test_an_attribute_without_a_data_type_reaches_the_operation() -> None:
    body = '{"QueueUrl":"q","MessageBody":"b","MessageAttributes":{"a":{"StringValue":"v"}}}'
    assert params("SendMessage", body)["MessageAttributes"] == {"a": {"StringValue": "v"}}


@pytest.mark.parametrize(
    ("operation", "body", "missed"),
    [
        ("SendMessage", '{"QueueUrl": "q"}', "MessageBody"),
        ("SetQueueAttributes", '{"QueueUrl": "q"}', "Attributes"),
        ("DeleteMessage", '{"QueueUrl": "q", "ReceiptHandle": null}', "MessageHandle"),
        (
            "DeleteMessageBatch",
            '{"QueueUrl": "q", "Entries": [{"ReceiptHandle": "h"}]}',
            "DeleteMessageBatchRequestEntry.1.Id",
        ),
    ],
)
def test_a_missing_parameter_is_named(operation: str, body: str, missed: str) -> None:
    error = refusal(json_request(operation, body.encode()))
    assert error.shape == "MissingRequiredParameterException"
    assert error.message == f"The request must contain the parameter {missed}."


@pytest.mark.parametrize("body", ["{}", '{"QueueUrl": null}', ""])
def test_a_call_without_a_queue_url_is_for_a_queue_that_does_not_exist(body: str) -> None:
    """Recorded answers, 2026-10."""
    for operation in ("SendMessage", "ReceiveMessage", "DeleteMessageBatch", "GetQueueAttributes", "DeleteQueue"):
        error = refusal(json_request(operation, body.encode()))
        assert (error.shape, error.message) == ("QueueDoesNotExist", "The specified queue does not exist.")


@pytest.mark.parametrize("operation", ["CreateQueue", "GetQueueUrl"])
def test_a_call_without_a_queue_name_has_an_invalid_value(operation: str) -> None:
    """Recorded answers, 2026-10, for the code; the text as public tests of answers have it."""
    for request in (json_request(operation, b"{}"), post({"Action": operation}, authorization=signed("sqs"))):
        error = refusal(request)
        assert error.shape == "InvalidParameterValueException"
        assert error.message == "Value for parameter QueueName is invalid. Reason: Must specify a queue name."


@pytest.mark.parametrize("body", [b"{]", b"{", b"[]", b'"text"', b"null", b'{"QueueUrl": 1}', b'{"QueueUrl": "\xff"}'])
def test_a_body_that_cannot_be_read_is_malformed_input(body: bytes) -> None:
    """Recorded answers, 2026-10: two names for one error, one of them for clients of the Query generation."""
    reply = refused(json_request("SendMessage", body))
    assert reply.status == 400
    assert dict(reply.headers)["x-amzn-query-error"] == "MalformedInput;Sender"
    assert json.loads(reply.body)["__type"] == "com.amazon.coral.service#SerializationException"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"5"', "STRING_VALUE can not be converted to an Integer"),
        ("5.5", "NUMBER_VALUE can not be converted to an Integer"),
        ("2147483648", "NUMBER_VALUE can not be converted to an Integer"),
        ("true", "TRUE_VALUE can not be converted to an Integer"),
        ("[5]", "Start of list found where not expected"),
        ("{}", "Start of structure or map found where not expected"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(value: str, text: str) -> None:
    body = f'{{"QueueUrl": "q", "MessageBody": "b", "DelaySeconds": {value}}}'
    error = refusal(json_request("SendMessage", body.encode()))
    assert (error.shape, error.message) == ("SerializationException", text)


@pytest.mark.parametrize(
    "member",
    [
        '"MessageBody": 7',
        '"MessageAttributes": []',
        '"MessageAttributes": {"a": "b"}',
        '"MessageAttributes": {"a": {"BinaryValue": "not base64"}}',
        '"MessageAttributes": {"a": {"BinaryValue": 1}}',
        '"MessageAttributes": {"a": {"StringListValues": "b"}}',
        '"MessageAttributes": {"a": {"StringListValues": [null]}}',
    ],
)
def test_every_kind_of_shape_checks_its_type(member: str) -> None:
    assert (
        refusal(json_request("SendMessage", f'{{"QueueUrl": "q", {member}}}'.encode())).shape
        == "SerializationException"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b'{"MaxResults": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a": ' * 100_000,
        '{"QueueNamePrefix": "a"}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_object_in_utf8_is_refused(body: bytes) -> None:
    assert refusal(json_request("ListQueues", body)).shape == "SerializationException"


def test_results_are_compact_json_in_utf8() -> None:
    assert answer("SendMessage", {"MessageId": "ü😀\r"}) == '{"MessageId":"ü😀\\r"}'.encode()


def test_blobs_are_base64() -> None:
    message = {"MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}}
    assert json.loads(answer("ReceiveMessage", {"Messages": [message]})) == {
        "Messages": [{"MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "AP8="}}}]
    }


def test_empty_lists_and_maps_are_left_out() -> None:
    assert answer("ReceiveMessage", {"Messages": []}) == b"{}"
    assert answer("ReceiveMessage", {"Messages": [{"Body": "", "Attributes": {}}]}) == b'{"Messages":[{"Body":""}]}'
    assert answer("ListQueues", {"QueueUrls": []}) == b"{}"
    assert answer("ListQueueTags", {"Tags": {}}) == b"{}"
    assert answer("SendMessageBatch", {"Successful": [{"Id": "1"}], "Failed": []}) == b'{"Successful":[{"Id":"1"}]}'


def test_an_operation_without_output_has_an_empty_body() -> None:
    reply = encode_result(decode(json_request("PurgeQueue", b'{"QueueUrl":"q"}')), {}, "id")
    assert (reply.status, reply.body) == (200, b"")
    assert ("x-amzn-RequestId", "id") in reply.headers


def test_a_lone_surrogate_goes_out_as_its_escape() -> None:
    assert answer("SendMessage", {"MessageId": "a\ud800"}) == b'{"MessageId":"a\\ud800"}'


def test_a_lone_surrogate_beside_a_blob_leaves_that_in_base64() -> None:
    values = {"a": {"BinaryValue": b"\xff", "DataType": "Binary"}, "b": {"StringValue": "\ud800", "DataType": "String"}}
    received = json.loads(answer("ReceiveMessage", {"Messages": [{"MessageAttributes": values}]}))
    assert received["Messages"][0]["MessageAttributes"]["a"]["BinaryValue"] == "/w=="


def test_a_modelled_error_names_its_service_and_its_query_code() -> None:
    error = AWSError("QueueDoesNotExist", "The specified queue does not exist.")
    reply = encode_error(Dialect("sqs", Codec.JSON), error, "id")
    assert reply.status == 400
    assert ("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender") in reply.headers
    assert json.loads(reply.body) == {
        "__type": "com.amazonaws.sqs#QueueDoesNotExist",
        "message": "The specified queue does not exist.",
    }


def test_a_common_error_names_the_framework() -> None:
    reply = encode_error(Dialect("sqs", Codec.JSON), AWSError("InvalidParameterValueException", "no"), "id")
    assert ("x-amzn-query-error", "InvalidParameterValue;Sender") in reply.headers
    assert json.loads(reply.body)["__type"] == "com.amazon.coral.service#InvalidParameterValueException"


def test_an_error_of_ours_is_the_receivers() -> None:
    reply = encode_error(Dialect("sqs", Codec.JSON), AWSError("InternalFailure", "oops"), "id")
    assert reply.status == 500
    assert ("x-amzn-query-error", "InternalFailure;Receiver") in reply.headers
