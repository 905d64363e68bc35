"""Requests as clients send them, for the tests of the protocol."""

from urllib.parse import urlencode

from decaf_protocol import AWSError, Call, Reply, Request, decode, dialect, encode_error

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def json_request(operation: str, body: bytes = b"{}", path: str = "/", **headers: str) -> Request:
    """Returns a request to SQS as a current SDK sends it."""
    spoken = {"x-amz-target": f"AmazonSQS.{operation}", "content-type": "application/x-amz-json-1.0"}
    return Request("POST", path, spoken | _named(headers), body)


def post(form: dict[str, str] | str, path: str = "/", **headers: str) -> Request:
    """Returns a form in the body, as SDKs send it to SNS, and older ones to SQS."""
    body = form if isinstance(form, str) else urlencode(form)
    return Request("POST", path, {"content-type": FORM} | _named(headers), body.encode())


def get(target: str, **headers: str) -> Request:
    """A form in the URL."""
    return Request("GET", target, _named(headers), b"")


def signed(service: str, region: str = "eu-west-1", access_key: str = "AKIAIOSFODNN7EXAMPLE") -> str:
    """An Authorization header."""
    scope = f"{access_key}/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0123abcd"


def refusal(request: Request) -> AWSError:
    """Returns the error that a request is refused with."""
    try:
        call: Call = decode(request)
    except AWSError as error:
        return error
    raise AssertionError(f"not refused: {call}")


def refused(request: Request) -> Reply:
    """Returns the response to a request that is refused."""
    return encode_error(dialect(request), refusal(request), "request-id")


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
