"""REST-JSON against botocore's serializer and parser: all operations of Lambda, and of services of other habits.

Decaf has Lambda alone of these; the others show that the codec follows any model.
"""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from decaf_protocol import decode, dialect, encode_error, encode_result, models, operations, rest_json, rest_reply
from decaf_protocol.wire import AWSError, Call, Codec, Dialect, Reply
from tests.conformance.pair import HOST, REQUEST_ID, as_results, as_sent, parsed, presigned, serialized, signed
from tests.conformance.rest_strategies import errors, rest_inputs, rest_outputs, without_events
from tests.conformance.strategies import few_examples, operation_names, service_model, xml_text
from tests.conformance.test_pair_errors import Body

LAMBDA = Dialect("lambda", Codec.REST_JSON)
OTHERS = ("scheduler", "iot-data", "appconfigdata", "lex-runtime", "polly", "schemas")
OPERATIONS = [(service, operation) for service in OTHERS for operation in without_events(service)]


@cache
def model(service: str) -> models.Service:
    return models.read_model(service, Loader().load_service_model(service, "service-2"))


def test_the_operations_are_those_of_the_model() -> None:
    assert sorted(operations("lambda")) == operation_names("lambda")


@pytest.mark.parametrize("operation", operation_names("lambda"))
@few_examples(8)
@given(data=st.data())
def test_lambdas_requests(operation: str, data: st.DataObject) -> None:
    params = data.draw(rest_inputs("lambda", operation))
    params.pop("Runtime", None)
    request = as_sent(signed(serialized("lambda", operation, params), "123456789012", "lambda", "eu-west-1"))
    expected = Call(LAMBDA, operation, as_results(params), "123456789012", "eu-west-1", HOST, None)
    assert dialect(request) == LAMBDA
    assert decode(request) == expected


@pytest.mark.parametrize("operation", without_events("lambda"))
@few_examples(8)
@given(data=st.data())
def test_lambdas_results(operation: str, data: st.DataObject) -> None:
    result = data.draw(rest_outputs("lambda", operation))
    reply = encode_result(Call(LAMBDA, operation, {}, "000000000000", None, HOST, None), as_results(result), REQUEST_ID)
    read, metadata = as_read("lambda", operation, reply)
    statuses = [value for name, value in result.items() if name in ("Status", "StatusCode") and isinstance(value, int)]
    usual = service_model("lambda").operation_model(operation).http["responseCode"]
    assert metadata["RequestId"] == REQUEST_ID
    assert metadata["HTTPStatusCode"] == (statuses or [usual])[0]
    assert read == as_results(result)


def as_read(service: str, operation: str, reply: Reply) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result that botocore reads, and what it says of the response. A client has a stream for a body of bytes."""
    output = service_model(service).operation_model(operation).output_shape
    payload = output and output.serialization.get("payload")
    if payload is None or output.members[payload].type_name != "blob":
        read = parsed(service, operation, reply)
    else:
        read = parsed(service, operation, replace(reply, body=BytesIO(reply.body)))
        read[payload] = read[payload].read()
    metadata = read.pop("ResponseMetadata")
    return as_results(read), metadata


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
@few_examples(5)
@given(data=st.data())
def test_requests_of_any_model(service: str, operation: str, data: st.DataObject) -> None:
    params = data.draw(rest_inputs(service, operation))
    request = as_sent(serialized(service, operation, params))
    found = rest_json.find(model(service), request)
    assert found is not None
    assert found[0].name == operation
    assert rest_json.read(model(service), *found) == as_results(params)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
@few_examples(5)
@given(data=st.data())
def test_results_of_any_model(service: str, operation: str, data: st.DataObject) -> None:
    result = data.draw(rest_outputs(service, operation))
    written = as_results(result)
    reply = rest_reply.result_reply(model(service), model(service).operations[operation], written, REQUEST_ID)
    read, _ = as_read(service, operation, reply)
    assert {name: value for name, value in read.items() if name.lower() != "contenttype" or name in written} == written


def test_a_presigned_call_is_lambdas() -> None:
    request = as_sent(presigned(serialized("lambda", "ListFunctions", {}), "123456789012", "lambda", "eu-west-1"))
    assert decode(request) == Call(LAMBDA, "ListFunctions", {}, "123456789012", "eu-west-1", HOST, None)


ERRORS = [
    (service, name.name)
    for service in ("lambda", "scheduler", "iot-data")
    for name in service_model(service).error_shapes
]


@pytest.mark.parametrize(("service", "name"), ERRORS)
@few_examples(5)
@given(data=st.data(), message=xml_text(least=1))
def test_errors(service: str, name: str, data: st.DataObject, message: str) -> None:
    details = data.draw(errors(service, name))
    reply = rest_reply.error_reply(model(service), AWSError(name, message, **details), REQUEST_ID)
    shape = service_model(service).shape_for(name)
    operation = operation_names(service)[0]
    read = parsed(service, operation, reply)
    assert read["Error"]["Code"] == name
    assert read["Error"]["Message"] == message
    assert read["ResponseMetadata"]["HTTPStatusCode"] == shape.metadata.get("error", {}).get("httpStatusCode", 400)
    sent = {**json.loads(reply.body), **dict(reply.headers)}
    for member, value in details.items():
        assert sent[shape.members[member].serialization.get("name", member)] == value


def test_a_lambda_client_raises_the_exception_of_its_name() -> None:
    session = Session()
    session.set_credentials("123456789012", "secret")
    client = session.create_client("lambda", "eu-west-1", config=Config(retries={"max_attempts": 0}))
    client.meta.events.register("before-send", _answer)
    with pytest.raises(client.exceptions.ResourceNotFoundException) as raised:
        client.get_function(FunctionName="brew")
    assert isinstance(raised.value, ClientError)
    assert raised.value.response["Type"] == "User"
    assert raised.value.response["Error"]["Message"] == "no brew"


def _answer(request: Any, **_: Any) -> Any:
    reply = encode_error(LAMBDA, AWSError("ResourceNotFoundException", "no brew"), REQUEST_ID)
    return AWSResponse(request.url, reply.status, dict(reply.headers), Body(reply.body))
