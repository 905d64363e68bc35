"""What a message may hold, and how much of it counts."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.sqs import content, digest
from decaf_protocol import AWSError
from tests.refusals import refusal

VALUE = "InvalidParameterValue"
ALLOWED = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]"


def _text(value: str = "x", data_type: str = "String") -> dict[str, Any]:
    return {"DataType": data_type, "StringValue": value}


ATTRIBUTES: list[tuple[str, dict[str, Any], str, str]] = [
    ("", _text(), VALUE, "The request must contain non-empty message attribute name."),
    ("a" * 257, _text(), VALUE, "Message (user) attribute name must be shorter than 256 bytes."),
    *(
        (
            name,
            _text(),
            VALUE,
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
            "These strings are reserved for internal use.",
        )
        for name in ("AWS.x", "aws.x", "Amazon.x")
    ),
    (
        "a b",
        _text(),
        VALUE,
        "Invalid non-alphanumeric character '#x20' was found in the message attribute name. "
        "Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ),
    (".a", _text(), VALUE, "Message (user) attribute name must not begin with character '.'."),
    ("a.", _text(), VALUE, "Message (user) attribute name must not end with character '.'."),
    ("a..b", _text(), VALUE, "Message (user) attribute name must not have successive '.' characters."),
    ("n", _text(data_type=""), VALUE, "The message attribute 'n' must contain non-empty message attribute type."),
    *(
        (
            "n",
            _text(data_type=kind),
            VALUE,
            "The type of message (user) attribute 'n' is invalid. You must use only the following supported type "
            "prefixes: Binary, Number, String.",
        )
        for kind in ("Text", "string", "StringList", "String.")
    ),
    (
        "n",
        _text(data_type="String." + "a" * 250),
        VALUE,
        "Message (user) attribute type must be shorter than 256 bytes.",
    ),
    ("n", _text(""), VALUE, "Message (user) attribute 'n' must contain a non-empty value of type 'String'."),
    (
        "n",
        {"DataType": "Binary", "BinaryValue": b""},
        VALUE,
        "Message (user) attribute 'n' must contain a non-empty value of type 'Binary'.",
    ),
    (
        "n",
        {"DataType": "String", "StringValue": "x", "BinaryValue": b"x"},
        VALUE,
        "Message (user) attribute 'n' must have a single value.",
    ),
    (
        "n",
        {"DataType": "Number", "BinaryValue": b"1"},
        VALUE,
        "Message (user) attribute 'n' with type 'Number' must use field 'String'.",
    ),
    (
        "n",
        _text(data_type="Binary.gif"),
        VALUE,
        "Message (user) attribute 'n' with type 'Binary' must use field 'Binary'.",
    ),
    (
        "n",
        _text("a\x00"),
        VALUE,
        "Invalid binary character '#x0' was found in the message attribute 'n' value, the set of allowed characters "
        f"is {ALLOWED}.",
    ),
    ("n", _text("latte", "Number"), VALUE, "Can't cast the value of message (user) attribute 'n' to a number."),
    *(
        (
            "n",
            {"DataType": "String", **lists},
            "AWS.SimpleQueueService.UnsupportedOperation",
            "Message attribute list values in SendMessage operation are not supported.",
        )
        for lists in ({"StringListValues": ["x"]}, {"BinaryListValues": [b"x"]})
    ),
]


@pytest.mark.parametrize(("name", "value", "code", "text"), ATTRIBUTES)
def test_a_message_attribute_is_refused(
    sqs: Any, url: str, name: str, value: dict[str, Any], code: str, text: str
) -> None:
    sent = {"QueueUrl": url, "MessageBody": "latte", "MessageAttributes": {name: value}}
    assert refusal(sqs.send_message, **sent) == (code, text)


def test_ten_message_attributes_and_no_more(sqs: Any, url: str) -> None:
    ten = {f"a{n}": _text() for n in range(10)}
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageAttributes=ten)
    eleven = {**ten, "b": _text()}
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="latte", MessageAttributes=eleven) == (
        VALUE,
        "Number of message attributes [11] exceeds the allowed maximum [10].",
    )


@pytest.mark.parametrize("name", ["a", "A-b_c.d", "a" * 256, "aws", "awsome.x", "amazonia"])
def test_names(name: str) -> None:
    content.check_attributes({name: _text()})


NUMBERS = ["0", "-0", "1", "+1", "-1.5", ".5", "1.", "007", "1e5", "1E-128", "1e126", "0e999", "0." + "0" * 50 + "1"]
NO_NUMBERS = ["", "x", "1 ", "1,5", "0x1", "NaN", "Infinity", "1e", "--1", "٣", "1e127", "1e-129", "1e9999", "1" * 39]


@pytest.mark.parametrize("text", [*NUMBERS, "9" * 38, "1" + "0" * 126])
def test_numbers(text: str) -> None:
    content.check_attributes({"n": _text(text, "Number.custom")})


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1" + "0" * 127])
def test_no_numbers(text: str) -> None:
    with pytest.raises(AWSError):
        content.check_attributes({"n": _text(text, "Number")})


def test_a_number_comes_back_as_it_was_sent(sqs: Any, url: str) -> None:
    sent = {"n": _text("01.50", "Number")}
    sqs.send_message(QueueUrl=url, MessageBody="latte", MessageAttributes=sent)
    received = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert received["MessageAttributes"] == sent
    assert received["MD5OfMessageAttributes"] == digest.of_attributes(sent)


def test_members_with_nothing_in_them_are_not_kept(sqs: Any, url: str) -> None:
    padded = {**_text(), "BinaryValue": b"", "StringListValues": [], "BinaryListValues": []}
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageAttributes={"a": padded})
    assert sent["MD5OfMessageAttributes"] == digest.of_attributes({"a": _text()})
    received = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["a"])["Messages"][0]
    assert received["MessageAttributes"] == {"a": _text()}


TRACES = [
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    "Root=1-abc-def",
    "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678",
    "Sampled=0; Root=1-abc-def;Lineage=a87bd80c:0|68fd508a:5;",
]


@pytest.mark.parametrize("trace", TRACES)
def test_a_trace_header_is_kept_and_digested(sqs: Any, url: str, trace: str) -> None:
    system = {"AWSTraceHeader": _text(trace)}
    sent = sqs.send_message(QueueUrl=url, MessageBody="latte", MessageSystemAttributes=system)
    assert sent["MD5OfMessageSystemAttributes"] == digest.of_attributes(system)
    assert "MD5OfMessageAttributes" not in sent
    received = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"])["Messages"][0]
    assert received["Attributes"] == {"AWSTraceHeader": trace}


@pytest.mark.parametrize("trace", ["latte", "Root", "Sampled=1", "=;Root=", "Root=1-abc-def;latte", ";" * 10_000])
def test_no_trace_header(sqs: Any, url: str, trace: str) -> None:
    system = {"AWSTraceHeader": _text(trace)}
    sent = {"QueueUrl": url, "MessageBody": "latte", "MessageSystemAttributes": system}
    assert refusal(sqs.send_message, **sent) == (
        VALUE,
        "The value of message system attribute 'AWSTraceHeader' is no X-Ray trace header.",
    )


def test_a_trace_header_has_a_value(sqs: Any, url: str) -> None:
    system = {"AWSTraceHeader": {"DataType": "String"}}
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="latte", MessageSystemAttributes=system) == (
        VALUE,
        "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
    )


def test_a_trace_header_is_text(sqs: Any, url: str) -> None:
    system = {"AWSTraceHeader": {"DataType": "Binary", "BinaryValue": b"Root=1-abc-def"}}
    sent = {"QueueUrl": url, "MessageBody": "latte", "MessageSystemAttributes": system}
    assert refusal(sqs.send_message, **sent)[0] == VALUE


@pytest.mark.parametrize(("header", "kept"), [("Root=1-abc-def;Sampled=1", "Root=1-abc-def;Sampled=1"), ("junk", None)])
def test_the_trace_of_the_request_becomes_the_messages(sqs: Any, url: str, header: str, kept: str | None) -> None:
    def trace(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    sqs.meta.events.register("before-send.sqs.SendMessage", trace)
    assert "MD5OfMessageSystemAttributes" not in sqs.send_message(QueueUrl=url, MessageBody="latte")
    received = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"])["Messages"][0]
    assert received.get("Attributes", {}).get("AWSTraceHeader") == kept


def test_names_types_and_values_of_user_attributes_count_and_system_attributes_do_not(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="small", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    full = {
        "QueueUrl": url,
        "MessageBody": "é" * 500,  # 1,000 bytes
        "MessageAttributes": {
            "name": _text("x" * 6),
            "n": {"DataType": "Binary", "BinaryValue": b"x"},
        },  # 4+6+6, 1+6+1
        "MessageSystemAttributes": {"AWSTraceHeader": _text("Root=1-abc-def")},
    }
    sqs.send_message(**full)
    assert refusal(sqs.send_message, **{**full, "MessageBody": "é" * 500 + "x"}) == (
        VALUE,
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    )


def test_a_message_can_have_a_mebibyte(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="a" * 1_048_576)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]) == 1_048_576


@pytest.mark.parametrize("character", ["\t", "\n", "\r", " ", "\ud7ff", "\ue000", "\ufffd", "\U0010ffff"])
def test_characters_of_a_body(character: str) -> None:
    content.check_body(character)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_characters_no_body_has(character: str) -> None:
    with pytest.raises(AWSError) as raised:
        content.check_body(character)
    assert f"'#x{ord(character):X}'" in raised.value.message


def test_names_have_letters_and_digits_of_any_script(sqs: Any, url: str) -> None:
    """ "attr.1øßä" in a recorded answer: the name comes back, and with the digest that clients work out."""
    name = "attr.1øßä"
    sqs.send_message(QueueUrl=url, MessageBody="b", MessageAttributes={name: _text(), "名前": _text()})
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert set(message["MessageAttributes"]) == {name, "名前"}
    said = refusal(sqs.send_message, QueueUrl=url, MessageBody="b", MessageAttributes={"a€": _text()})
    assert said[1].startswith("Invalid non-alphanumeric character '#x20AC' was found in the message attribute name.")
