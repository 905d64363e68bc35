"""REST-JSON by a model of our own that has each kind of place and value, and by Lambda's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf_protocol import (
    AWSError,
    Codec,
    Dialect,
    Request,
    decode,
    dialect,
    encode_error,
    encode_result,
    models,
    rest_json,
    rest_reply,
)
from decaf_protocol.wire import Call
from tests.decaf_protocol.requests import get, refusal, refused, signed

MODEL = models.read_model(
    "cups",
    {
        "operations": {
            "Fill": {"http": {"method": "PUT", "requestUri": "/cups/{Name}"}, "input": {"shape": "FillInput"}},
            "Ask": {"http": {"method": "GET", "requestUri": "/cups?x=1"}, "input": {"shape": "AskInput"}},
            "Draw": {
                "http": {"method": "POST", "requestUri": "/draw", "responseCode": 201},
                "input": {"shape": "Picture"},
                "output": {"shape": "Drawn"},
            },
            "Nest": {
                "http": {"method": "POST", "requestUri": "/nest"},
                "input": {"shape": "Nested"},
                "output": {"shape": "Nested"},
            },
            "Order": {
                "http": {"method": "POST", "requestUri": "/order"},
                "input": {"shape": "Wrapped"},
                "output": {"shape": "Wrapped"},
            },
            "Read": {"http": {"method": "POST", "requestUri": "/read"}, "input": {"shape": "Text"}},
            "Touch": {"http": {"method": "POST", "requestUri": "/touch"}, "output": {"shape": "Touched"}},
        },
        "shapes": {
            "String": {"type": "string"},
            "Blob": {"type": "blob"},
            "Boolean": {"type": "boolean"},
            "Integer": {"type": "integer"},
            "Long": {"type": "long"},
            "Double": {"type": "double"},
            "Time": {"type": "timestamp"},
            "Any": {"type": "structure", "document": True},
            "Name": {"type": "string", "min": 2, "max": 5, "pattern": "[a-z]+"},
            "Size": {"type": "string", "enum": ["S", "L"]},
            "Sizes": {"type": "list", "member": {"shape": "Size"}, "max": 2},
            "Secret": {"type": "string", "pattern": "[a-z]+", "sensitive": True},
            "Secrets": {"type": "map", "key": {"shape": "Secret"}, "value": {"shape": "String"}},
            "Strings": {"type": "list", "member": {"shape": "String"}},
            "Integers": {"type": "list", "member": {"shape": "Integer"}},
            "Times": {"type": "list", "member": {"shape": "Time"}},
            "Labels": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
            "Lists": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Strings"}},
            "Handle": {"type": "structure", "required": ["Left"], "members": {"Left": {"shape": "Name"}}},
            "Handles": {"type": "list", "member": {"shape": "Handle"}},
            "Either": {
                "type": "structure",
                "union": True,
                "members": {"Tea": {"shape": "String"}, "Milk": {"shape": "Integer"}},
            },
            "FillInput": {
                "type": "structure",
                "required": ["Name", "Level"],
                "members": {
                    "Name": {"shape": "Name", "location": "uri", "locationName": "Name"},
                    "Level": {"shape": "Long"},
                    "At": {"shape": "Time"},
                    "On": {"shape": "Time", "timestampFormat": "iso8601", "locationName": "onDay"},
                    "Warmth": {"shape": "Double"},
                    "Sizes": {"shape": "Sizes"},
                    "Secrets": {"shape": "Secrets"},
                    "Handle": {"shape": "Handle"},
                    "Handles": {"shape": "Handles"},
                    "Either": {"shape": "Either"},
                    "Note": {"shape": "Any"},
                    "Token": {"shape": "String", "idempotencyToken": True},
                    "Raw": {"shape": "Blob"},
                },
            },
            "AskInput": {
                "type": "structure",
                "members": {
                    "Full": {"shape": "Boolean", "location": "querystring", "locationName": "full"},
                    "Since": {"shape": "Time", "location": "querystring", "locationName": "since"},
                    "Ids": {"shape": "Integers", "location": "querystring", "locationName": "id"},
                    "Rest": {"shape": "Lists", "location": "querystring"},
                    "Until": {"shape": "Time", "location": "header", "locationName": "x-until"},
                    "Days": {"shape": "Times", "location": "header", "locationName": "x-days"},
                    "Words": {"shape": "Strings", "location": "header", "locationName": "x-words"},
                    "Json": {"shape": "String", "jsonvalue": True, "location": "header", "locationName": "x-json"},
                    "Meta": {"shape": "Labels", "location": "headers", "locationName": "x-meta-"},
                },
            },
            "Picture": {
                "type": "structure",
                "payload": "Paint",
                "members": {
                    "Paint": {"shape": "Blob", "streaming": True},
                    "Kind": {"shape": "String", "location": "header", "locationName": "Content-Type"},
                },
            },
            "Drawn": {
                "type": "structure",
                "payload": "Paint",
                "members": {
                    "Paint": {"shape": "Blob"},
                    "Status": {"shape": "Integer", "location": "statusCode"},
                    "Days": {"shape": "Times", "location": "header", "locationName": "x-days"},
                    "Words": {"shape": "Strings", "location": "header", "locationName": "x-words"},
                    "Meta": {"shape": "Labels", "location": "headers", "locationName": "x-meta-"},
                },
            },
            "Nested": {
                "type": "structure",
                "members": {
                    "Inner": {"shape": "Nested"},
                    "All": {"shape": "NestedList"},
                    "Text": {"shape": "String"},
                    "Weight": {"shape": "Double"},
                },
            },
            "NestedList": {"type": "list", "member": {"shape": "Nested"}},
            "Wrapped": {
                "type": "structure",
                "payload": "Handle",
                "required": ["Handle"],
                "members": {"Handle": {"shape": "Handle"}},
            },
            "Text": {"type": "structure", "payload": "Line", "members": {"Line": {"shape": "String"}}},
            "Touched": {
                "type": "structure",
                "members": {"Tag": {"shape": "String", "location": "header", "locationName": "ETag"}},
            },
            "Spilled": {
                "type": "structure",
                "exception": True,
                "error": {"httpStatusCode": 409, "senderFault": True},
                "members": {
                    "Message": {"shape": "String"},
                    "Type": {"shape": "String"},
                    "Amount": {"shape": "Integer", "locationName": "amount"},
                    "Wait": {"shape": "Integer", "location": "header", "locationName": "Retry-After"},
                },
            },
        },
    },
)


def read(method: str, target: str, body: bytes | dict[str, Any] = b"", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    found = rest_json.find(MODEL, Request(method, target, named, content))
    assert found is not None
    return rest_json.read(MODEL, *found)


def fill(**members: Any) -> dict[str, Any]:
    return read("PUT", "/cups/cup", {"Level": 1, **members})


def test_the_body_has_the_members_by_their_names_in_it() -> None:
    assert fill(
        At=1422172800.5, onDay="2015-01-25T08:00:00Z", Warmth="Infinity", Note=[1, {"a": None}], Raw="aGk=", Other=1
    ) == {
        "Name": "cup",
        "Level": 1,
        "At": 1422172800.5,
        "On": 1422172800.0,
        "Warmth": float("inf"),
        "Note": [1, {"a": None}],
        "Raw": b"hi",
    }


def test_a_null_is_absent() -> None:
    assert fill(Token=None, Secrets={"a": "b", "c": None}) == {"Name": "cup", "Level": 1, "Secrets": {"a": "b"}}


def test_a_query_has_values_lists_and_the_rest() -> None:
    asked = read("GET", "/cups?x=1&full=true&id=1&id=2&since=2015-01-25T08%3A00%3A00Z&colour=red&colour=blue")
    assert asked.pop("Rest") == {
        "full": ["true"],
        "id": ["1", "2"],
        "since": ["2015-01-25T08:00:00Z"],
        "colour": ["red", "blue"],
    }
    assert asked == {"Full": True, "Ids": [1, 2], "Since": 1422172800.0}
    assert read("GET", "/cups?x=1") == {}


def test_headers_have_dates_lists_json_and_prefixes() -> None:
    asked = read(
        "GET",
        "/cups?x=1",
        x_until="Sun, 25 Jan 2015 08:00:00 GMT",
        x_days="Sun, 25 Jan 2015 08:00:00 GMT, Mon, 26 Jan 2015 08:00:00 GMT",
        x_words='a, "b, c" ,"d ""e", "f\\"g\\\\",',
        x_json="eyJhIjpbMV19",
        x_meta_colour="red",
    )
    assert asked["Until"] == 1422172800.0
    assert asked["Days"] == [1422172800.0, 1422259200.0]
    assert asked["Words"] == ["a", "b, c", "d ", 'f"g\\', ""]
    assert asked["Json"] == {"a": [1]}
    assert read("GET", "/cups?x=1", x_words="") == {"Words": []}
    assert asked["Meta"] == {"colour": "red"}


def test_a_payload_is_the_body_as_it_is() -> None:
    assert read("POST", "/draw", b"\xff{", content_type="image/png") == {"Paint": b"\xff{", "Kind": "image/png"}
    assert read("POST", "/draw") == {}
    assert read("POST", "/read", "é".encode()) == {"Line": "é"}
    assert read("POST", "/order", {"Left": "abc"}) == {"Handle": {"Left": "abc"}}


def test_a_structure_can_contain_itself() -> None:
    nested: dict[str, Any] = {"Text": "end"}
    for _ in range(20):
        nested = {"Inner": nested, "All": [{"Text": "x"}, nested]}
    nested = {"Inner": {"Inner": {"Text": "a", "Weight": float("-inf")}}, "All": [{"All": []}]}
    reply = rest_reply.result_reply(MODEL, MODEL.operations["Nest"], nested, "id")
    assert json.loads(reply.body)["Inner"]["Inner"]["Weight"] == "-Infinity"
    assert read("POST", "/nest", reply.body) == nested


def test_a_body_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(AWSError) as raised:
        read("POST", "/nest", b'{"Inner":' * 900 + b"{}" + b"}" * 900)
    assert raised.value.shape == "SerializationException"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[]", "Start of list found where not expected"),
        (b"nothing", "Unable to parse the request body as JSON"),
        (b"\xff", "Unable to parse the request body as JSON"),
        (b'{"Level":"1"}', "STRING_VALUE can not be converted to a Long"),
        (b'{"Level":1,"Sizes":"S"}', "STRING_VALUE can not be converted to a List"),
        (b'{"Level":1,"Sizes":[null]}', "NULL_VALUE can not be converted to a String"),
        (b'{"Level":1,"Handle":[]}', "Start of list found where not expected"),
        (b'{"Level":1,"At":"today"}', "STRING_VALUE can not be converted to a Timestamp"),
        (b'{"Level":1,"onDay":5}', "NUMBER_VALUE can not be converted to a Timestamp"),
        (b'{"Level":1,"Raw":"%"}', "Invalid base64 encoding of a binary value"),
        (b'{"Level":1,"Either":{}}', "A union has exactly one member"),
        (b'{"Level":1,"Either":{"Tea":"x","Milk":1}}', "A union has exactly one member"),
    ],
)
def test_what_has_another_type_cannot_be_read(body: bytes, text: str) -> None:
    with pytest.raises(AWSError) as raised:
        read("PUT", "/cups/cup", body)
    assert (raised.value.shape, raised.value.message) == ("SerializationException", text)


@pytest.mark.parametrize(
    "target", ["/cups?x=1&full=True", "/cups?x=1&id=a", "/cups?x=1&id=2147483648", "/cups?x=1&since=1422172800"]
)
def test_what_has_another_type_in_a_query_cannot_be_read(target: str) -> None:
    with pytest.raises(AWSError) as raised:
        read("GET", target)
    assert raised.value.shape == "SerializationException"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Level": None}, "Value null at 'level' failed to satisfy constraint: Member must not be null"),
        (
            {"Sizes": ["S", "XL"]},
            "Value '[S, XL]' at 'sizes' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must satisfy enum value set: [S, L], Member must not be null]",
        ),
        (
            {"Sizes": ["S", "S", "S"]},
            "Value '[S, S, S]' at 'sizes' failed to satisfy constraint: "
            "Member must have length less than or equal to 2",
        ),
        (
            {"Secrets": {"A": "x"}},
            "Value at 'secrets' failed to satisfy constraint: Map keys must satisfy constraint: "
            "[Member must satisfy regular expression pattern: [a-z]+, Member must not be null]",
        ),
        ({"Handle": {}}, "Value null at 'handle.left' failed to satisfy constraint: Member must not be null"),
        (
            {"Handles": [{"Left": "ab"}, {"Left": "a"}]},
            "Value 'a' at 'handles.2.member.left' failed to satisfy constraint: "
            "Member must have length greater than or equal to 2",
        ),
    ],
)
def test_what_the_model_forbids_is_said_in_aws_s_words(members: dict[str, Any], text: str) -> None:
    with pytest.raises(AWSError) as raised:
        fill(**members)
    assert (raised.value.shape, raised.value.message) == ("ValidationException", f"1 validation error detected: {text}")


def test_all_violations_are_in_one_error() -> None:
    with pytest.raises(AWSError) as raised:
        read("PUT", "/cups/TOOLONG", {"Level": None})
    assert raised.value.message == (
        "3 validation errors detected: "
        "Value 'TOOLONG' at 'name' failed to satisfy constraint: Member must have length less than or equal to 5; "
        "Value 'TOOLONG' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-z]+; Value null at 'level' failed to satisfy constraint: Member must not be null"
    )


def test_a_payload_that_is_required_must_be_there() -> None:
    with pytest.raises(AWSError) as raised:
        read("POST", "/order")
    assert "Value null at 'handle'" in raised.value.message


def written(operation: str, result: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    reply = rest_reply.result_reply(MODEL, MODEL.operations[operation], result, "the-id")
    return reply.status, dict(reply.headers), reply.body


def test_a_result_is_in_status_headers_and_payload() -> None:
    result = {
        "Paint": b"\xff",
        "Status": 203,
        "Days": [1422172800, 1422259200],
        "Words": ["a", "b, c", "line\nend"],
        "Meta": {"colour": "red"},
    }
    assert written("Draw", result) == (
        203,
        {
            "x-amzn-RequestId": "the-id",
            "x-days": "Sun, 25 Jan 2015 08:00:00 GMT, Mon, 26 Jan 2015 08:00:00 GMT",
            "x-words": 'a, "b, c", line?end',
            "x-meta-colour": "red",
            "Content-Type": "application/octet-stream",
        },
        b"\xff",
    )
    assert written("Draw", {})[0] == 201


def test_a_response_has_an_object_where_the_model_has_a_result() -> None:
    """Also where all members are elsewhere: Smithy's restJson1 tests, HttpResponseCode."""
    headers = {"x-amzn-RequestId": "the-id", "ETag": "t", "Content-Type": "application/json"}
    assert written("Touch", {"Tag": "t"}) == (200, headers, b"{}")
    assert written("Draw", {"Words": []})[1]["x-words"] == ""
    assert written("Fill", {}) == (200, {"x-amzn-RequestId": "the-id"}, b"")
    assert written("Draw", {"Status": 204, "Paint": b"x"})[2] == b""
    assert written("Nest", {})[2] == b"{}"
    assert written("Nest", {"Text": None, "Inner": {"All": [None]}})[2] == b'{"Text":null,"Inner":{"All":[null]}}'


