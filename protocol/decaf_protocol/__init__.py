"""The protocols of SQS, SNS, STS and Lambda, sans-IO: a request's bytes become a Call; a result or an error bytes.

Rule: no sockets, no clock, no state, and nothing of the emulator. Any bytes become a Call or an AWSError, never
another exception; any error can be sent to any client.

Protocols: AWS JSON 1.0 (SQS), AWS Query (SQS, SNS, STS), REST-JSON (Lambda), as botocore's models and the API
References describe them.
"""

from __future__ import annotations

from functools import lru_cache

from decaf_protocol import detect, json10, models, other_services, query_json, rest_json, rest_reply, sigv4, xml
from decaf_protocol.accounts import ACCOUNT, NO_ACCOUNT, REGION, account_of, is_account, is_region
from decaf_protocol.detect import REST_PREFIXES
from decaf_protocol.errors import error_code, error_shape, is_senders_fault
from decaf_protocol.form import Form, decoded, parse_form, text_of
from decaf_protocol.json10 import dumps
from decaf_protocol.query import read_form
from decaf_protocol.responses import decode_result, error_message
from decaf_protocol.sigv4 import UNSIGNED, Scope
from decaf_protocol.sns_arns import check_arn_form
from decaf_protocol.wire import AWSError, Call, Codec, Dialect, Origin, Params, Reply, Request, Result
from decaf_protocol.xml import is_plain

__all__ = [
    "ACCOUNT",
    "NO_ACCOUNT",
    "REGION",
    "REST_PREFIXES",
    "AWSError",
    "Call",
    "Codec",
    "Dialect",
    "Origin",
    "Params",
    "Reply",
    "Request",
    "Result",
    "account_of",
    "check_arn_form",
    "decode",
    "decode_result",
    "dialect",
    "dumps",
    "encode_error",
    "encode_result",
    "error_code",
    "error_message",
    "error_shape",
    "is_account",
    "is_plain",
    "is_region",
    "is_senders_fault",
    "model_versions",
    "operations",
    "rest_call",
    "rest_operation",
]

# Looked up once: every call needs them.
_JSON, _XML, _REST = Codec.JSON, Codec.QUERY, Codec.REST_JSON
_SQS_JSON = Dialect("sqs", Codec.JSON)
_QUERY = {service: Dialect(service, Codec.QUERY) for service in models.VERSIONS}
_TARGET = "AmazonSQS."


def decode(request: Request) -> Call:
    """Returns the call that a request makes. Raises AWSError, and nothing else, when it is no valid call."""
    try:
        if detect.speaks_json(request.headers):
            return _decode_json(request)
        if request.target != "/" and (service := detect.rest_service(request)) is not None:
            return _decode_rest(request, service)
        return _decode_form(request)
    except AWSError:
        other = other_services.find(request)
        if other is None:
            raise
        raise other.error() from None


def dialect(request: Request) -> Dialect:
    """Returns the dialect to answer a request in, decodable or not; never raises."""
    other = other_services.find(request)
    if other is not None:
        return other.dialect
    if detect.speaks_json(request.headers):
        return _SQS_JSON
    if (service := detect.rest_service(request)) is not None:
        return Dialect(service, Codec.REST_JSON)
    try:
        form = _form(request)
    except AWSError:
        form = {}
    return _form_dialect(request, form, detect.scope_of(request.headers, form))


def encode_result(call: Call, result: Result, request_id: str) -> Reply:
    """Returns the response to `call`; `result` has the model's names, bytes for blobs, epoch seconds for timestamps."""
    spoken = call.dialect
    codec = spoken.codec
    if codec is _JSON:
        return json10.result_reply(call.operation, result, request_id)
    if codec is _XML:
        return xml.result_reply(spoken.service, call.operation, result, request_id)
    if spoken.service in models.REST_VERSIONS:
        model = models.service(spoken.service)
        return rest_reply.result_reply(model, model.operations[call.operation], result, request_id)
    return query_json.result_reply(spoken.service, call.operation, result, request_id)


def encode_error(spoken: Dialect, error: AWSError, request_id: str) -> Reply:
    """Returns the response for an error, in the dialect `spoken`; never raises."""
    if spoken.codec is Codec.JSON:
        return json10.error_reply(spoken.service, error, request_id)
    if spoken.codec is Codec.QUERY:
        return xml.error_reply(spoken.service, error, request_id)
    if spoken.codec is Codec.QUERY_AS_JSON:
        return query_json.error_reply(spoken.service, error, request_id)
    if spoken.service in models.REST_VERSIONS:
        return rest_reply.error_reply(models.service(spoken.service), error, request_id)
    return other_services.error_reply(spoken, error, request_id)


def operations(service: str) -> tuple[str, ...]:
    """Returns the names of all operations of "sqs", "sns", "sts" or "lambda"."""
    return tuple(models.service(service).operations)


