"""The public functions: any request becomes a call or an error, and each has a response."""

from contextlib import suppress

import pytest

import decaf_protocol
from decaf_protocol import AWSError, Codec, Dialect, Request, decode, dialect, encode_error, encode_result
from tests.decaf_protocol.requests import get, json_request, post, refusal, refused, signed


def test_all_operations_of_both_services_are_there() -> None:
    assert len(decaf_protocol.operations("sqs")) == 23
    assert len(decaf_protocol.operations("sns")) == 42
    assert decaf_protocol.model_versions() == {
        "sqs": "2012-11-05",
        "sns": "2010-03-31",
        "sts": "2011-06-15",
        "lambda": "2015-03-31",
    }


def test_a_call_carries_who_calls_from_where() -> None:
    call = decode(
        json_request(
            "ListQueues",
            authorization=signed("sqs", "ap-southeast-2", "123456789012"),
            host="localhost:4566",
            x_amzn_trace_id="Root=1-5759e988-bd862e3fe1be46a994272793",
        )
    )
    assert (call.account, call.region, call.host) == ("123456789012", "ap-southeast-2", "localhost:4566")
    assert call.trace_header == "Root=1-5759e988-bd862e3fe1be46a994272793"


def test_an_unsigned_call_is_the_default_accounts() -> None:
    call = decode(json_request("ListQueues"))
    assert (call.account, call.region, call.host, call.trace_header) == ("000000000000", None, "", None)


def test_the_host_decides_the_region_of_an_unsigned_call() -> None:
    assert decode(get("/?Action=ListTopics", host="sns.eu-north-1.amazonaws.com")).region == "eu-north-1"


def test_the_scope_of_a_presigned_json_request_is_in_its_url() -> None:
    credential = "111122223333%2F20260101%2Fus-west-2%2Fsqs%2Faws4_request"
    call = decode(json_request("ListQueues", path=f"/?X-Amz-Credential={credential}"))
    assert (call.account, call.region) == ("111122223333", "us-west-2")


@pytest.mark.parametrize("target", ["AmazonSQS.Fetch", "AmazonSNS.Publish", "DynamoDB_20120810.GetItem", ""])
def test_an_unknown_target_is_an_unknown_operation(target: str) -> None:
    reply = refused(json_request("ListQueues", x_amz_target=target))
    assert reply.status == 400
    assert b'"__type":"com.amazon.coral.service#UnknownOperationException"' in reply.body
    assert dict(reply.headers)["x-amzn-query-error"] == "InvalidAction;Sender"  # recorded answers, 2026-10


def test_json_without_a_target_is_an_unknown_operation() -> None:
    request = Request("POST", "/", {"content-type": "application/x-amz-json-1.0"}, b'{"QueueName":"a"}')
    assert refusal(request).shape == "UnknownOperationException"
    assert dialect(request) == Dialect("sqs", Codec.JSON)


def test_an_unknown_action_is_an_invalid_action() -> None:
    error = refusal(post({"Action": "Fetch", "Version": "2012-11-05"}))
    assert error.shape == "InvalidAction"
    assert error.message == "Could not find operation Fetch for version 2012-11-05"
    assert refusal(post({"Action": "Fetch"})).message.endswith("for version NO_VERSION_SPECIFIED")


def test_an_action_of_the_other_service_is_invalid_when_the_scope_names_the_service() -> None:
    assert refusal(post({"Action": "Publish"}, authorization=signed("sqs"))).shape == "InvalidAction"
    assert refusal(post({"Action": "SendMessage"}, authorization=signed("sns"))).shape == "InvalidAction"


def test_a_post_without_action_misses_it() -> None:
    assert b"<Code>MissingAction</Code>" in refused(post("")).body


def test_a_get_without_action_has_a_document_of_its_own() -> None:
    reply = refused(get("/"))
    assert reply.status == 404
    assert reply.body.endswith(b"<UnknownOperationException/>")
    for path in ("/", "/123456789012/orders"):  # whatever Accept says, in recorded answers
        again = refused(get(path, accept="application/json"))
        assert (again.status, again.body, again.headers[0]) == (404, reply.body, reply.headers[0])


def test_the_url_of_any_queue_can_be_asked_for_on_the_path_of_one() -> None:
    call = decode(get("/123456789012/orders?Action=GetQueueUrl&QueueName=other"))
    assert (call.operation, call.params) == ("GetQueueUrl", {"QueueName": "other"})