def test_an_error_has_its_name_in_a_header_and_its_members_where_the_model_has_them() -> None:
    reply = rest_reply.error_reply(MODEL, AWSError("Spilled", "oh", Amount=3, Wait=5), "the-id")
    assert reply.status == 409
    assert dict(reply.headers) == {
        "Content-Type": "application/json",
        "x-amzn-RequestId": "the-id",
        "x-amzn-ErrorType": "Spilled",
        "Retry-After": "5",
    }
    assert json.loads(reply.body) == {"Type": "User", "Message": "oh", "amount": 3}


LAMBDA = Dialect("lambda", Codec.REST_JSON)
BREW = "/2015-03-31/functions/brew"


def test_a_dated_path_is_lambdas_signed_or_not() -> None:
    for headers in ({}, {"authorization": signed("lambda")}):
        request = get(BREW, **headers)
        assert dialect(request) == LAMBDA
        assert decode(request).operation == "GetFunction"


def test_a_scope_of_another_service_keeps_its_paths() -> None:
    assert dialect(get("/2020-05-31/distribution", authorization=signed("cloudfront"))).service == "cloudfront"
    credential = "000000000000%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    assert dialect(get(f"/2024-01-01/cup.png?X-Amz-Credential={credential}")).service == "s3"


def test_a_form_with_lambdas_scope_is_what_its_action_says() -> None:
    form = {"authorization": signed("lambda"), "content-type": "application/x-www-form-urlencoded"}
    assert decode(Request("POST", "/", form, b"Action=ListQueues")).operation == "ListQueues"


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/2015-03-31/"), ("PATCH", BREW), ("GET", f"{BREW}/other"), ("GET", "/2015-03-31")]
)
def test_a_path_of_no_operation_is_unknown(method: str, target: str) -> None:
    reply = refused(Request(method, target, {}, b""))
    assert reply.status == 404
    assert dict(reply.headers)["x-amzn-ErrorType"] == "UnknownOperationException"


