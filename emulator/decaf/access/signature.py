"""Signatures of requests: Signature Version 4, in the Authorization header or in the query string of a presigned URL.

Rule: what a signature says of itself is read and checked before the secret is used, in AWS's order: its form, its
scope, its time, its key, and last the signature. Signatures are compared in constant time. Nothing here is logged.

Source: IAM User Guide, "Create a signed AWS API request"; reports of SQS and SNS for the 15 minutes, which count for
presigned URLs too, whatever X-Amz-Expires says.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote, unquote

import msgspec

from decaf.access import errors
from decaf_protocol import Request

SKEW = 15 * 60  # seconds that the time of a signature may be off

_ALGORITHM = "AWS4-HMAC-SHA256"
_TERMINATOR = "aws4_request"
_TIME = "%Y%m%dT%H%M%SZ"
_BASIC = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_PARTS = ("Credential", "Signature", "SignedHeaders")
_PARAMETERS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_SIGNATURE = "X-Amz-Signature"
_UNRESERVED = "-_.~"
_ESCAPED = "surrogateescape"  # keeps bytes that are no UTF-8
_UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"  # a form of S3's, taken by its word

Query = list[tuple[str, str]]


class Signature(msgspec.Struct, frozen=True):
    """A signature as it came. `scope` is the credential without its key, `at` the time in AWS's basic format.

    `presigned` is whether it is in the query string.
    """

    access_key: str
    scope: str
    at: str
    headers: tuple[str, ...]
    value: str
    token: str | None
    presigned: bool


def read_signature(request: Request) -> Signature | None:
    """Returns the signature of a request, None if it has none.

    Raises AWSError IncompleteSignature or InvalidSignature for one that cannot be read, InvalidSecurity for one of
    version 2.
    """
    header = request.headers.get("authorization")
    query = _query(request.target)
    names = {name for name, _ in query}
    if header is not None and header.startswith("AWS4-"):
        if "X-Amz-Algorithm" in names:
            raise errors.signed_twice()
        return _from_header(header, request.headers)
    if names & {"X-Amz-Algorithm", "X-Amz-Credential", _SIGNATURE}:
        return _from_query(dict(reversed(query)))  # of several values the first counts
    if "AWSAccessKeyId" in names or b"AWSAccessKeyId=" in request.body[:4096]:
        raise errors.old_signature_version()
    return None


def check_scope(signature: Signature, service: str, region: str | None) -> None:
    """Raises AWSError for a credential of another service, of another region than the resource's, or another day."""
    day, scope_region, scope_service, terminator = signature.scope.split("/")
    complaints = []
    if region is not None and scope_region != region:
        complaints.append(errors.wrong_region(scope_region))
    if scope_service != service:
        complaints.append(errors.wrong_service(service))
    if terminator != _TERMINATOR:
        complaints.append(errors.wrong_terminator(terminator))
    if day != signature.at[:8]:
        complaints.append(errors.wrong_date(day, signature.at[:8], signature.at))
    if complaints:
        raise errors.scope_wrong(complaints)


def check_time(signature: Signature, now: float) -> None:
    """Raises AWSError for a signature that is more than 15 minutes from `now`, the machine's own time."""
    at = datetime.strptime(signature.at, _TIME).replace(tzinfo=UTC).timestamp()
    if at < now - SKEW:
        raise errors.signature_expired(signature.at, _basic(now - SKEW), _basic(now))
    if at > now + SKEW:
        raise errors.signature_early(signature.at, _basic(now + SKEW), _basic(now))


def check_signature(signature: Signature, request: Request, secret: str) -> None:
    """Raises AWSError when a signature was not made of this request with this secret."""
    canonical = canonical_request(signature, request)
    to_sign = "\n".join((_ALGORITHM, signature.at, signature.scope, hashlib.sha256(_bytes(canonical)).hexdigest()))
    key = _signing_key(secret, *signature.scope.split("/"))
    expected = hmac.new(key, _bytes(to_sign), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), _bytes(signature.value)) or not _is_payload(request):
        raise errors.signature_does_not_match(canonical, to_sign)


