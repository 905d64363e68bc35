"""The errors of requests whose signature is missing or wrong, or which policies deny.

Source: recorded answers and reports that quote AWS; base/errors.toml has which of them each text is from.
"""

from __future__ import annotations

from collections.abc import Iterable

from decaf_protocol import AWSError

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def incomplete_signature(text: str) -> AWSError:
    return AWSError("IncompleteSignatureException", text)


def not_a_pair(part: str, header: str) -> AWSError:
    return incomplete_signature(
        f"'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
    )


def parts_missing(parts: Iterable[str], has_date: bool, header: str) -> AWSError:
    """For an Authorization header without some of its parts; the date is a header of its own."""
    sentences = [f"Authorization header requires '{part}' parameter." for part in parts]
    if not has_date:
        sentences.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return incomplete_signature(f"{' '.join(sentences)} Authorization={header}")


def parameters_missing(names: Iterable[str]) -> AWSError:
    """For a presigned URL without some of its parameters."""
    sentences = [f"AWS query-string parameters must include '{name}'." for name in names]
    return incomplete_signature(f"{' '.join(sentences)} Re-examine the query-string parameters.")


def credential_malformed(credential: str) -> AWSError:
    return incomplete_signature(
        f"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        f"got '{credential}'"
    )


def algorithm_unknown(algorithm: str) -> AWSError:
    return incomplete_signature(f"Unsupported AWS 'algorithm': '{algorithm}'.")


def date_malformed(text: str) -> AWSError:
    return incomplete_signature(
        f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def invalid_signature(text: str) -> AWSError:
    return AWSError("InvalidSignatureException", text)


def signed_twice() -> AWSError:
    return invalid_signature("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")


def host_not_signed() -> AWSError:
    return invalid_signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")


def scope_wrong(complaints: Iterable[str]) -> AWSError:
    return invalid_signature("".join(complaints))


def wrong_region(region: str) -> str:
    return f"Credential should be scoped to a valid region, not '{region}'. "


def wrong_service(service: str) -> str:
    return f"Credential should be scoped to correct service: '{service}'. "


def wrong_terminator(terminator: str) -> str:
    return f"Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. "


def wrong_date(scope_date: str, day: str, at: str) -> str:
    return (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{scope_date}' != '{day}', from '{at}'."
    )


def signature_expired(at: str, earliest: str, now: str) -> AWSError:
    return invalid_signature(f"Signature expired: {at} is now earlier than {earliest} ({now} - 15 min.)")


def signature_early(at: str, latest: str, now: str) -> AWSError:
    return invalid_signature(f"Signature not yet current: {at} is still later than {latest} ({now} + 15 min.)")


def signature_does_not_match(canonical_request: str, string_to_sign: str) -> AWSError:
    return invalid_signature(
        f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n"
        f"The String-to-Sign should have been\n'{string_to_sign}'\n"
    )


def old_signature_version() -> AWSError:
    return AWSError("InvalidSecurity", "The request was not made over HTTPS or did not use SigV4 for signing.")


def unknown_key(service: str) -> AWSError:
    """The code is InvalidClientTokenId everywhere; in SQS it has another name over JSON."""
    shape = "UnrecognizedClientException" if service == "sqs" else "InvalidClientTokenId"
    return AWSError(shape, "The security token included in the request is invalid.")


def token_expired() -> AWSError:
    return AWSError("ExpiredTokenException", "The security token included in the request is expired")


def not_signed() -> AWSError:
    return AWSError("MissingAuthenticationToken", "Request is missing Authentication Token")