@pytest.mark.parametrize("action", ["CreateQueue", "ListQueues", "FooBar", "Publish", "StartMessageMoveTask"])
def test_an_action_without_a_queue_is_not_valid_on_a_queues_path(action: str) -> None:
    error = refusal(get(f"/123456789012/orders?Action={action}&QueueName=other", authorization=signed("sqs")))
    assert error.shape == "InvalidAction"
    assert error.message == f"The action {action} is not valid for this endpoint."


def test_a_queues_path_stands_for_its_url_in_both_protocols() -> None:
    assert decode(get("/123456789012/orders?Action=PurgeQueue")).params == {"QueueUrl": "/123456789012/orders"}
    assert decode(json_request("PurgeQueue", b"{}", "/123456789012/orders")).params == {
        "QueueUrl": "/123456789012/orders"
    }


def test_an_explicit_queue_url_wins_over_the_path() -> None:
    assert decode(get("/1/a?Action=PurgeQueue&QueueUrl=b")).params == {"QueueUrl": "b"}
    assert decode(json_request("PurgeQueue", b'{"QueueUrl":"b"}', "/1/a")).params == {"QueueUrl": "b"}


def test_the_path_means_nothing_to_sns() -> None:
    assert decode(get("/some/prefix?Action=ListTopics")).params == {}


def test_a_form_may_come_in_url_and_body_at_once() -> None:
    call = decode(post("QueueName=orders&QueueOwnerAWSAccountId=123456789012", "/?Action=GetQueueUrl"))
    assert call.operation == "GetQueueUrl"
    assert call.params == {"QueueName": "orders", "QueueOwnerAWSAccountId": "123456789012"}


def test_a_form_needs_no_content_type() -> None:
    assert decode(Request("POST", "/", {}, b"Action=ListTopics")).operation == "ListTopics"


def test_the_codec_of_the_answer_is_the_clients() -> None:
    call = decode(post({"Action": "ListQueues"}))
    assert encode_result(call, {}, "id").headers[0] == ("Content-Type", "text/xml")
    call = decode(post({"Action": "ListQueues"}, accept="application/json"))
    assert encode_result(call, {}, "id").headers[0] == ("Content-Type", "application/json")
    call = decode(json_request("ListQueues"))
    assert encode_result(call, {}, "id").headers[0] == ("Content-Type", "application/x-amz-json-1.0")


@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
def test_every_operation_of_the_model_can_be_read(service: str) -> None:
    for operation in decaf_protocol.operations(service):
        with suppress(AWSError):
            call = decode(post({"Action": operation}, authorization=signed(service)))
            assert (call.dialect.service, call.operation) == (service, operation)


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("service", ["sqs", "sns", "sts"])
def test_any_error_can_be_worded_for_any_client(service: str, codec: Codec) -> None:
    reply = encode_error(Dialect(service, codec), AWSError("Unheard.Of", "\ud800 \x00 <&>\r ]]>"), "id")
    assert reply.status == 400
    if codec is not Codec.CBOR:  # which is no text
        reply.body.decode()


def test_bytes_that_are_no_form_in_utf8_are_refused_and_still_have_a_dialect() -> None:
    request = Request("POST", "/?Action=Publish", {"host": "sns.us-east-1.localhost"}, b"Message=\xff")
    assert refusal(request).shape == "MalformedQueryString"
    assert dialect(request) == Dialect("sns", Codec.QUERY)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (
            "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0",
            "Authorization header requires 'Credential' parameter. "
            "Authorization=AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKIA/sqs, SignedHeaders=host, Signature=0",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            "got 'AKIA/sqs'",
        ),
    ],
)
def test_a_signature_whose_scope_cannot_be_read_is_incomplete(header: str, text: str) -> None:
    for request in (
        json_request("ListQueues", authorization=header),
        post({"Action": "ListQueues"}, authorization=header),
        post({"Action": "ListTopics"}, authorization=header),
    ):
        assert refusal(request).message == text
        assert refused(request).status == 400
    assert b"<Code>IncompleteSignature</Code>" in refused(post({"Action": "ListTopics"}, authorization=header)).body
    reply = refused(json_request("ListQueues", authorization=header))
    assert dict(reply.headers)["x-amzn-query-error"] == "IncompleteSignature;Sender"