@pytest.mark.parametrize("target", ["/", "/functions", "/?Version=1"])
def test_any_path_is_lambdas_with_its_scope(target: str) -> None:
    request = Request("POST", target, {"authorization": signed("lambda")}, b"{}")
    assert dialect(request) == LAMBDA
    assert refusal(request).shape == "UnknownOperationException"


def test_a_signature_that_cannot_be_read_is_incomplete() -> None:
    assert refusal(get(BREW, authorization="AWS4-HMAC-SHA256 Credential=x")).shape == "IncompleteSignatureException"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (f"{BREW}:prod", "brew:prod"),
        ("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Abrew", None),
        ("/2015-03-31/functions/000000000000:function:brew", "000000000000:function:brew"),
    ],
)
def test_a_function_is_named_in_many_ways(target: str, name: str | None) -> None:
    named = name or "arn:aws:lambda:us-east-1:000000000000:function:brew"
    assert decode(get(target)).params == {"FunctionName": named}


def test_lambdas_functions_have_texts_and_its_mappings_numbers_for_times() -> None:
    def body(operation: str, result: dict[str, Any]) -> Any:
        return json.loads(encode_result(Call(LAMBDA, operation, {}, "0" * 12, None, "", None), result, "id").body)

    text = "2026-01-01T00:00:00.000+0000"
    assert body("GetFunctionConfiguration", {"LastModified": text}) == {"LastModified": text}
    assert body("GetEventSourceMapping", {"LastModified": 5.25, "KMSKeyArn": None}) == {
        "LastModified": 5.25,
        "KMSKeyArn": None,
    }