def rest_call(request: Request) -> Call | None:
    """Returns what method and path of a request to a REST service tell of its call, valid or not: the operation, and
    the parameters in the path. Returns None for any other request.
    """
    service = detect.rest_service(request)
    if service is None:
        return None
    try:
        found = rest_json.find(models.service(service), request)
    except AWSError:
        return None
    if found is None:
        return None
    operation, parts = found
    scope = detect.scope_of(request.headers, None)
    return _call(request, Dialect(service, Codec.REST_JSON), operation.name, dict(parts.labels), scope)


def rest_operation(request: Request) -> str | None:
    """Returns the operation that a request of a REST service is for, None for any other request."""
    call = rest_call(request)
    return None if call is None else call.operation


def model_versions() -> dict[str, str]:
    """Returns the API version of each service's model. Raises RuntimeError when botocore has no model we can read.

    Those of REST services are not read: that takes longer than the rest of a start.
    """
    read = {name: version for name, version in models.VERSIONS.items() if models.service(name)}
    return read | {
        name: version for name, version in models.REST_VERSIONS.items() if models.version_folder(name).is_dir()
    }


def _decode_json(request: Request) -> Call:
    headers = request.headers
    operation = _operation(headers.get("x-amz-target", ""))
    path, _, query = request.target.partition("?")
    queue_path = ""
    if path != "/" and detect.takes_queue(operation):
        queue_path = _queue_path(path)
    form = parse_form(query) if query and "authorization" not in headers else None
    scope = detect.scope_of(headers, form)
    if scope is UNSIGNED:
        _check_unsigned(request)
    params = json10.read_body(operation, request.body, queue_path)
    return _call(request, _SQS_JSON, operation, params, scope)


@lru_cache(maxsize=64)
def _operation(target: str) -> str:
    operation = target.removeprefix(_TARGET)
    if operation == target or operation not in models.service("sqs").operations:
        raise AWSError("UnknownOperationException", f"The operation {target} is not known")
    return operation


def _decode_rest(request: Request, service: str) -> Call:
    model, query = models.service(service), request.target.partition("?")[2]
    form = parse_form(query) if query and "authorization" not in request.headers else None
    scope = detect.scope_of(request.headers, form)
    if scope is UNSIGNED:
        _check_unsigned(request)
    found = rest_json.find(model, request)
    if found is None:
        raise _no_route(request)
    operation, parts = found
    params = rest_json.read(model, operation, parts)
    return _call(request, Dialect(service, Codec.REST_JSON), operation.name, params, scope)


def _no_route(request: Request) -> AWSError:
    path = request.target.partition("?")[0]
    return AWSError("UnknownOperationException", f"No operation is called by {request.method[:20]} {path[:200]}")


def _decode_form(request: Request) -> Call:
    form = _form(request)
    scope = detect.scope_of(request.headers, form)
    if scope is UNSIGNED:
        _check_unsigned(request)
    spoken = _form_dialect(request, form, scope)
    if spoken.codec is _REST:
        raise _no_route(request)
    operation = text_of(form, "Action")
    if not operation:
        if request.method == "POST":
            raise AWSError("MissingAction", "The request must contain the parameter Action.")
        raise AWSError("UnknownOperationException", "The request names no action")
    queue_path = ""
    if request.target != "/" and spoken.service == "sqs":
        queue_path = _queue_path(request.target.partition("?")[0])
        if queue_path and operation not in detect.answered_by_queues():
            raise AWSError("InvalidAction", f"The action {operation} is not valid for this endpoint.")
    if operation not in models.service(spoken.service).operations:
        raise detect.unknown_action(operation, text_of(form, "Version"))
    params = read_form(spoken.service, operation, form, queue_path)
    return _call(request, spoken, operation, params, scope)


def _form(request: Request) -> Form:
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        raise AWSError("MalformedQueryString", "The query string contains a syntax error.") from None
    if "?" in request.target:
        query = request.target.partition("?")[2]
        text = f"{query}&{text}" if query and text else query or text
    return parse_form(text)


def _check_unsigned(request: Request) -> None:
    """Raise AWSError IncompleteSignatureException if there is a signature after all, whose scope cannot be read."""
    complaint = sigv4.complaint(request.headers.get("authorization", ""))
    if complaint is not None:
        raise AWSError("IncompleteSignatureException", complaint)


def _form_dialect(request: Request, form: Form, scope: Scope) -> Dialect:
    headers = request.headers
    if scope.service in _QUERY and "accept" not in headers:
        return _QUERY[scope.service]
    service = detect.query_service(form, scope, headers.get("host", ""))
    return Dialect(service, Codec.REST_JSON if service in models.REST_VERSIONS else detect.query_codec(headers))


def _queue_path(path: str) -> str:
    return decoded(path.replace("+", "%2B")) if path.strip("/") else ""


def _call(request: Request, spoken: Dialect, operation: str, params: Params, scope: Scope) -> Call:
    headers = request.headers
    host = headers.get("host", "")
    region = scope.region or detect.host_names(host)[1]
    trace_header = headers.get("x-amzn-trace-id")
    return Call(spoken, operation, params, scope.account, region, host, trace_header, request.origin.secure)
