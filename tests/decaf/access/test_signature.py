"""Signatures: those that SDKs make are right, and a signature of anything else is not."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from decaf.access.signature import Signature, check_scope, check_signature, check_time, read_signature
from decaf_protocol import AWSError, Request

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
URL = "http://127.0.0.1:9324/"
BODY = b'{"QueueUrl":"http://127.0.0.1:9324/123456789012/orders","MessageBody":"hi"}'
JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}


@pytest.fixture(autouse=True)
def _botocores_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: NOW.replace(tzinfo=None))


def signed(
    url: str = URL,
    method: str = "POST",
    headers: Mapping[str, str] = JSON,
    body: bytes = BODY,
    token: str | None = None,
    presigned: bool = False,
    service: str = "sqs",
) -> Request:
    """Returns a request signed by botocore, as it comes over HTTP."""
    made = AWSRequest(method, url, headers=dict(headers), data=body)
    credentials = Credentials(KEY, SECRET, token)
    signer = (botocore.auth.SigV4QueryAuth if presigned else botocore.auth.SigV4Auth)(credentials, service, "us-east-1")
    signer.add_auth(made)
    parts = urlsplit(made.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {"host": parts.netloc} | {name.lower(): value for name, value in made.headers.items()}
    return Request(method, target, sent, body)


def check(request: Request, secret: str = SECRET) -> Signature:
    """Returns the signature of a request, which is right. Raises AWSError, or AssertionError without a signature."""
    found = read_signature(request)
    assert found is not None
    assert found.access_key == KEY  # another key has another secret, or none
    check_scope(found, "sqs", "us-east-1")
    check_time(found, NOW.timestamp())
    check_signature(found, request, secret)
    return found


def with_(request: Request, **changes: Any) -> Request:
    parts = {name: getattr(request, name) for name in ("method", "target", "headers", "body")}
    return Request(**(parts | changes))


def test_a_signature_is_as_computed_by_hand() -> None:
    request = signed()
    found = check(request)
    assert found.value == "7b34d125c41fff00a564be50898e47b797ba4bc79cb573198d0643aa6dc4a580"
    assert found.headers == ("content-type", "host", "x-amz-date", "x-amz-target")
    assert (found.access_key, found.scope, found.token) == (KEY, "20260102/us-east-1/sqs/aws4_request", None)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"token": "a/token+with=all"},
        {"url": f"{URL}123456789012/orders"},
        {"url": f"{URL}123456789012/orders/"},
        {"url": f"{URL}a%20b/../c//d/%7Ee~"},
        {"url": f"{URL}?b=2&a=1&a=0&c&d=%20%2B%2F~"},
        {"headers": {**JSON, "X-Amz-Meta": "  many   blanks "}},
        {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": b"Action=ListQueues&x=%20+"},
        {"body": b""},
        {"body": "grün".encode()},
        {"method": "GET", "body": b"", "url": f"{URL}?Action=SendMessage&MessageBody=a%20b%2Bc%2F%C3%A9~"},
    ],
)
@pytest.mark.parametrize("presigned", [False, True])
def test_what_botocore_signs_is_right(request_: dict[str, Any], presigned: bool) -> None:
    if presigned:
        request_ = {"method": "GET", **request_, "body": b"", "headers": {}}
    assert check(signed(**request_, presigned=presigned)).presigned is presigned


def test_the_hash_of_the_body_may_be_a_header() -> None:
    headers = {**JSON, "X-Amz-Content-SHA256": "c38ccec3168212bf19deefd33a745532203368205b5f913dd618e75e24a9330f"}
    request = signed(headers=headers)
    check(request)
    with pytest.raises(AWSError, match="does not match"):
        check(with_(request, body=BODY + b" "))


def test_a_date_header_can_stand_for_the_amazon_one() -> None:
    headers = HTTPHeaders()
    headers["Date"] = "Fri, 02 Jan 2026 03:04:05 GMT"
    request = signed(headers=dict(headers))
    assert "x-amz-date" not in request.headers
    check(request)


@given(bit=st.integers(0, 10_000), presigned=st.booleans())
def test_one_changed_bit_is_refused(bit: int, presigned: bool) -> None:
    request = _presigned() if presigned else _signed()
    changed = _flipped(request, bit)
    if with_(changed, target=unquote(changed.target)) == with_(request, target=unquote(request.target)):
        return  # %2f is %2F
    if not changed.target.startswith("/"):
        return  # no request of HTTP
    with pytest.raises((AWSError, AssertionError)):
        check(changed)


def _signed() -> Request:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_: NOW.replace(tzinfo=None))
        return signed(token="token")


def _presigned() -> Request:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_: NOW.replace(tzinfo=None))
        return signed(f"{URL}123456789012/orders?Action=ReceiveMessage", "GET", {}, b"", "token", presigned=True)


def _flipped(request: Request, bit: int) -> Request:
    """Returns a request with one bit of its method, target, signed headers or body flipped."""
    names = ("host", "content-type", "x-amz-date", "x-amz-target", "x-amz-security-token", "authorization")
    parts = [request.method, request.target, *(request.headers.get(name, "") for name in names)]
    texts = [part.encode() for part in parts] + [request.body]
    place = bit // 8 % sum(map(len, texts))
    for number, text in enumerate(texts):
        if place < len(text):
            texts[number] = text[:place] + bytes([text[place] ^ (1 << bit % 7)]) + text[place + 1 :]
            break
        place -= len(text)
    method, target, *values = (text.decode(errors="replace") for text in texts[:-1])
    changed = {name: value for name, value in zip(names, values, strict=True) if name in request.headers}
    return Request(method, target, {**request.headers, **changed}, texts[-1])


def test_another_secret_is_refused_with_what_should_have_been_signed() -> None:
    with pytest.raises(AWSError) as refused:
        check(signed(), "another")
    assert refused.value.shape == "InvalidSignatureException"
    canonical = (
        "POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:127.0.0.1:9324\nx-amz-date:20260102T030405Z\n"
        "x-amz-target:AmazonSQS.SendMessage\n\ncontent-type;host;x-amz-date;x-amz-target\n"
        "c38ccec3168212bf19deefd33a745532203368205b5f913dd618e75e24a9330f"
    )
    to_sign = (
        "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/sqs/aws4_request\n"
        "5f0601509998f9d150d0cdb1ae2722afab0ec4805ff939348cf6398cf8c4db9c"
    )
    assert refused.value.message == (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
        f"\n\nThe Canonical String for this request should have been\n'{canonical}'"
        f"\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
    )


@pytest.mark.parametrize(("minutes", "text"), [(15, None), (15.1, "expired"), (-15, None), (-15.1, "not yet current")])
@pytest.mark.parametrize("presigned", [False, True])
def test_a_signature_is_good_for_fifteen_minutes(minutes: float, text: str | None, presigned: bool) -> None:
    found = read_signature(_presigned() if presigned else _signed())
    assert found is not None
    now = (NOW + timedelta(minutes=minutes)).timestamp()
    if text is None:
        check_time(found, now)
    else:
        with pytest.raises(AWSError, match=text):
            check_time(found, now)


def test_the_text_about_a_signature_that_is_too_old() -> None:
    found = read_signature(_signed())
    assert found is not None
    with pytest.raises(AWSError) as refused:
        check_time(found, (NOW + timedelta(minutes=20)).timestamp())
    assert refused.value.message == (
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030905Z (20260102T032405Z - 15 min.)"
    )


@pytest.mark.parametrize(
    ("service", "region", "text"),
    [
        ("sns", "us-east-1", "Credential should be scoped to correct service: 'sns'. "),
        ("sqs", "eu-west-1", "Credential should be scoped to a valid region, not 'us-east-1'. "),
        ("sqs", None, None),
    ],
)
def test_a_scope_is_that_of_the_resource(service: str, region: str | None, text: str | None) -> None:
    found = read_signature(_signed())
    assert found is not None
    if text is None:
        check_scope(found, service, region)
    else:
        with pytest.raises(AWSError) as refused:
            check_scope(found, service, region)
        assert refused.value.message == text


def test_a_scope_of_another_day_or_end_is_refused() -> None:
    found = Signature(KEY, "20260101/us-east-1/sqs/aws3", "20260102T030405Z", ("host",), "", None, presigned=False)
    with pytest.raises(AWSError) as refused:
        check_scope(found, "sqs", "us-east-1")
    assert refused.value.message == (
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws3'. "
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20260101' != '20260102', from '20260102T030405Z'."
    )


SCOPE = f"{KEY}/20260102/us-east-1/sqs/aws4_request"
WHOLE = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=00"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (f"AWS4-HMAC-SHA256 Credential={SCOPE}, Signature=00", "requires 'SignedHeaders' parameter. Authorization="),
        ("AWS4-HMAC-SHA256 Signature=0", "'Credential' parameter. Authorization header requires 'SignedHeaders'"),
        (f"AWS4-HMAC-SHA256 Credential={SCOPE} oops, SignedHeaders=host", "'oops' not a valid key=value pair"),
        (WHOLE.replace("/us-east-1", ""), "exactly 5 slash-delimited elements"),
        (WHOLE.replace("SHA256", "SHA257"), "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA257'."),
        (WHOLE.replace("HMAC", "ECDSA-P256"), "Unsupported AWS 'algorithm'"),
        (WHOLE.replace("=host", "=x-amz-date"), "'Host' or ':authority' must be a 'SignedHeader'"),
        (WHOLE.replace(", ", ","), None),
    ],
)
def test_the_form_of_the_header(header: str, text: str | None) -> None:
    request = Request("POST", "/", {"host": "x", "authorization": header, "x-amz-date": "20260102T030405Z"}, b"")
    if text is None:
        assert read_signature(request)
    else:
        with pytest.raises(AWSError) as refused:
            read_signature(request)
        assert text in refused.value.message


def test_a_signature_needs_a_time() -> None:
    with pytest.raises(AWSError, match="either a 'X-Amz-Date' or a 'Date' header"):
        read_signature(Request("POST", "/", {"host": "x", "authorization": WHOLE}, b""))
    for text in ("yesterday", "20260102", "20261399T000000Z"):
        with pytest.raises(AWSError, match="Date must be in ISO-8601"):
            read_signature(Request("POST", "/", {"host": "x", "authorization": WHOLE, "x-amz-date": text}, b""))


def test_the_form_of_a_presigned_url() -> None:
    with pytest.raises(AWSError) as refused:
        read_signature(Request("GET", f"/?X-Amz-Algorithm=a&X-Amz-Credential={SCOPE}", {"host": "x"}, b""))
    assert refused.value.message == (
        "AWS query-string parameters must include 'X-Amz-Signature'. "
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
        "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."
    )


def test_a_request_is_signed_in_one_place() -> None:
    twice = with_(_presigned(), headers={**_signed().headers})
    with pytest.raises(AWSError, match="Found both 'X-Amz-Algorithm'"):
        read_signature(twice)


def test_a_request_without_a_signature() -> None:
    assert read_signature(Request("POST", "/?Action=ListQueues", {"host": "x"}, b"")) is None
    assert read_signature(Request("POST", "/", {"host": "x", "authorization": "Basic dXNlcg=="}, b"")) is None


@pytest.mark.parametrize("target", ["/?Action=ListQueues&AWSAccessKeyId=AKIA&SignatureVersion=2", "/"])
def test_version_two_is_no_longer_accepted(target: str) -> None:
    with pytest.raises(AWSError) as refused:
        read_signature(Request("POST", target, {"host": "x"}, b"AWSAccessKeyId=AKIA"))
    assert refused.value.shape == "InvalidSecurity"


@given(target=st.text(), header=st.text(), body=st.binary(), at=st.text())
def test_any_bytes_are_a_signature_or_an_error_of_aws(target: str, header: str, body: bytes, at: str) -> None:
    headers = {"host": "x", "authorization": f"AWS4-HMAC-SHA256 {header}", "x-amz-date": at}
    for request in (
        Request("POST", "/", headers, body),
        Request(
            "GET",
            f"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={SCOPE}&X-Amz-Date=20260102T030405Z"
            f"&X-Amz-SignedHeaders=host&X-Amz-Signature=%ff{target}",
            {"host": "x"},
            body,
        ),
    ):
        try:
            check(request)
        except (AWSError, AssertionError):
            continue
        pytest.fail("nobody signed this")


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Any] = []
    whole = hmac.compare_digest

    def compare(expected: bytes, received: bytes) -> bool:
        compared.append(received)
        return whole(expected, received)

    monkeypatch.setattr("hmac.compare_digest", compare)
    value = check(signed()).value
    assert compared == [value.encode()]