def test_lambdas_payload_is_json() -> None:
    reply = encode_result(Call(LAMBDA, "Invoke", {}, "0" * 12, None, "", None), {"Payload": b"1"}, "id")
    assert (dict(reply.headers)["Content-Type"], reply.body) == ("application/json", b"1")


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        ("ResourceNotFoundException", 404, {"Type": "User", "Message": "no"}),
        ("ResourceConflictException", 409, {"Type": "User", "message": "no"}),
        ("ServiceException", 500, {"Type": "Service", "Message": "no"}),
        ("ValidationException", 400, {"message": "no"}),
        ("AccessDeniedException", 403, {"Message": "no"}),
        ("NotImplementedException", 501, {"message": "no"}),
    ],
)
def test_lambdas_errors_have_their_text_under_the_name_of_the_model(
    error: str, status: int, body: dict[str, str]
) -> None:
    reply = encode_error(LAMBDA, AWSError(error, "no"), "id")
    assert (reply.status, json.loads(reply.body)) == (status, body)


def test_a_throttled_call_says_why() -> None:
    error = AWSError("TooManyRequestsException", "Rate Exceeded.", retryAfterSeconds="1", Reason="Why")
    reply = encode_error(LAMBDA, error, "id")
    assert dict(reply.headers)["Retry-After"] == "1"
    assert json.loads(reply.body) == {"Type": "User", "message": "Rate Exceeded.", "Reason": "Why"}