def canonical_request(signature: Signature, request: Request) -> str:
    """Returns the text that is signed of a request: all that must not change on its way."""
    path, _, _ = request.target.partition("?")
    headers = [f"{name}:{_header(request.headers, name)}\n" for name in signature.headers]
    return "\n".join(
        (
            request.method,
            quote(_normal(path), safe=f"/{_UNRESERVED}", errors=_ESCAPED),
            _canonical_query(_query(request.target)),
            "".join(headers),
            ";".join(signature.headers),
            request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest(),
        )
    )


def _from_header(header: str, headers: Mapping[str, str]) -> Signature:
    algorithm, _, rest = header.partition(" ")
    parts: dict[str, str] = {}
    for part in re.split(r"[, ]+", rest.strip(", ")):
        name, equals, value = part.partition("=")
        if not equals:
            raise errors.not_a_pair(part, header)
        parts.setdefault(name, value)
    sent_at = headers.get("x-amz-date") or headers.get("date")
    missing = [name for name in _PARTS if not parts.get(name)]
    if missing or sent_at is None:
        raise errors.parts_missing(missing, sent_at is not None, header)
    return _signature(
        algorithm,
        parts["Credential"],
        _time(sent_at),
        parts["SignedHeaders"],
        parts["Signature"],
        headers.get("x-amz-security-token"),
        presigned=False,
    )


def _from_query(query: Mapping[str, str]) -> Signature:
    missing = [name for name in _PARAMETERS if not query.get(name)]
    if missing:
        raise errors.parameters_missing(missing)
    algorithm, credential, value, headers, at = (query[name] for name in _PARAMETERS)
    return _signature(
        algorithm, credential, _time(at), headers, value, query.get("X-Amz-Security-Token"), presigned=True
    )


def _signature(
    algorithm: str, credential: str, at: str, headers: str, value: str, token: str | None, presigned: bool
) -> Signature:
    if algorithm != _ALGORITHM:
        raise errors.algorithm_unknown(algorithm)
    access_key, *scope = credential.rsplit("/", 4)
    if len(scope) != 4 or not access_key:
        raise errors.credential_malformed(credential)
    names = tuple(headers.split(";"))
    if "host" not in names:
        raise errors.host_not_signed()
    return Signature(access_key, "/".join(scope), at, names, value, token, presigned)


def _time(text: str) -> str:
    """Returns a time in the basic format; that of the Date header is in another. Raises AWSError."""
    if _BASIC.fullmatch(text):
        try:
            datetime.strptime(text, _TIME).replace(tzinfo=UTC)
        except ValueError:
            raise errors.date_malformed(text) from None
        return text
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime(_TIME)
    except (ValueError, OverflowError):
        raise errors.date_malformed(text) from None


def _basic(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_TIME)


@lru_cache(maxsize=256)  # a client's key is the same all day
def _signing_key(secret: str, *scope: str) -> bytes:
    key = _bytes(f"AWS4{secret}")
    for part in scope:
        key = hmac.new(key, _bytes(part), hashlib.sha256).digest()
    return key


def _is_payload(request: Request) -> bool:
    """Returns whether the hash of the body that a client states, if it does, is that of the body."""
    stated = request.headers.get("x-amz-content-sha256")
    return stated in (None, _UNSIGNED_PAYLOAD) or stated == hashlib.sha256(request.body).hexdigest()


def _normal(path: str) -> str:
    """Returns a path without dot segments and double slashes."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    trailing = "/" if kept and path.endswith("/") else ""
    return f"/{'/'.join(kept)}{trailing}"


def _query(target: str) -> Query:
    """Returns the parameters of a query string, decoded; one without a value has an empty one."""
    text = target.partition("?")[2]
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return [(unquote(name, errors=_ESCAPED), unquote(value, errors=_ESCAPED)) for name, _, value in pairs]


def _canonical_query(query: Query) -> str:
    encoded = sorted((_encoded(name), _encoded(value)) for name, value in query if name != _SIGNATURE)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded(text: str) -> str:
    return quote(text, safe=_UNRESERVED, errors=_ESCAPED)


def _header(headers: Mapping[str, str], name: str) -> str:
    """Returns a header's value: trimmed, each run of blanks as one, and repeated headers with commas between them."""
    return ",".join(" ".join(value.split()) for known, value in headers.items() if known.lower() == name)


def _bytes(text: str) -> bytes:
    return text.encode(errors=_ESCAPED)
